import { loadConfig } from "../../lib/config.ts"
import { isSameSecret } from "../secret/options.ts"
import type { Fault } from "./fault.ts"
import { nearest } from "./nearest.ts"
import { asOrigin } from "./values.ts"
import {
  isSettingName,
  longestFunctionName,
  serviceName,
  settingNames,
  settingOf,
  type SettingName,
  type Settings,
} from "./settings.ts"

/**
 * Every fault of the facts of one deployment. `given` has what was given, by name, with unknown names too; `unreadable` are the
 * faults of values that are no text.
 */
export function faultsOf(
  stage: string,
  given: ReadonlyMap<string, string>,
  settings: Settings,
  unreadable: readonly Fault[],
): Fault[] {
  const faults = [...unreadable, ...unknownNames(given), ...valueFaults(given, settings)]
  // A value that is wrong says nothing about what it should be combined with.
  const wrong = new Set(faults.map(({ name }) => name))
  const fit = [...functionFaults(settings), ...combinations(settings)].filter(({ name }) => !wrong.has(name))
  return [...stageFaults(stage), ...faults, ...fit]
}

/** Lambda's limit for the name of a function, and what CloudFormation accepts in the name of a stack. */
function stageFaults(stage: string): Fault[] {
  const longest = 64 - `${serviceName}--${longestFunctionName}`.length
  if (!/^[A-Za-z0-9-]+$/.test(stage)) {
    return [{ name: "the stage", wrong: "must contain only letters, digits and hyphens" }]
  }
  if (stage.length <= longest) return []
  const wrong = `has ${stage.length} characters, but at most ${longest} are possible, because the name of a function has at most 64`
  return [{ name: "the stage", wrong }]
}

function unknownNames(given: ReadonlyMap<string, string>): Fault[] {
  return [...given.keys()]
    .filter((name) => !isSettingName(name))
    .map((name) => {
      const meant = nearest(name, settingNames)
      return { name, wrong: "is not a setting", right: meant && `did you mean ${meant}?` }
    })
}

function valueFaults(given: ReadonlyMap<string, string>, settings: Settings): Fault[] {
  return settingNames.flatMap((name): Fault[] => {
    const value = given.get(name) ?? ""
    if (value === "") return []
    if (value.includes("${")) {
      return [{ name, wrong: "must not contain a variable", right: `pass --param="${name}=VALUE" instead` }]
    }
    if (/\p{Cc}/u.test(value)) return [{ name, wrong: "contains a line break or another control character" }]
    if (value.trim() !== value) {
      return [{ name, wrong: "begins or ends with white space", right: `write ${value.trim()}` }]
    }
    const mistake = settingOf(name).check?.(value, settings.region === "" ? undefined : settings.region)
    return mistake ? [{ name, ...mistake }] : []
  })
}

/** The environment variables that the settings become. */
export function variablesOf(settings: Settings): Record<string, string> {
  const given = settingNames.flatMap((name) => {
    const { variable } = settingOf(name)
    return variable === undefined || settings[name] === "" ? [] : [[variable, settings[name]] as const]
  })
  // The stack knows its own address, and we do not.
  return { API_TOKEN_ISSUER: "https://api.invalid", ...Object.fromEntries(given) }
}

/** What the functions would say of their settings. */
function functionFaults(settings: Settings): Fault[] {
  const variables = variablesOf(settings)
  const config = loadConfig(variables)
  const problems = "problems" in config ? config.problems : []
  const faults = settingNames.flatMap((name): Fault[] => {
    const { variable = "" } = settingOf(name)
    const problem = problems.find((one) => one.startsWith(`${variable} `))
    if (variable === "" || problem === undefined) return []
    return [{ name, ...explain(problem.slice(variable.length + 1), name, settings) }]
  })
  return [...faults, ...sizeFaults(variables)]
}

/** Lambda accepts 4 KB of environment variables. */
function sizeFaults(variables: Readonly<Record<string, string>>): Fault[] {
  const bytes = Buffer.byteLength(Object.entries(variables).flat().join(""))
  if (bytes <= 3_900) return []
  const wrong = `makes the functions' variables ${bytes} bytes long, but Lambda accepts about 3,900 beside our own`
  const longest = variables.ALLOWED_ORIGINS?.length ?? 0
  return [{ name: longest > bytes / 2 ? "allowedOrigins" : "allowedRedirectUris", wrong }]
}

