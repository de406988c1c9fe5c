import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import { codeVerifier, pageOrigin } from "../../support/front-door.ts"

type Json = Readonly<Record<string, unknown>>

/** Sends an event to a function's handler. */
export type Invoke = (
  name: "exchange-code" | "refresh-token" | "token" | "revoke-token",
  event: object,
) => Promise<Json>

/** How many users the stand-in has tokens for. */
export const userCount = 64

/** Whose ID Token comes for a grant: by the canary that it ends with. */
export function userOf(grant: string): number {
  return Number(/(\d+)$/.exec(grant)?.[1] ?? 0) % userCount
}

/** Users with an even number are in one tenant, and the others in another. */
export function tenantOf(user: number): string {
  return user % 2 === 0 ? "Cust12020" : "Cust54321"
}

const redirect_uri = `${pageOrigin}/callback`
const codeGrant = { grant_type: "authorization_code", redirect_uri, code_verifier: codeVerifier }
const guarded = { headers: { "x-csrf": "1" } }

/**
 * What callers do, each with a canary of its own. A journey throws when an answer is not the one for its canary, so a
 * value that has strayed from one request into another shows.
 */
const journeys: readonly ((canary: number, invoke: Invoke) => Promise<void>)[] = [
  async function refreshDirectly(canary, invoke) {
    const refresh_token = `refresh-${canary}`
    const answer = await invoke("refresh-token", { refresh_token })
    expectTokens(answer, refresh_token)
    expectMembers(answer, { refresh_token })
  },
  async function exchangeDirectly(canary, invoke) {
    const code = `code-${canary}`
    const answer = await invoke("exchange-code", { code, redirect_uri, code_verifier: codeVerifier })
    expectTokens(answer, code)
    expectMembers(answer, { refresh_token: `refresh-${code}` })
  },
  async function refreshSigned(canary, invoke) {
    const body = `grant_type=refresh_token&refresh_token=refresh-${canary}`
    const headers = { "content-type": "application/x-www-form-urlencoded" }
    const answer = await invoke("token", signedEvent(undefined, { body, headers }))
    expectTokens(read(answer, 200), `refresh-${canary}`)
  },
  async function signInAsPage(canary, invoke) {
    const code = `code-${canary}`
    const request = { code, redirect_uri, code_verifier: codeVerifier }
    const first = await invoke("exchange-code", browserEvent(request))
    expectTokens(read(first, 200), code)
    const cookies = [cookieOf(first)]
    const second = await invoke("refresh-token", { ...browserEvent({}, guarded), cookies })
    expectTokens(read(second, 200), `refresh-${code}`)
    const last = { ...browserEvent({}, guarded), cookies: [cookieOf(second)] }
    expectMembers(read(await invoke("revoke-token", last), 200), { revoked: true })
  },
  async function signInToTwoTenants(canary, invoke) {
    const signIn = async (code: string): Promise<{ readonly ctx: string; readonly cookie: string }> => {
      const answer = await invoke("token", browserEvent({ ...codeGrant, code }))
      expectTokens(read(answer, 200), code)
      return { ctx: tenantOf(userOf(code)), cookie: cookieOf(answer) }
    }
    const one = await signIn(`code-${2 * canary}`)
    const other = await signIn(`code-${2 * canary + 1}`)
    const cookies = [one.cookie, other.cookie]
    const page = (fields: object) => ({ ...browserEvent(fields, guarded), cookies })
    const refreshed = await invoke("token", page({ grant_type: "refresh_token", ctx: one.ctx }))
    expectTokens(read(refreshed, 200), `refresh-code-${2 * canary}`)
    expectMembers(read(await invoke("revoke-token", page({ ctx: one.ctx })), 200), { revoked: true })
    const left = { ...browserEvent({ grant_type: "refresh_token" }, guarded), cookies: [other.cookie] }
    expectTokens(read(await invoke("token", left), 200), `refresh-code-${2 * canary + 1}`)
  },
  async function expectAnotherUser(canary, invoke) {
    const answer = await invoke("refresh-token", { refresh_token: `refresh-${canary}`, sub: "nobody" })
    expectMembers(answer, { code: "identity_mismatch" })
  },
  async function haveNoSession(_canary, invoke) {
    const answer = await invoke("refresh-token", browserEvent({}, guarded))
    expectMembers(read(answer, 400), { code: "session_expired" })
  },
  async function beRefused(canary, invoke) {
    const answer = await invoke("refresh-token", { refresh_token: `bad-${canary}` })
    expectMembers(answer, { code: "grant_rejected" })
  },
  async function breakTheContract(canary, invoke) {
    const answer = await invoke("exchange-code", browserEvent({ code: `code-${canary}`, redirect_uri }))
    expectMembers(read(answer, 400), { code: "request_invalid" })
  },
]

/** Makes the journey that comes at this place. */
export async function makeJourney(index: number, invoke: Invoke): Promise<void> {
  await journeys[index % journeys.length]?.(index, invoke)
}

function expectTokens(answer: Json, grant: string): void {
  expectMembers(answer, { access_token: `8A:Cust12020.${grant}` })
  const user = userOf(grant)
  expectMembers(answer.claims as Json, { sub: `user-${user}@example.com`, ctx: tenantOf(user) })
}

function expectMembers(answer: Json, members: Json): void {
  if (Object.entries(members).every(([name, value]) => answer[name] === value)) return
  throw new Error(`expected ${JSON.stringify(members)}: ${JSON.stringify(answer).slice(0, 300)}`)
}

function read(result: Json, statusCode: number): Json {
  expectMembers(result, { statusCode })
  return bodyOf(result)
}

function cookieOf({ cookies }: Json): string {
  const [line = ""] = (cookies ?? []) as readonly string[]
  return line.slice(0, line.indexOf(";"))
}
