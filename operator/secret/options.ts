import { CommandFailure } from "../failure.ts"
import { readOptions, readSafeUrl } from "../options.ts"
import type { StoreOptions } from "./store.ts"

export const usage = `Usage: npm run secret -- COMMAND --secret-id NAME [options]

  create                creates the secret: a client id, a client secret and one sealing key; keeps one that exists, and
                        copies its client secret into the app token secret
  replace               replaces the client secret, also in the app token secret; keeps everything else
  status                prints its versions and the ids of the sealing keys, but no value
  rotate-sealing-key    adds a sealing key, which seals sessions from now on; the others still open them
  retire-sealing-key    removes the oldest sealing key

  --secret-id NAME      name or ARN of the secret in AWS Secrets Manager
  --app-token-secret-id NAME
                        create, replace, status: name or ARN of the app token secret, which holds the client secret alone,
                        for jobs that call SuperOffice as the system user
  --region NAME         the AWS region, if not the configured one
  --endpoint URL        a local Secrets Manager to call instead of AWS
  --client-id ID        create: the application's client id
  --stdin               create, replace: reads the client secret from stdin instead of asking for it; needs --yes
  --end-sessions        rotate-sealing-key: removes the other keys at once, which ends every session of a page
  --kid ID              retire-sealing-key: removes this key instead of the oldest
  --dry-run             prints what would change, and changes nothing
  --yes                 does not ask for confirmation
  --help                prints this text`

const commands = ["create", "replace", "status", "rotate-sealing-key", "retire-sealing-key"] as const

export type Command = (typeof commands)[number]

export interface SecretOptions extends StoreOptions {
  readonly command: Command
  readonly appTokenSecretId: string | undefined
  readonly clientId: string | undefined
  readonly kid: string | undefined
  readonly stdin: boolean
  readonly endSessions: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

const changing: readonly Command[] = ["create", "replace", "rotate-sealing-key", "retire-sealing-key"]

/** Options that only some commands take. */
const takenBy: Readonly<Record<string, readonly Command[]>> = {
  "app-token-secret-id": ["create", "replace", "status"],
  "client-id": ["create"],
  stdin: ["create", "replace"],
  "end-sessions": ["rotate-sealing-key"],
  kid: ["retire-sealing-key"],
  "dry-run": changing,
  yes: changing,
}

/** Reads the command line; undefined when it asks for help. */
export function readSecretOptions(): SecretOptions | undefined {
  const { values, positionals } = readOptions({
    "secret-id": { type: "string" },
    "app-token-secret-id": { type: "string" },
    region: { type: "string" },
    endpoint: { type: "string" },
    "client-id": { type: "string" },
    kid: { type: "string" },
    stdin: { type: "boolean" },
    "end-sessions": { type: "boolean" },
    "dry-run": { type: "boolean" },
    yes: { type: "boolean" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  const command = commands.find((name) => name === positionals[0])
  if (command === undefined || positionals.length > 1) {
    throw new CommandFailure(`Pass one command: ${commands.join(", ")}. See --help.`)
  }
  for (const [name, takers] of Object.entries(takenBy)) {
    if (name in values && !takers.includes(command))
      throw new CommandFailure(`${command} does not take --${name}.`)
  }
  const secretId = values["secret-id"]
  if (!secretId) throw new CommandFailure("No secret is named: pass --secret-id.")
  const appTokenSecretId = values["app-token-secret-id"]
  if (appTokenSecretId !== undefined) checkAppTokenSecretId(appTokenSecretId, secretId)
  const { stdin = false, yes = false, "dry-run": dryRun = false } = values
  if (stdin && !yes && !dryRun) {
    throw new CommandFailure("With --stdin, nobody can be asked for confirmation: pass --yes too.")
  }
  return {
    command,
    secretId,
    appTokenSecretId,
    region: values.region,
    endpoint: readSafeUrl("--endpoint", values.endpoint),
    clientId: values["client-id"],
    kid: values.kid,
    stdin,
    endSessions: values["end-sessions"] ?? false,
    dryRun,
    yes,
  }
}

/**
 * Throws `CommandFailure` if the two names are of one secret: whoever may read the app token secret must not read the
 * sealing keys.
 */
export function checkAppTokenSecretId(appTokenSecretId: string, secretId: string): void {
  if (appTokenSecretId === "") throw new CommandFailure("--app-token-secret-id names no secret.")
  const names = namesOf(secretId)
  if (namesOf(appTokenSecretId).some((name) => names.includes(name))) {
    throw new CommandFailure("--app-token-secret-id must name another secret than --secret-id.")
  }
}

/** The names that an id may stand for: an ARN may end with the six characters that Secrets Manager adds, or not. */
function namesOf(id: string): string[] {
  const name = id.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, "")
  return name === id ? [id] : [name, name.replace(/-[^-]{6}$/, "")]
}
