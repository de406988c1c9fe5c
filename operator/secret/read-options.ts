import { readDeployment } from "../deployment/deployment.ts"
import { useDeployment } from "../deployment/use.ts"
import { kmsKeyArn as checkKmsKeyArn } from "../deployment/values.ts"
import { CommandFailure } from "../failure.ts"
import { optionWords, readOptions, readSafeUrl, refuseKeptByNpm } from "../options.ts"
import { checkExpires } from "./expiry.ts"
import {
  checkAppTokenSecretId,
  checkOptions,
  commands,
  isSameSecret,
  takes,
  targetOf,
  type Command,
} from "./options.ts"
import type { StoreOptions } from "./store.ts"

export interface SecretOptions {
  readonly command: Command
  /** The secret that the command is about. */
  readonly target: StoreOptions
  readonly appToken: StoreOptions | undefined
  readonly privateKey: StoreOptions | undefined
  readonly signingKeys: StoreOptions | undefined
  /** The key of secrets that a command creates. */
  readonly kmsKeyArn: string | undefined
  /** What `deployment.yml` says of the stage. Undefined without one. */
  readonly stage: StageFacts | undefined
  /** A command line that names the same secrets. */
  readonly nextCommand: (command: Command, ...options: string[]) => string
  readonly clientId: string | undefined
  /** A date to come, YYYY-MM-DD. */
  readonly expires: string | undefined
  readonly file: string | undefined
  readonly kid: string | undefined
  readonly stdin: boolean
  readonly endSessions: boolean
  readonly now: boolean
  readonly leaked: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

export interface StageFacts {
  /** The options that name the deployment on the command line of deploy and doctor. */
  readonly words: string
  /** Whether pages may call, so that the functions need sealing keys. */
  readonly hasPages: boolean
  /** The KMS key that the functions may decrypt with; empty if there is none. */
  readonly kmsKeyArn: string
  /** How long a token for the partner's own API is valid. */
  readonly apiTokenSeconds: number
}

/** Reads the command line, and `deployment.yml` with `--stage`; undefined when it asks for help. */
export function readSecretOptions(): SecretOptions | undefined {
  const { values, positionals } = readOptions({
    stage: { type: "string" },
    "secret-id": { type: "string" },
    "app-token-secret-id": { type: "string" },
    "private-key-secret-id": { type: "string" },
    "api-token-keys-secret-id": { type: "string" },
    "kms-key-arn": { type: "string" },
    region: { type: "string" },
    profile: { type: "string" },
    endpoint: { type: "string" },
    "client-id": { type: "string" },
    expires: { type: "string" },
    file: { type: "string" },
    kid: { type: "string" },
    stdin: { type: "boolean" },
    "end-sessions": { type: "boolean" },
    now: { type: "boolean" },
    leaked: { type: "boolean" },
    "dry-run": { type: "boolean" },
    yes: { type: "boolean" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  const command = commands.find((name) => name === positionals[0])
  if (command === undefined || positionals.length > 1) {
    throw new CommandFailure(`Pass one command: ${commands.join(", ")}. See --help.`)
  }
  checkOptions(command, Object.keys(values))
  const { file, expires, stdin = false, yes = false, "dry-run": dryRun = false } = values
  if (expires !== undefined) checkExpires(expires)
  if (stdin && file !== undefined) throw new CommandFailure("Pass --file or --stdin, not both.")
  if (stdin && !yes && !dryRun) {
    throw new CommandFailure("With --stdin, nobody can be asked for confirmation: pass --yes too.")
  }
  return {
    command,
    ...readNames(command, values),
    clientId: values["client-id"],
    expires,
    file,
    kid: values.kid,
    stdin,
    endSessions: values["end-sessions"] ?? false,
    now: values.now ?? false,
    leaked: values.leaked ?? false,
    dryRun,
    yes,
  }
}

type Names = Pick<
  SecretOptions,
  "target" | "appToken" | "privateKey" | "signingKeys" | "kmsKeyArn" | "stage" | "nextCommand"
>

/** What the command line says of the secrets. */
interface Values {
  readonly stage?: string | undefined
  readonly "secret-id"?: string | undefined
  readonly "app-token-secret-id"?: string | undefined
  readonly "private-key-secret-id"?: string | undefined
  readonly "api-token-keys-secret-id"?: string | undefined
  readonly "kms-key-arn"?: string | undefined
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly endpoint?: string | undefined
}

/** The options of `Values` that name what a command is about, in the order in which a command line has them. */
const naming = [
  "stage",
  "secret-id",
  "app-token-secret-id",
  "private-key-secret-id",
  "api-token-keys-secret-id",
  "region",
  "profile",
  "endpoint",
] as const

/** The option and the setting that name each secret. */
const namedBy = {
  main: ["secret-id", "clientSecretId"],
  appToken: ["app-token-secret-id", "appTokenSecretId"],
  privateKey: ["private-key-secret-id", "privateKeySecretId"],
  signingKeys: ["api-token-keys-secret-id", "apiTokenKeysSecretId"],
} as const

function readNames(command: Command, values: Values): Names {
  refuseKeptByNpm(`secret -- ${command}`, naming, values)
  const { stage } = values
  const deployment =
    stage === undefined
      ? undefined
      : readDeployment({ stage, region: values.region, profile: values.profile })
  useDeployment(deployment ?? { region: values.region, profile: values.profile })
  const settings = deployment?.settings
  const nextCommand: SecretOptions["nextCommand"] = (next, ...more) => {
    const taken = naming.filter((name) => takes(next, name))
    return ["npm run secret --", next, optionWords(taken, values), ...more].join(" ")
  }
  const place = {
    region: deployment?.region ?? values.region,
    endpoint: readSafeUrl("--endpoint", values.endpoint),
  }

  /** The option wins over the setting. */
  function open(
    [option, setting]: (typeof namedBy)[keyof typeof namedBy],
    createdBy: string,
  ): StoreOptions | undefined {
    const given = values[option]
    if (given === "") throw new CommandFailure(`--${option} names no secret.`)
    const secretId = given ?? settings?.[setting]
    if (!secretId) return undefined
    const where = given === undefined ? `${setting} and region in deployment.yml` : `--${option} and --region`
    return { ...place, secretId, namedBy: where, createdBy }
  }

  const main = open(namedBy.main, nextCommand("create", "--client-id ID"))
  const appToken = open(namedBy.appToken, nextCommand("create"))
  const privateKey = open(namedBy.privateKey, nextCommand("private-key"))
  const signingKeys = open(namedBy.signingKeys, nextCommand("add-signing-key"))
  if (main && appToken) checkAppTokenSecretId(appToken.secretId, main.secretId)
  refuseShared("private-key-secret-id", privateKey, [main, appToken])
  refuseShared("api-token-keys-secret-id", signingKeys, [main, appToken, privateKey])
  const kmsKeyArn = readKmsKeyArn(values["kms-key-arn"], place.region) ?? settings?.secretKmsKeyArn
  const target = { main, privateKey, signingKeys }[targetOf(command)]
  if (!target) throw noName(command, stage)
  return {
    target,
    appToken,
    privateKey,
    signingKeys,
    kmsKeyArn: kmsKeyArn === "" ? undefined : kmsKeyArn,
    stage: settings && {
      words: optionWords(["stage", "region", "profile"], values),
      hasPages: settings.allowedOrigins !== "",
      kmsKeyArn: settings.secretKmsKeyArn,
      apiTokenSeconds: Number(settings.apiTokenSeconds || "600"),
    },
    nextCommand,
  }
}

/** Throws `CommandFailure` if a secret that must be read by few is one of the others. */
function refuseShared(
  option: string,
  secret: StoreOptions | undefined,
  others: readonly (StoreOptions | undefined)[],
): void {
  if (!secret || !others.some((other) => other && isSameSecret(secret.secretId, other.secretId))) return
  throw new CommandFailure(`--${option} must name a secret of its own.`)
}

function noName(command: Command, stage: string | undefined): CommandFailure {
  const target = targetOf(command)
  const [option, setting] = namedBy[target]
  if (target === "main" || stage === undefined) {
    return new CommandFailure(
      `No secret is named: pass --stage NAME, whose section of deployment.yml names it, or --${option} NAME.`,
    )
  }
  const what = target === "privateKey" ? "private key" : "signing keys"
  return new CommandFailure(
    `deployment.yml names no secret for the ${what}: write ${setting} below "${stage}:", or pass --${option} NAME.`,
  )
}

function readKmsKeyArn(arn: string | undefined, region: string | undefined): string | undefined {
  if (arn === undefined) return undefined
  const mistake = checkKmsKeyArn(arn, region)
  if (mistake === undefined) return arn
  throw new CommandFailure(
    `--kms-key-arn ${[mistake.wrong, mistake.right].filter((part) => part !== undefined).join(": ")}.`,
  )
}
