import { readDeployment } from "../deployment/deployment.ts"
import { useDeployment } from "../deployment/use.ts"
import { kmsKeyArn as checkKmsKeyArn } from "../deployment/values.ts"
import { CommandFailure } from "../failure.ts"
import { optionWords, readOptions, readSafeUrl, refuseKeptByNpm } from "../options.ts"
import { checkExpires } from "./expiry.ts"
import { checkAppTokenSecretId, checkOptions, commands, isSameSecret, type Command } from "./options.ts"
import type { StoreOptions } from "./store.ts"

export interface SecretOptions {
  readonly command: Command
  /** The secret that the command is about: that of the private key for private-key. */
  readonly target: StoreOptions
  readonly appToken: StoreOptions | undefined
  readonly privateKey: StoreOptions | undefined
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
}

/** Reads the command line, and `deployment.yml` with `--stage`; undefined when it asks for help. */
export function readSecretOptions(): SecretOptions | undefined {
  const { values, positionals } = readOptions({
    stage: { type: "string" },
    "secret-id": { type: "string" },
    "app-token-secret-id": { type: "string" },
    "private-key-secret-id": { type: "string" },
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
    dryRun,
    yes,
  }
}

type Names = Pick<SecretOptions, "target" | "appToken" | "privateKey" | "kmsKeyArn" | "stage" | "nextCommand">

/** What the command line says of the secrets. */
interface Values {
  readonly stage?: string | undefined
  readonly "secret-id"?: string | undefined
  readonly "app-token-secret-id"?: string | undefined
  readonly "private-key-secret-id"?: string | undefined
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
  "region",
  "profile",
  "endpoint",
] as const

function readNames(command: Command, values: Values): Names {
  refuseKeptByNpm(`secret -- ${command}`, naming, values)
  const { stage } = values
  const deployment =
    stage === undefined
      ? undefined
      : readDeployment({ stage, region: values.region, profile: values.profile })
  useDeployment(deployment ?? { region: values.region, profile: values.profile })
  const settings = deployment?.settings
  const nextCommand: SecretOptions["nextCommand"] = (next, ...more) =>
    ["npm run secret --", next, optionWords(naming, values), ...more].join(" ")
  const place = {
    region: deployment?.region ?? values.region,
    endpoint: readSafeUrl("--endpoint", values.endpoint),
  }

  /** The option wins over the setting. */
  function open(
    option: "secret-id" | "app-token-secret-id" | "private-key-secret-id",
    setting: "clientSecretId" | "appTokenSecretId" | "privateKeySecretId",
    createdBy: string,
  ): StoreOptions | undefined {
    const given = values[option]
    if (given === "") throw new CommandFailure(`--${option} names no secret.`)
    const secretId = given ?? settings?.[setting]
    if (!secretId) return undefined
    const namedBy =
      given === undefined ? `${setting} and region in deployment.yml` : `--${option} and --region`
    return { ...place, secretId, namedBy, createdBy }
  }

  const main = open("secret-id", "clientSecretId", nextCommand("create", "--client-id ID"))
  const appToken = open("app-token-secret-id", "appTokenSecretId", nextCommand("create"))
  const privateKey = open("private-key-secret-id", "privateKeySecretId", nextCommand("private-key"))
  if (main && appToken) checkAppTokenSecretId(appToken.secretId, main.secretId)
  for (const other of [main, appToken]) {
    if (privateKey && other && isSameSecret(privateKey.secretId, other.secretId)) {
      throw new CommandFailure("--private-key-secret-id must name a secret of its own.")
    }
  }
  const kmsKeyArn = readKmsKeyArn(values["kms-key-arn"], place.region) ?? settings?.secretKmsKeyArn
  const target = command === "private-key" ? privateKey : main
  if (!target) throw noName(command, stage)
  return {
    target,
    appToken,
    privateKey,
    kmsKeyArn: kmsKeyArn === "" ? undefined : kmsKeyArn,
    stage: settings && {
      words: optionWords(["stage", "region", "profile"], values),
      hasPages: settings.allowedOrigins !== "",
      kmsKeyArn: settings.secretKmsKeyArn,
    },
    nextCommand,
  }
}

function noName(command: Command, stage: string | undefined): CommandFailure {
  if (command !== "private-key") {
    return new CommandFailure(
      "No secret is named: pass --stage NAME, whose section of deployment.yml names it, or --secret-id NAME.",
    )
  }
  return new CommandFailure(
    stage === undefined
      ? "No secret is named: pass --stage NAME, whose section of deployment.yml names it, or --private-key-secret-id NAME."
      : `deployment.yml names no secret for the private key: write privateKeySecretId below "${stage}:", or pass --private-key-secret-id NAME.`,
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
