import { expect, it } from "vitest"
import { ExchangeError } from "../lib/errors.ts"
import { authenticateSystemUser } from "../lib/operations/authenticate-system-user.ts"
import { health } from "../lib/operations/health.ts"
import { revokeToken } from "../lib/operations/revoke-token.ts"
import { startLogin } from "../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../lib/operations/token.ts"
import { wellKnown } from "../lib/operations/well-known.ts"
import type { FunctionSpec } from "../lib/request/handler.ts"
import type { RequestLog } from "../lib/request/request-log.ts"
import { apiTokenEnv, signingKeysPort } from "./support/api-token.ts"
import { bodyOf, browserEvent, httpEvent } from "./support/events.ts"
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
import * as systemUser from "./support/system-user-door.ts"

const forget = () => undefined
const forgetful: RequestLog = { note: forget, warn: forget, addDuration: forget, countPost: forget }

const reset = new ExchangeError("upstream_unavailable", "reset")
const notConnected = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const failures = [rejectedAnswer, jsonAnswer(503, {}), reset, notConnected, new TypeError("odd")]
const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
const refresh = { refresh_token: refreshTokenText }
const withKey: FrontDoorOptions = {
  env: { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key" },
  privateKey: systemUser.privateKeyPort(systemUser.pem),
}

const withSigningKeys: FrontDoorOptions = { env: apiTokenEnv, signingKeys: signingKeysPort() }

type Answer = NonNullable<FrontDoorOptions["answers"]>[number]

/** What a function answers to each of SuperOffice's answers, with its own log and with one that forgets. */
function compare<R>(spec: FunctionSpec<R>, event: unknown, each: Answer[], options: FrontDoorOptions = {}) {
  const deaf: FunctionSpec<R> = {
    ...spec,
    run: (request, context) => spec.run(request, { ...context, requestLog: forgetful }),
  }
  const [told, forgotten] = [spec, deaf].map((one) =>
    Promise.all(each.map((answer) => invoke(openFrontDoor(one, { ...options, answers: [answer] }), event))),
  )
  return Promise.all([told, forgotten])
}

/** The answer, or the error that is thrown to a direct caller, without what is random in it. */
async function invoke(door: ReturnType<typeof openFrontDoor>, event: unknown): Promise<string> {
  const answer: unknown = await door.invoke(event).catch((error: unknown) => String(error))
  return JSON.stringify(answer)
    .replaceAll(/[\w-]{20,}\.\.[\w.-]+/g, "sealed")
    .replaceAll(/("api_token\\?":\\?")[\w.-]+/g, "$1random")
    .replaceAll(/(state|nonce|code_challenge|so-login-[0-9a-f]{8})(\\?":\\?"|=)[\w-]+/g, "$1$2random")
    .replaceAll(/so-login-[0-9a-f]{8}/g, "so-login")
}

const redeemed = [tokenAnswer(), ...failures]
const refused = systemUser.systemUserRefusal("InvalidSignature")
const signed = [systemUser.systemUserAnswer(), refused, ...failures]
const begin = browserEvent({ redirect_uri: code.redirect_uri })
const ok = jsonAnswer(200, {})

it.each([
  ["exchange-code", () => compare(exchangeCode, code, redeemed), 3],
  ["exchange-code for a page", () => compare(exchangeCode, browserEvent(code), redeemed), 3],
  ["refresh-token", () => compare(refreshToken, refresh, redeemed), 3],
  ["token", () => compare(token, { grant_type: "refresh_token", ...refresh }, redeemed), 3],
  ["revoke-token", () => compare(revokeToken, { token: refreshTokenText }, [ok, ...failures]), 3],
  ["start-login", () => compare(startLogin, begin, [ok]), 1],
  [
    "authenticate-system-user",
    () => compare(authenticateSystemUser, systemUser.systemUserRequest, signed, withKey),
    3,
  ],
  [
    "refresh-token, asked for a token for the partner's API,",
    () => compare(refreshToken, { ...refresh, include: ["api_token"] }, redeemed, withSigningKeys),
    3,
  ],
  ["health", () => compare(health("1.0.0"), {}, [ok, reset]), 1],
] as const)("%s answers the same when its request log forgets all", async (_name, compared, different) => {
  const [told, forgotten] = await compared()
  expect(forgotten).toEqual(told)
  // The answers differ from each other, so that the comparison compares something.
  expect(new Set(told).size).toBeGreaterThanOrEqual(different)
})

it("exchange-code ends the login cookie of a code that may have arrived when its request log forgets all", async () => {
  const started = await openFrontDoor(startLogin).invoke(begin)
  const [cookie = ""] = started.cookies as string[]
  const event = {
    ...browserEvent({ code: "a-code", state: bodyOf(started).state }, { headers: { "x-csrf": "1" } }),
    cookies: [cookie.split(";")[0]],
  }
  const [told, forgotten] = await compare(exchangeCode, event, failures)
  expect(forgotten).toEqual(told)
  expect(told?.map((answer) => answer.includes("Max-Age=0"))).toEqual([true, true, true, false, true])
})

it("well-known publishes the same keys, and tells the same faults, when its request log forgets all", async () => {
  const event = httpEvent({ method: "GET", path: "/.well-known/jwks.json" })
  const deaf: typeof wellKnown = {
    ...wellKnown,
    find: (path, context) => wellKnown.find(path, { ...context, requestLog: forgetful }),
  }
  const unreadable = signingKeysPort(new ExchangeError("secret_unavailable", "no answer"))
  const answers = [wellKnown, deaf].map((one) =>
    Promise.all(
      [signingKeysPort(), unreadable].map((signingKeys) =>
        invoke(openFrontDoor(one, { ...withSigningKeys, signingKeys }), event),
      ),
    ),
  )
  const [told, forgotten] = await Promise.all(answers)
  expect(forgotten).toEqual(told)
  expect(new Set(told).size).toBe(2)
})
