import { fetchSite } from "../doctor/site.ts"
import { bold, print } from "../terminal.ts"
import type { Deployment } from "../deployment/deployment.ts"
import { serviceName, type Settings } from "../deployment/settings.ts"
import { changesSince } from "./changes.ts"
import { ofType, text, type JsonObject, type StackTemplate } from "./template.ts"
import type { ServicePackage } from "./package.ts"

/** Prints what a package would deploy, and how it differs from the last one of the same stage and region. */
export function printSummary(
  current: ServicePackage,
  last: ServicePackage | undefined,
  deployment: Pick<Deployment, "region" | "settings">,
): void {
  const { stage, region, stack } = current
  const { settings } = deployment
  print(bold(`superoffice-token-exchange, stage ${stage}, ${region}`))
  print()
  printFunctions(current)
  print()
  for (const [name, value] of facts(stack, settings)) print(`  ${name.padEnd(nameWidth)}  ${value}`)
  print()
  if (deployment.region === undefined) {
    print("Note: no region is set: write it in deployment.yml before you deploy, or pass --region.")
  }
  for (const note of siteNotes(settings)) print(`Note: ${note}`)
  printChanges(current, last)
}

/** A browser sends the cookie of the delivery `cookie` only to the site of the page. */
function siteNotes({ allowedOrigins, domainName, refreshTokenDelivery }: Settings): string[] {
  if (refreshTokenDelivery !== "cookie" || allowedOrigins === "") return []
  const advice = "set refreshTokenDelivery: partitioned, or a domainName on the site of the pages"
  if (domainName === "") {
    return [`without domainName, no page is on the site of the API, so browsers send no cookie: ${advice}.`]
  }
  return allowedOrigins
    .split(",")
    .filter((origin) => fetchSite(origin, `https://${domainName}`) === "cross-site")
    .map(
      (origin) => `${origin} is on another site than ${domainName}, so browsers send no cookie: ${advice}.`,
    )
}

const nameWidth = "authenticate-system-user".length

function printFunctions(current: ServicePackage): void {
  for (const [name, { bytes }] of Object.entries(current.archives).sort(([a], [b]) => a.localeCompare(b))) {
    const size = `${Math.round(bytes / 1024)} KB`
    print(`  ${name.padEnd(nameWidth)}  ${size.padStart(6)}  ${routesOf(name, current).join(", ")}`)
  }
}

/** The routes whose integration invokes the function. */
function routesOf(name: string, { stage, stack }: ServicePackage): string[] {
  const invokes = ({ Target }: JsonObject): boolean => {
    const integration = stack.resources[text(Target).replace("integrations/", "")]
    return text(integration?.properties.IntegrationUri).endsWith(`:${serviceName}-${stage}-${name}`)
  }
  return ofType(stack, "AWS::ApiGatewayV2::Route")
    .filter(invokes)
    .map(({ RouteKey }) => text(RouteKey))
}

function facts(stack: StackTemplate, settings: Settings): [name: string, value: string][] {
  const alarms = ofType(stack, "AWS::CloudWatch::Alarm").length
  const given = (value: string, otherwise: string): string => (value === "" ? otherwise : value)
  return [
    ["SuperOffice environment", settings.environment],
    [
      "address",
      settings.domainName === ""
        ? "an execute-api address, which deploy prints"
        : `https://${settings.domainName}`,
    ],
    ["pages that may call", given(settings.allowedOrigins.replaceAll(",", ", "), "none (allowedOrigins)")],
    ["refresh token of a page", deliveries[settings.refreshTokenDelivery] ?? settings.refreshTokenDelivery],
    ["tokens for your own API", apiTokensOf(settings)],
    ["other callers", "AWS roles with CallerPolicy, SystemUserCallerPolicy or OperatorPolicy"],
    ["secrets that are read", secretsOf(settings).join(", ")],
    [
      "secrets that are made",
      ofType(stack, "AWS::SecretsManager::Secret").map(nameOf).join(", ") || "none (createSecret)",
    ],
    [
      "alarms",
      `${alarms}, ${settings.alarmTopicArn === "" ? "which tell nobody (alarmTopicArn)" : `which tell ${settings.alarmTopicArn}`}`,
    ],
    ["logs are kept", `${settings.logRetentionInDays} days`],
    ["requests of each route", `${settings.throttleRate} a second, ${settings.throttleBurst} at once`],
  ]
}

function apiTokensOf({ apiTokenAudience, apiTokenIssuer, domainName }: Settings): string {
  if (apiTokenAudience === "") return "none (apiTokenAudience)"
  const ownAddress = domainName === "" ? "the execute-api address" : `https://${domainName}`
  return `for ${apiTokenAudience}, issued by ${apiTokenIssuer === "" ? ownAddress : apiTokenIssuer}`
}

const deliveries: Readonly<Record<string, string>> = {
  cookie: "in a cookie: only pages on the site of the address can sign in",
  partitioned: "in a partitioned cookie: pages on any site can sign in, where browsers keep such cookies",
  sealed: "sealed, in the page's own memory",
}

function secretsOf(settings: Settings): string[] {
  const { clientSecretId, privateKeySecretId, appTokenSecretId, apiTokenKeysSecretId } = settings
  return [
    `${clientSecretId} (all functions but well-known)`,
    ...(privateKeySecretId === "" ? [] : [`${privateKeySecretId} (authenticate-system-user)`]),
    ...(apiTokenKeysSecretId === "" ? [] : [`${apiTokenKeysSecretId} (token functions, well-known)`]),
    ...(appTokenSecretId === "" ? [] : [`${appTokenSecretId} (callers with SystemUserCallerPolicy)`]),
  ]
}

function nameOf({ Name }: JsonObject): string {
  return text(Name)
}

function printChanges(current: ServicePackage, last: ServicePackage | undefined): void {
  if (last?.stage !== current.stage || last.region !== current.region) {
    print("There is no earlier package of this stage here to compare with.")
    return
  }
  const changes = changesSince(last, current)
  if (changes.length === 0) print(`Nothing differs from the package of ${last.packagedAt}.`)
  else print(`What differs from the package of ${last.packagedAt}:`)
  for (const change of changes) print(`  ${change}`)
}