function explain(problem: string, name: SettingName, settings: Settings): Omit<Fault, "name"> {
  if (problem === "is required by API_TOKEN_AUDIENCE") {
    return {
      wrong: "is required with apiTokenAudience",
      right: "write the name of the secret with the signing keys",
    }
  }
  if (problem !== "is required") {
    const [wrong = problem, , called] = /^(.*?)(: this one is called (\w+))?$/.exec(problem)?.slice(1) ?? []
    return { wrong, right: called === undefined ? suggest(name, settings) : `write ${called}` }
  }
  return name === "environment"
    ? {
        wrong: "is required, because the stage is not named like a SuperOffice environment",
        right: "write sod, qaonline or online",
      }
    : { wrong: problem, right: "write the name that the secret has, or will have, in AWS Secrets Manager" }
}

/** A spelling of the value that the functions would accept. */
function suggest(name: SettingName, settings: Settings): string | undefined {
  const { variable = "" } = settingOf(name)
  const value = settings[name]
  const right = (candidates[name]?.(value) ?? []).find((candidate) => {
    const config = loadConfig({ ...variablesOf(settings), [variable]: candidate })
    return !("problems" in config) || !config.problems.some((problem) => problem.startsWith(`${variable} `))
  })
  return right === undefined ? undefined : `write ${right}`
}

const candidates: Partial<Record<SettingName, (value: string) => string[]>> = {
  environment: (value) => nearestOf(value, ["sod", "qaonline", "online"]),
  refreshTokenDelivery: (value) => nearestOf(value, ["cookie", "partitioned", "sealed"]),
  logLevel: (value) => [
    ...nearestOf(value, ["DEBUG", "INFO", "WARN", "ERROR"]),
    ...(/^warning$/i.test(value) ? ["WARN"] : []),
  ],
  sessionMaxAgeSeconds: inSeconds,
  apiTokenSeconds: inSeconds,
  apiTokenIssuer: (value) => [asOrigin(value)],
  allowedOrigins: (value) => [value.split(",").map(asOrigin).join(",")],
  allowedRedirectUris: (value) => [
    value
      .split(",")
      .map((uri) => uri.replace(/#.*$/, ""))
      .join(","),
  ],
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 }

/** What somebody means who writes `8h`. */
function inSeconds(value: string): string[] {
  const [, number, unit = "s"] = /^(\d+) ?(s|m|min|h|d)$/.exec(value) ?? []
  return number === undefined ? [] : [String(Number(number) * (secondsOf[unit] ?? 1))]
}

function nearestOf(value: string, known: readonly string[]): string[] {
  const meant = nearest(value, known)
  return meant === undefined ? [] : [meant]
}

/** Settings that need or exclude each other. */
function combinations(settings: Settings): Fault[] {
  const is = (name: SettingName): boolean => settings[name] !== ""
  const isArn = (name: SettingName): boolean => settings[name].startsWith("arn:")
  const ofApiTokens = ["apiTokenIssuer", "apiTokenKeysSecretId", "apiTokenSeconds"] as const
  const rules: (Fault | false)[] = [
    ...ofApiTokens.map(
      (name) =>
        is(name) &&
        !is("apiTokenAudience") && {
          name,
          wrong: "needs apiTokenAudience, because no token for an API of yours is signed without it",
        },
    ),
    is("domainName") &&
      !is("certificateArn") && {
        name: "certificateArn",
        wrong: "is required with domainName",
        right: "write the ARN of its certificate in ACM",
      },
    is("certificateArn") &&
      !is("domainName") && {
        name: "certificateArn",
        wrong: "needs domainName, the name that the certificate is for",
      },
    is("hostedZoneId") &&
      !is("domainName") && {
        name: "hostedZoneId",
        wrong: "needs domainName, the name of the record to make in the zone",
      },
    settings.createSecret === "true" &&
      isArn("clientSecretId") && {
        name: "createSecret",
        wrong: "needs a name in clientSecretId, because a secret with an ARN exists already",
        right: "write false, or the name",
      },
    is("privateKeySecretId") &&
      settings.privateKeySecretId === settings.clientSecretId && {
        name: "privateKeySecretId",
        wrong: "must name another secret than clientSecretId, because that one is JSON",
      },
    is("privateKeySecretId") &&
      settings.privateKeySecretId === settings.appTokenSecretId && {
        name: "privateKeySecretId",
        wrong: "must name another secret than appTokenSecretId, because callers read that one",
      },
    is("apiTokenKeysSecretId") &&
      [settings.clientSecretId, settings.privateKeySecretId, settings.appTokenSecretId].some((other) =>
        isSameSecret(settings.apiTokenKeysSecretId, other),
      ) && {
        name: "apiTokenKeysSecretId",
        wrong: "must name a secret of its own, because whoever reads it can make tokens",
      },
    is("appTokenSecretId") &&
      isSameSecret(settings.appTokenSecretId, settings.clientSecretId) && {
        name: "appTokenSecretId",
        wrong: "must name another secret than clientSecretId, because callers must not read the sealing keys",
      },
  ]
  return rules.filter((rule) => rule !== false)
}
