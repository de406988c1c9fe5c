import { afterEach, expect } from "vitest"
import { obtainAuthorizationCode, type AuthorizationCode } from "../../local/authorization-code.ts"
import { signRequest } from "../../local/sign-request.ts"
import { startStackWithProvider, type Stack } from "../../local/stack.ts"
import type { LocalProvider } from "../../local/provider.ts"

export type JsonRecord = Readonly<Record<string, unknown>>

export const origin = "http://localhost:5173"

/** The local stack as one test uses it; it is closed when the test ends. */
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

const open = new Set<Stack>()

afterEach(async () => {
  await Promise.all([...open].map((stack) => stack.close()))
  open.clear()
})

export async function startJourney(
  options: Pick<
    Parameters<typeof startStackWithProvider>[0],
    "env" | "bundles" | "timeoutMs" | "startFunction"
  > = {},
): Promise<Journey> {
  const log: string[] = []
  const stack = await startStackWithProvider({
    ...options,
    origins: [origin],
    onLog: (line) => log.push(line),
  })
  open.add(stack)
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
