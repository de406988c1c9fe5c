import { CommandFailure } from "../failure.ts"

export const usage = `Usage: npm run secret -- COMMAND --stage NAME [options]

  create                creates the secret: a client id, a client secret and one sealing key; keeps one that exists, and
                        copies its client secret into the app token secret
  replace               replaces the client secret, also in the app token secret; keeps everything else
  private-key           stores the application's RSA key, PEM or XML, in a secret of its own
  status                checks the secrets; prints versions and the ids of the sealing keys, but no value
  rotate-sealing-key    adds a sealing key, which seals sessions from now on; the others still open them
  retire-sealing-key    removes the oldest sealing key
  add-signing-key       publishes a new key for tokens of the partner's own API, which does not sign yet; creates the secret,
                        with two keys, if it does not exist
  use-signing-key       signs with the key in reserve from now on; the key before stays published
  retire-signing-key    removes the key that stopped signing first

  --stage NAME          takes secrets, key, region and profile from this section of deployment.yml; an option below wins
  --secret-id NAME      name or ARN of the secret in AWS Secrets Manager
  --app-token-secret-id NAME
                        create, replace, status: name or ARN of the app token secret, which holds the client secret alone,
                        for jobs that call SuperOffice as the system user
  --private-key-secret-id NAME
                        private-key, status: name or ARN of the secret that holds the private key alone
  --api-token-keys-secret-id NAME
                        the commands for signing keys, status: name or ARN of the secret that holds the signing keys alone
  --kms-key-arn ARN     create, replace, private-key, add-signing-key: the KMS key that encrypts a secret that the command
                        creates
  --region NAME         the AWS region, if not the configured one
  --profile NAME        the AWS profile, if not the configured one
  --endpoint URL        a local Secrets Manager to call instead of AWS
  --client-id ID        create: the application's client id; replace: another one, which ends sessions of pages
  --expires YYYY-MM-DD  create, replace: the date on which SuperOffice's portal says that the client secret expires; replace
                        without it removes the date of the client secret that it replaces
  --file PATH           private-key: reads the key from a file instead of asking for it
  --stdin               create, replace, private-key: reads the value from stdin instead of asking for it; needs --yes
  --end-sessions        rotate-sealing-key: removes the other keys at once, which ends every session of a page
  --kid ID              retire-sealing-key: removes this key instead of the oldest; use-signing-key: signs with this key;
                        retire-signing-key: removes this key, which may be one in reserve
  --now                 use-signing-key, retire-signing-key: does not wait until verifiers know the key, or until the tokens
                        that it signed have expired
  --leaked              retire-signing-key: removes at once the key that signs, or that of --kid; the key in reserve signs
  --dry-run             prints what would change, and changes nothing
  --yes                 does not ask for confirmation
  --help                prints this text`

export const commands = [
  "create",
  "replace",
  "private-key",
  "status",
  "rotate-sealing-key",
  "retire-sealing-key",
  "add-signing-key",
  "use-signing-key",
  "retire-signing-key",
] as const

export type Command = (typeof commands)[number]

const ofSigningKeys: readonly Command[] = ["add-signing-key", "use-signing-key", "retire-signing-key"]
const ofSecret = commands.filter((command) => command !== "private-key" && !ofSigningKeys.includes(command))
const changing: readonly Command[] = commands.filter((command) => command !== "status")
const asking: readonly Command[] = ["create", "replace", "private-key"]

/** Options that only some commands take. */
const takenBy: Readonly<Record<string, readonly Command[]>> = {
  "secret-id": ofSecret,
  "app-token-secret-id": ["create", "replace", "status"],
  "private-key-secret-id": ["private-key", "status"],
  "api-token-keys-secret-id": [...ofSigningKeys, "status"],
  "kms-key-arn": [...asking, "add-signing-key"],
  "client-id": ["create", "replace"],
  expires: ["create", "replace"],
  file: ["private-key"],
  stdin: asking,
  "end-sessions": ["rotate-sealing-key"],
  kid: ["retire-sealing-key", "use-signing-key", "retire-signing-key"],
  now: ["use-signing-key", "retire-signing-key"],
  leaked: ["retire-signing-key"],
  "dry-run": changing,
  yes: changing,
}

/** Which secret a command is about. */
export function targetOf(command: Command): "main" | "privateKey" | "signingKeys" {
  if (command === "private-key") return "privateKey"
  return ofSigningKeys.includes(command) ? "signingKeys" : "main"
}

/** Throws `CommandFailure` if the command does not take one of the options. */
export function checkOptions(command: Command, options: readonly string[]): void {
  const wrong = options.find((name) => !takes(command, name))
  if (wrong !== undefined) throw new CommandFailure(`${command} does not take --${wrong}.`)
}

export function takes(command: Command, option: string): boolean {
  return takenBy[option]?.includes(command) !== false
}

/**
 * Throws `CommandFailure` if the two names are of one secret: whoever may read the app token secret must not read the
 * sealing keys.
 */
export function checkAppTokenSecretId(appTokenSecretId: string, secretId: string): void {
  if (appTokenSecretId === "") throw new CommandFailure("--app-token-secret-id names no secret.")
  if (isSameSecret(appTokenSecretId, secretId)) {
    throw new CommandFailure("--app-token-secret-id must name another secret than --secret-id.")
  }
}

export function isSameSecret(one: string, other: string): boolean {
  const names = namesOf(other)
  return namesOf(one).some((name) => names.includes(name))
}

/** The names that an id may stand for: an ARN may end with the six characters that Secrets Manager adds, or not. */
function namesOf(id: string): string[] {
  const name = id.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, "")
  return name === id ? [id] : [name, name.replace(/-[^-]{6}$/, "")]
}
