// A process of its own: the built handlers in one environment, with as many requests at once as it is told. It tells its
// parent how far it is, how the heap went and how long requests took.
import { randomUUID } from "node:crypto"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { completeEnv } from "../../support/front-door.ts"
import { makeJourney, type Invoke } from "./requests.ts"

/** What this process tells its parent. */
export type SoakMessage = { readonly done: number } | SoakOutcome | { readonly failure: string }

export interface SoakOutcome {
  readonly requests: number
  readonly seconds: number
  /** Milliseconds, by ten thousand samples. */
  readonly p50: number
  readonly p99: number
  /** After a collection, at twenty points on the way. */
  readonly heap: readonly (readonly [requests: number, bytes: number])[]
  readonly handles: readonly (readonly [requests: number, count: number])[]
}

const [upstream = "", totalText = "", concurrencyText = ""] = process.argv.slice(2)
const [total, concurrency] = [Number(totalText), Number(concurrencyText)]

Object.assign(process.env, completeEnv, {
  LOCAL_PROVIDER_URL: upstream,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: upstream,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
})

type Handler = (event: object, context: object) => Promise<Record<string, unknown>>

const require = createRequire(import.meta.url)
const handlers = Object.fromEntries(
  ["exchange-code", "refresh-token", "token", "revoke-token"].map((name) => {
    const bundle = fileURLToPath(new URL(`../../../dist/functions/${name}.cjs`, import.meta.url))
    return [name, (require(bundle) as { readonly handler: Handler }).handler]
  }),
)

const times: number[] = []
const heap: [number, number][] = []
const handles: [number, number][] = []
const step = Math.max(1, Math.floor(total / 20))
let [begun, requests, nextLook] = [0, 0, step]

const invoke: Invoke = async (name, event) => {
  const handler = handlers[name]
  if (!handler) throw new Error(`${name} is not built`)
  const before = performance.now()
  const answer = await handler(event, {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => 20_000,
  })
  const time = performance.now() - before
  // A sample that stays of one size: each later time takes the place of an earlier one.
  if (times.length < 10_000) times.push(time)
  else times[Math.floor(Math.random() * 10_000)] = time
  requests += 1
  return answer
}

async function caller(): Promise<void> {
  while (requests < total) {
    await makeJourney((begun += 1), invoke)
    if (requests < nextLook) continue
    nextLook += step
    globalThis.gc?.()
    heap.push([requests, process.memoryUsage().heapUsed])
    handles.push([requests, process.getActiveResourcesInfo().length])
    process.send?.({ done: requests } satisfies SoakMessage)
  }
}

process.on("disconnect", () => process.exit())
const startedAt = performance.now()
try {
  await Promise.all(Array.from({ length: concurrency }, caller))
  const sorted = times.sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
  const seconds = (performance.now() - startedAt) / 1000
  process.send?.({ requests, seconds, p50: at(0.5), p99: at(0.99), heap, handles } satisfies SoakMessage)
} catch (error) {
  process.send?.({ failure: error instanceof Error ? error.message : String(error) } satisfies SoakMessage)
}
process.disconnect()
