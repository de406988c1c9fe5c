import { afterAll, afterEach, expect, onTestFinished } from "vitest"
import { obtainAuthorizationCode, type AuthorizationCode } from "../../local/authorization-code.ts"
import type { LocalProvider } from "../../local/provider.ts"
import { signRequest } from "../../local/sign-request.ts"
import { startStackWithProvider, type Stack } from "../../local/stack.ts"
import { keepSwitches } from "./provider-switches.ts"

export type JsonRecord = Readonly<Record<string, unknown>>

export const origin = "http://localhost:5173"

/** The local stack as a test uses it. */
export interface Journey {
  readonly stack: Stack
  readonly provider: LocalProvider
  /** Every line that the functions wrote. */
  readonly log: readonly string[]
  authorize(user?: string): Promise<AuthorizationCode>
  /** Invokes a function directly and gives its result. */
  invoke(name: string, fields: object): Promise<JsonRecord>
  /** Posts as a page of `origin`. */
  postAsPage(path: string, fields: object): Promise<{ readonly status: number; readonly body: JsonRecord }>
  /** Posts to `/signed/…`, signed with IAM. */
  postSigned(path: string, fields: object): Promise<{ readonly status: number; readonly body: JsonRecord }>
}

type JourneyOptions = Pick<
  Parameters<typeof startStackWithProvider>[0],
  "env" | "bundles" | "timeoutMs" | "startFunction"
>

/** A stack of its own for one test. */
export async function startJourney(options: JourneyOptions = {}): Promise<Journey> {
  const journey = await openJourney(options)
  onTestFinished(() => journey.stack.close())
  return journey
}

/**
 * One stack for the tests of a file, because its functions take a while to start: it starts when a test first asks for it. Each
 * test finds the switches of its provider and its Secrets Manager as they were at the start, and an empty log.
 */
export function shareJourney(options: JourneyOptions = {}): () => Promise<Journey> {
  let shared: Promise<Journey> | undefined
  let restore = (): void => undefined
  afterEach(() => {
    restore()
  })
  afterAll(async () => (await shared)?.stack.close())
  return () =>
    (shared ??= openJourney(options).then((journey) => {
      const restoreProvider = keepSwitches(journey.provider)
      restore = () => {
        restoreProvider()
        journey.stack.secretsManager.outage = undefined
        journey.log.length = 0
      }
      return journey
    }))
}

async function openJourney(options: JourneyOptions): Promise<Journey & { readonly log: string[] }> {
  const log: string[] = []
  const stack = await startStackWithProvider({
    ...options,
    origins: [origin],
    onLog: (line) => log.push(line),
  })
  const { provider } = stack
  return {
    stack,
    provider,
    log,
    authorize: (user) => obtainAuthorizationCode(provider, { origin, ...(user !== undefined && { user }) }),
    async invoke(name, fields) {
      const result = await stack.functions[name]?.invoke(fields)
      expect(result?.functionError).toBeUndefined()
      return result?.payload as JsonRecord
    },
    postAsPage: (path, fields) => post(stack.url + path, fields, { origin }),
    async postSigned(path, fields) {
      const url = new URL(stack.url + path)
      return await post(url.href, fields, await signRequest(url, JSON.stringify(fields), stack.credentials))
    },
  }
}

async function post(url: string, fields: object, headers: Readonly<Record<string, string>>) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(fields),
  })
  return { status: response.status, body: (await response.json()) as JsonRecord }
}
