import { browserEvent, signedEvent } from "../../support/events.ts"
import { codeVerifier, pageOrigin } from "../../support/front-door.ts"
import { userOf } from "./users.ts"

type Json = Readonly<Record<string, unknown>>

/** Sends an event to a function's handler. */
export type Invoke = (
  name: "exchange-code" | "refresh-token" | "token" | "revoke-token",
  event: object,
) => Promise<Json>

const code = (canary: number) => `code-${canary}`
const refresh = (canary: number) => `refresh-${canary}`
const redirect_uri = `${pageOrigin}/callback`
const guarded = { headers: { "x-csrf": "1" } }

/**
 * What callers do, each with a canary of its own. A journey throws when an answer is not the one for its canary, so a
 * value that has strayed from one request into another shows.
 */
const journeys: readonly ((canary: number, invoke: Invoke) => Promise<number>)[] = [
  async function refreshDirectly(canary, invoke) {
    const answer = await invoke("refresh-token", { refresh_token: refresh(canary) })
    expectTokens(answer, refresh(canary))
    expectMember(answer, "refresh_token", refresh(canary))
    return 1
  },
  async function exchangeDirectly(canary, invoke) {
    const answer = await invoke("exchange-code", {
      code: code(canary),
      redirect_uri,
      code_verifier: codeVerifier,
    })
    expectTokens(answer, code(canary))
    expectMember(answer, "refresh_token", `refresh-${code(canary)}`)
    return 1
  },
  async function refreshSigned(canary, invoke) {
    const body = `grant_type=refresh_token&refresh_token=${refresh(canary)}`
    const headers = { "content-type": "application/x-www-form-urlencoded" }
    const answer = read(await invoke("token", signedEvent(undefined, { body, headers })), 200)
    expectTokens(answer, refresh(canary))
    return 1
  },
  async function signInAsPage(canary, invoke) {
    const request = { code: code(canary), redirect_uri, code_verifier: codeVerifier }
    const first = await invoke("exchange-code", browserEvent(request))
    expectTokens(read(first, 200), code(canary))
    const session = cookieOf(first)
    const second = await invoke("refresh-token", { ...browserEvent({}, guarded), cookies: [session] })
    expectTokens(read(second, 200), `refresh-${code(canary)}`)
    const third = await invoke("revoke-token", { ...browserEvent({}, guarded), cookies: [cookieOf(second)] })
    expectMember(read(third, 200), "revoked", true)
    return 3
  },
  async function beRefused(canary, invoke) {
    const answer = await invoke("refresh-token", { refresh_token: `bad-${canary}` })
    expectMember(answer, "code", "grant_rejected")
    return 1
  },
  async function breakTheContract(canary, invoke) {
    const answer = read(
      await invoke("exchange-code", browserEvent({ code: code(canary), redirect_uri })),
      400,
    )
    expectMember(answer, "code", "request_invalid")
    return 1
  },
]

/** Makes the journey that comes at this place, and gives the number of requests in it. */
export async function makeJourney(index: number, invoke: Invoke): Promise<number> {
  const journey = journeys[index % journeys.length]
  if (!journey) throw new Error("there is no journey")
  return await journey(index, invoke)
}

function expectTokens(answer: Json, grant: string): void {
  expectMember(answer, "access_token", `8A:Cust12020.${grant}`)
  expectMember(answer.claims as Json, "sub", `user-${userOf(grant)}@example.com`)
}

function expectMember(answer: Json, name: string, value: unknown): void {
  if (answer[name] === value) return
  throw new Error(`${name} should be ${String(value)}: ${JSON.stringify(answer).slice(0, 300)}`)
}

function read(result: Json, status: number): Json {
  if (result.statusCode !== status)
    throw new Error(`expected ${status}: ${JSON.stringify(result).slice(0, 300)}`)
  return JSON.parse(String(result.body)) as Json
}

function cookieOf({ cookies }: Json): string {
  const [line = ""] = (cookies ?? []) as readonly string[]
  return line.slice(0, line.indexOf(";"))
}
