// A process of its own: every built function in one environment that trusts the provider's certificate. It answers each
// message with what came of the event, and with what was logged.
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

export interface Question {
  readonly id: number
  readonly name: string
  readonly event: object
  /** What Lambda would say is left of the function's time. */
  readonly remainingMs: number
}

export interface Reply {
  readonly id: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly thrown?: string
  /** The line of this request. */
  readonly line: Readonly<Record<string, unknown>>
}

type Handler = (event: object, context: object) => Promise<Record<string, unknown>>

const lines = new Map<string, Readonly<Record<string, unknown>>>()
process.stdout.write = (text: string) => {
  const line = JSON.parse(text) as Readonly<Record<string, unknown>>
  lines.set(String(line.request_id), line)
  return true
}

const require = createRequire(import.meta.url)
const handlers = new Map<string, Handler>()

function handlerOf(name: string): Handler {
  const bundle = fileURLToPath(new URL(`../../../dist/functions/${name}.cjs`, import.meta.url))
  const handler = handlers.get(name) ?? (require(bundle) as { readonly handler: Handler }).handler
  handlers.set(name, handler)
  return handler
}

process.on("message", ({ id, name, event, remainingMs }: Question) => {
  const awsRequestId = `request-${id}`
  const end = performance.now() + remainingMs
  const context = { awsRequestId, getRemainingTimeInMillis: () => end - performance.now() }
  handlerOf(name)(event, context).then(
    (result) => process.send?.({ id, result, line: lines.get(awsRequestId) ?? {} } satisfies Reply),
    (error: unknown) =>
      process.send?.({ id, thrown: String(error), line: lines.get(awsRequestId) ?? {} } satisfies Reply),
  )
})
process.on("disconnect", () => process.exit())
