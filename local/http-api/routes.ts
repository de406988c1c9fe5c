import { parse } from "yaml"

/** One route of the HTTP API: an exact method and path, and the function behind it. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly functionName: string
  readonly authorizer: "none" | "aws_iam" | "jwt"
}

/**
 * Reads the `httpApi` events of all functions from the text of a `serverless.yml`.
 *
 * Throws for what is not supported here: variables in the path, catch-all methods, other authorizers.
 */
export function readRoutes(serverlessYml: string): Route[] {
  // The parser would warn about each of CloudFormation's tags (!Ref and the like). No route has one.
  const service = parse(serverlessYml, { logLevel: "error" }) as ServiceFile
  return Object.entries(service.functions ?? {}).flatMap(([functionName, { events = [] }]) =>
    events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [readRoute(functionName, httpApi)])),
  )
}

/** The route for a request, if there is one. */
export function findRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  return routes.find((route) => route.method === method && route.path === path)
}

interface ServiceFile {
  readonly functions?: Readonly<
    Record<string, { readonly events?: readonly { readonly httpApi?: HttpApiEvent }[] }>
  >
}

type HttpApiEvent =
  | string
  | { readonly method: string; readonly path: string; readonly authorizer?: { readonly type?: string } }

function readRoute(functionName: string, event: HttpApiEvent): Route {
  const [method = "", path = ""] = typeof event === "string" ? event.split(" ") : [event.method, event.path]
  const authorizer = typeof event === "string" ? undefined : event.authorizer
  if (!/^[A-Za-z]+$/.test(method) || method.toLowerCase() === "any" || !/^\/[^{}]*$/.test(path)) {
    throw new Error(`${functionName}: the route ${JSON.stringify(event)} is not one exact method and path`)
  }
  if (authorizer !== undefined && authorizer.type !== "aws_iam") {
    throw new Error(`${functionName}: only the aws_iam authorizer is supported`)
  }
  return { method: method.toUpperCase(), path, functionName, authorizer: authorizer ? "aws_iam" : "none" }
}
