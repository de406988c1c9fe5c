import { CommandFailure } from "../failure.ts"

/** The secret that a call was for. */
export interface SecretLocation {
  readonly secretId: string
  readonly region: string
  /** The option of the command line that names the secret. */
  readonly option: "--secret-id" | "--app-token-secret-id"
}

/** Describes the error of a call to Secrets Manager. Leaves out AWS's own text, because it may quote a secret. */
export function explain(
  error: unknown,
  call: string,
  { secretId, region, option }: SecretLocation,
): CommandFailure {
  const { name, message, code } = namesOf(error)
  const cause = { cause: error }
  if (name === "ResourceNotFoundException") {
    return new CommandFailure(
      `There is no secret "${secretId}" in ${region}: check ${option} and --region.`,
      cause,
    )
  }
  if (name === "ResourceExistsException") {
    return new CommandFailure(`The secret "${secretId}" already exists in ${region}: use replace.`, cause)
  }
  if (name === "AccessDeniedException") {
    return new CommandFailure(
      `These credentials may not call secretsmanager:${call} on "${secretId}".`,
      cause,
    )
  }
  if (name === "InvalidRequestException" && message.includes("deletion")) {
    return new CommandFailure(
      `"${secretId}" is scheduled for deletion: restore it first (aws secretsmanager restore-secret).`,
      cause,
    )
  }
  if (name === "DecryptionFailure" || name === "EncryptionFailure") {
    return new CommandFailure(`These credentials may not use the KMS key of "${secretId}" (${name}).`, cause)
  }
  if (rejectedCredentials.has(name)) {
    return new CommandFailure(`AWS did not accept the credentials (${name}): sign in to AWS again.`, cause)
  }
  if (name === "CredentialsProviderError") {
    return new CommandFailure("There are no AWS credentials: sign in to AWS, or set AWS_PROFILE.", cause)
  }
  if (unreachable.test(code) || name === "TimeoutError") {
    return new CommandFailure(`Secrets Manager cannot be reached (${code || name}).`, cause)
  }
  return new CommandFailure(`Secrets Manager answered ${call} with an error (${name}).`, cause)
}

const rejectedCredentials = new Set([
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "UnrecognizedClientException",
])

const unreachable =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|CERT_|ERR_TLS|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED)/

function namesOf(error: unknown) {
  const { name, message, code }: { name?: unknown; message?: unknown; code?: unknown } = error ?? {}
  return {
    name: typeof name === "string" && /^\w{1,64}$/.test(name) ? name : "unknown error",
    message: typeof message === "string" ? message : "",
    code: typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "",
  }
}
