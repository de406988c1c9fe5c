import type { LocalCredentials } from "./credentials.ts"
import type { Route } from "./http-api.ts"
import { withHostName } from "./loopback.ts"

/** The outputs of a deployed stack that have a meaning here (deploy/). Policies and domains have none. */
export function outputsOf(
  ApiUrl: string,
  routes: readonly Route[],
  { region, accountId }: LocalCredentials,
): Record<string, string> {
  const callable = routes.filter(({ authorizer }) => authorizer === "aws_iam")
  const arns = callable.map(({ functionName }) => [
    `${functionName.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}FunctionArn`,
    functionArn(functionName, { region, accountId }),
  ])
  return { ApiUrl, ...(Object.fromEntries(arns) as Record<string, string>) }
}

/** The API's address for pages on these origins. To a browser, localhost and 127.0.0.1 are different sites. */
export function addressFor(origins: readonly string[], url: string): string {
  const hasLocalhost = origins.some((origin) => new URL(origin).hostname === "localhost")
  return withHostName(url, hasLocalhost ? "localhost" : "127.0.0.1")
}

/** By which a function is invoked directly. */
export function functionArn(
  name: string,
  { region, accountId }: Pick<LocalCredentials, "region" | "accountId">,
): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`
}
