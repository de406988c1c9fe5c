/** What keeps a value from being read from Secrets Manager, or written to it, until somebody corrects it. */
export type SecretRefusal = "no_secret" | "no_value" | "scheduled_for_deletion" | "denied" | "key_unusable"

/**
 * Reads the cause from an error of Secrets Manager. The error's name alone does not tell it: `AccessDeniedException` can be
 * about the KMS key, and `ResourceNotFoundException` about a secret that has no value. Undefined for every other error.
 */
export function readRefusal(error: unknown): SecretRefusal | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, message } = error
  if (name === "ResourceNotFoundException") return /value|version/.test(message) ? "no_value" : "no_secret"
  // A secret or a role may have "kms" in its name too.
  if (message.includes("perform: secretsmanager:")) return "denied"
  if (name === "InvalidRequestException" && /secret.*delet/.test(message)) return "scheduled_for_deletion"
  if (name.includes("cryptionFailure") || /\bKMS\b|\bkms:|customer master key/.test(message))
    return "key_unusable"
  return name === "AccessDeniedException" ? "denied" : undefined
}
