import type { LocalCredentials } from "./credentials.ts"
import type { Route } from "./http-api.ts"
import { withHostName } from "./loopback.ts"

/** The outputs of a deployed stack that have a meaning here (deploy/). Policies and domains have none. */
export function outputsOf(
  url: string,
  routes: readonly Route[],
  origins: readonly string[],
  { region, accountId }: LocalCredentials,
): Record<string, string> {
  const callable = routes.filter(({ authorizer }) => authorizer === "aws_iam")
  const arns = callable.map(({ functionName }) => [
    `${functionName.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}FunctionArn`,
    functionArn(functionName, { region, accountId }),
  ])
  // To a browser, localhost and 127.0.0.1 are different sites.
  const hasLocalhost = origins.some((origin) => new URL(origin).hostname === "localhost")
  const ApiUrl = withHostName(url, hasLocalhost ? "localhost" : "127.0.0.1")
  return { ApiUrl, ...(Object.fromEntries(arns) as Record<string, string>) }
}

/** By which a function is invoked directly. */
export function functionArn(
  name: string,
  { region, accountId }: Pick<LocalCredentials, "region" | "accountId">,
): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`
}
