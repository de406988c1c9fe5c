import { CommandFailure } from "../failure.ts"
import { faultsOf } from "./check.ts"
import { refuseDeployment, type Source } from "./fault.ts"
import { fileName, readSection } from "./file.ts"
import { settingNames, settingOf, type Settings } from "./settings.ts"

/** The facts of one deployment, checked. */
export interface Deployment {
  readonly stage: string
  /** Undefined when neither the command line nor `deployment.yml` names one. */
  readonly region: string | undefined
  readonly profile: string | undefined
  readonly settings: Settings
}

/** What the command line says of a deployment. It wins over `deployment.yml`. */
export interface DeploymentChoice {
  readonly stage: string
  readonly region?: string | undefined
  readonly profile?: string | undefined
  /** `name=value`, as `--param` has them. */
  readonly params?: readonly string[] | undefined
  /** Of `deployment.yml`. The current folder unless given. */
  readonly folder?: string | undefined
}

/**
 * Reads the stage's section of `deployment.yml` with the command line's values on top, and checks all of it. Throws
 * `CommandFailure` with every fault at once.
 *
 * @example
 * ```ts
 * const { region, settings } = readDeployment({ stage: "online" })
 * ```
 */
export function readDeployment({
  stage,
  region,
  profile,
  params = [],
  folder = ".",
}: DeploymentChoice): Deployment {
  const section = readSection(folder, stage)
  if (section === undefined && params.length === 0) throw new CommandFailure(noFile(stage))
  const given = new Map(section?.values)
  const sources = new Map<string, Source>([["the stage", "--stage"], ...(section?.sources ?? [])])
  const put = (name: string, value: string, source: Source): void => {
    given.set(name, value)
    sources.set(name, source)
  }
  for (const param of params) put(...splitParam(param), "--param")
  if (region !== undefined) put("region", region, "--region")
  if (profile !== undefined) put("profile", profile, "--profile")
  const settings = settingsFrom(stage, given)
  // A value from the command line replaces one of the file that cannot be read.
  const unreadable = (section?.faults ?? []).filter(({ name }) => !given.has(name))
  const faults = faultsOf(stage, given, settings, unreadable)
  if (faults.length > 0) refuseDeployment(subject(stage, section !== undefined), faults, sources)
  const or = (text: string): string | undefined => (text === "" ? undefined : text)
  return { stage, region: or(settings.region), profile: or(settings.profile), settings }
}

function settingsFrom(stage: string, given: ReadonlyMap<string, string>): Settings {
  const settings = Object.fromEntries(
    settingNames.map((name) => {
      const value = given.get(name) ?? ""
      return [name, value === "" ? settingOf(name).default : value]
    }),
  ) as Settings
  return {
    ...settings,
    environment: settings.environment || (["sod", "qaonline", "online"].includes(stage) ? stage : ""),
    // A custom domain is assumed to be on the pages' site. The API's execute-api address never is.
    refreshTokenDelivery:
      settings.refreshTokenDelivery || (settings.domainName === "" ? "partitioned" : "cookie"),
  }
}

function splitParam(param: string): [name: string, value: string] {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(param) ?? []
  if (name === undefined || value === undefined) {
    throw new CommandFailure('Write --param="name=value": a name, an equals sign and a value.')
  }
  return [name, value]
}

function subject(stage: string, hasSection: boolean): string {
  return hasSection
    ? `${fileName} cannot be deployed as it is, stage ${stage}:`
    : `These parameters cannot be deployed, stage ${stage}:`
}

function noFile(stage: string): string {
  return [
    `There is no ${fileName} here. It says what is to be deployed, stage by stage.`,
    "",
    `  1. Copy deployment.example.yml to ${fileName}.`,
    `  2. Write a section "${stage}:" with region and clientSecretId: the name that the client secret has, or will have, in`,
    "     AWS Secrets Manager.",
    "  3. Run this command again.",
    "",
    "docs/settings.md lists every setting.",
  ].join("\n")
}
