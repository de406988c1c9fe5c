import type { Shell } from "./shell.ts"

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
const exceptionNames = ["no_proxy", "NO_PROXY"]
const loopbackNames = ["127.0.0.1", "localhost"]

/** What has to be set when a proxy would get the requests to this machine. */
export interface ProxyExceptions {
  /** Name of the variable that names the proxy. */
  readonly because: string
  readonly variables: Readonly<Record<string, string>>
}

/** Undefined without a proxy in the environment, or if it has no part in requests to this machine. */
export function proxyExceptions(env: NodeJS.ProcessEnv): ProxyExceptions | undefined {
  const because = Object.keys(env).find((name) => proxyNames.includes(name.toUpperCase()) && env[name])
  const exceptions = exceptionNames.map((name) => env[name] ?? "").find((text) => text !== "") ?? ""
  const named = exceptions.split(",").map((name) => name.trim())
  const missing = loopbackNames.filter((name) => !named.includes(name))
  if (because === undefined || missing.length === 0 || named.includes("*")) return undefined
  const value = [...named.filter((name) => name !== ""), ...missing].join(",")
  return { because, variables: Object.fromEntries(exceptionNames.map((name) => [name, value])) }
}

/** What the user of this shell has to know of it. */
export function proxyNotice({ because, variables }: ProxyExceptions, shell: Shell): string {
  return `${because} is set, so curl and others would send requests for this stack to the proxy. In their shell, run:\n
  ${shell.set(variables)}\n
The functions connect directly, without the proxy, to SuperOffice too.\n`
}
