import { describe, expect, it } from "vitest"
import { authenticateSystemUser } from "../lib/operations/authenticate-system-user.ts"
import { health } from "../lib/operations/health.ts"
import { revokeToken } from "../lib/operations/revoke-token.ts"
import { startLogin } from "../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../lib/operations/token.ts"
import { ExchangeError } from "../lib/errors.ts"
import type { FunctionSpec } from "../lib/request/handler.ts"
import type { RequestLog } from "../lib/request/request-log.ts"
import { bodyOf, browserEvent } from "./support/events.ts"
import {
  codeVerifier,
  completeEnv,
  jsonAnswer,
  openFrontDoor,
  pageOrigin,
  refreshTokenText,
  rejectedAnswer,
  tokenAnswer,
  type FrontDoorOptions,
} from "./support/front-door.ts"
import {
  pem,
  privateKeyPort,
  systemUserAnswer,
  systemUserRefusal,
  systemUserRequest,
} from "./support/system-user-door.ts"

/** Forgets everything that it is told. */
const forgetful: RequestLog = {
  note: () => undefined,
  warn: () => undefined,
  addDuration: () => undefined,
  countPost: () => undefined,
}

const reset = new ExchangeError("upstream_unavailable", "reset")
const notConnected = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const failures = [[rejectedAnswer], [jsonAnswer(503, {})], [reset], [notConnected], [new TypeError("odd")]]
const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
const refresh = { refresh_token: refreshTokenText }
const withKey: FrontDoorOptions = {
  env: { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key" },
  privateKey: privateKeyPort(pem),
}

type Answers = NonNullable<FrontDoorOptions["answers"]>

/** What a function answers to an event for each of SuperOffice's answers, with its own log and with one that forgets. */
async function answersOf<R>(
  spec: FunctionSpec<R>,
  event: unknown,
  options: FrontDoorOptions,
  each: readonly Answers[],
) {
  const deaf: FunctionSpec<R> = {
    ...spec,
    run: (request, context) => spec.run(request, { ...context, requestLog: forgetful }),
  }
  return await Promise.all(
    [spec, deaf].map((one) =>
      Promise.all(each.map((answers) => invoke(openFrontDoor(one, { ...options, answers }), event))),
    ),
  )
}

/** The answer, or the error that is thrown to a direct caller. What is random in it (sealed values, states) is left out. */
async function invoke(door: ReturnType<typeof openFrontDoor>, event: unknown): Promise<string> {
  const answer: unknown = await door.invoke(event).catch((error: unknown) => String(error))
  return JSON.stringify(answer)
    .replaceAll(/[\w-]{20,}\.\.[\w.-]+/g, "sealed")
    .replaceAll(/(state|nonce|code_challenge|so-login-[0-9a-f]{8})(\\?":\\?"|=)[\w-]+/g, "$1$2random")
    .replaceAll(/so-login-[0-9a-f]{8}/g, "so-login")
}

describe("the request log decides nothing: with one that forgets everything, the answers are the same", () => {
  const succeed: Answers[] = [[tokenAnswer()]]
  it.each([
    ["exchange-code", () => answersOf(exchangeCode, code, {}, [...succeed, ...failures]), 6],
    [
      "exchange-code for a page",
      () => answersOf(exchangeCode, browserEvent(code), {}, [...succeed, ...failures]),
      6,
    ],
    ["refresh-token", () => answersOf(refreshToken, refresh, {}, [...succeed, ...failures]), 6],
    [
      "token",
      () => answersOf(token, { grant_type: "refresh_token", ...refresh }, {}, [...succeed, ...failures]),
      6,
    ],
    [
      "revoke-token",
      () => answersOf(revokeToken, { token: refreshTokenText }, {}, [[jsonAnswer(200, {})], ...failures]),
      6,
    ],
    [
      "start-login",
      () => answersOf(startLogin, browserEvent({ redirect_uri: code.redirect_uri }), {}, [[]]),
      1,
    ],
    [
      "authenticate-system-user",
      () =>
        answersOf(authenticateSystemUser, systemUserRequest, withKey, [
          [systemUserAnswer()],
          [systemUserRefusal("InvalidSignature")],
          ...failures,
        ]),
      7,
    ],
    ["health", () => answersOf(health("1.0.0"), {}, {}, [[jsonAnswer(200, {})], [reset]]), 2],
  ] as const)("%s", async (_name, ask, count) => {
    const [told, forgotten] = await ask()
    expect(forgotten).toEqual(told)
    expect(told).toHaveLength(count)
    // The answers differ from each other, so that the comparison compares something.
    expect(new Set(told).size).toBeGreaterThan(count > 2 ? 2 : 0)
  })

  it("also for a login cookie, which ends once its code may have arrived", async () => {
    const started = await openFrontDoor(startLogin).invoke(browserEvent({ redirect_uri: code.redirect_uri }))
    const [cookie = ""] = started.cookies as string[]
    const event = {
      ...browserEvent({ code: "a-code", state: bodyOf(started).state }, { headers: { "x-csrf": "1" } }),
      cookies: [cookie.split(";")[0]],
    }
    const [told, forgotten] = await answersOf(exchangeCode, event, {}, failures)
    expect(forgotten).toEqual(told)
    expect(told?.map((answer) => answer.includes("Max-Age=0"))).toEqual([true, true, true, false, true])
  })
})
