import { CommandFailure } from "../failure.ts"
import { readOptions } from "../options.ts"
import { keptByNpm } from "../shell.ts"
import { readDeployment, type Deployment } from "./deployment.ts"

/** What `package`, `deploy` and `remove` take. */
export interface StackOptions {
  readonly deployment: Deployment
  /** As they were passed. */
  readonly params: readonly string[]
  /** False: the bundles of an earlier build are taken. */
  readonly builds: boolean
  readonly yes: boolean
}

export const buildUsage = `
  --no-build            takes the bundles that npm run build has made`

export const stackUsage = `  --stage NAME          the section of deployment.yml; no stage is the default
  --region NAME         the AWS region, if not the one in deployment.yml
  --profile NAME        the AWS profile, if not the one in deployment.yml
  --param="NAME=VALUE"  a setting, in place of the one in deployment.yml; may be repeated
  --help                prints this text`

/** Reads the command line and `deployment.yml`; undefined when the command line asks for help. */
export function readStackOptions(command: "package" | "deploy" | "remove"): StackOptions | undefined {
  const { values, positionals } = readOptions({
    stage: { type: "string" },
    region: { type: "string" },
    profile: { type: "string" },
    param: { type: "string", multiple: true },
    "no-build": { type: "boolean" },
    yes: { type: "boolean" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  if (!values.stage && process.env.npm_config_stage) throw missingStage(command, positionals)
  if (positionals.length > 0) throw new CommandFailure(`${command} takes only options: --help lists them.`)
  const foreign = command === "remove" ? "no-build" : "yes"
  if (values[foreign] !== undefined) throw new CommandFailure(`${command} does not take --${foreign}.`)
  const { stage, region, profile, param: params = [], yes = false } = values
  if (!stage) throw missingStage(command)
  const builds = !(values["no-build"] ?? false)
  return { deployment: readDeployment({ stage, region, profile, params }), params, builds, yes }
}

/**
 * npm keeps an option that stands before `--` for itself, as a variable: its value where it was written with `=`, else `true`,
 * and the value stays as a positional.
 */
export function missingStage(command: string, positionals: readonly string[] = []): CommandFailure {
  const kept = process.env.npm_config_stage ?? ""
  const stage = kept === "true" ? (positionals[0] ?? "NAME") : kept
  return new CommandFailure(
    kept === ""
      ? `No stage is named, and none is the default: npm run ${command} -- --stage NAME.`
      : keptByNpm("stage", `${command} -- --stage ${stage}`),
  )
}
