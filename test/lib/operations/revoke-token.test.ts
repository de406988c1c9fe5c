import { describe, expect, it } from "vitest"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { revokeToken } from "../../../lib/operations/revoke-token.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import type { Caller } from "../../../lib/request/caller.ts"
import { Secret } from "../../../lib/secret.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, pageBinding, pageCaller, sessionOf, type FakePorts } from "../../support/context.ts"
import { credentials, jsonAnswer, pageOrigin, plainAnswer, rejectedAnswer } from "../../support/front-door.ts"
import { clientId } from "../../../harness/id-tokens.ts"

const ok = plainAnswer(200, "")
const reset = new ExchangeError("upstream_unavailable", "reset")
const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }
const form = {
  token: "a-refresh-token",
  token_type_hint: "refresh_token",
  client_id: clientId,
  client_secret: "client-secret-one",
}
const direct: Caller = { door: "direct" }
const env = { ALLOWED_ORIGINS: pageOrigin }
const cookieName = sessionCookieName(pageOrigin, "Cust12020")
const cleared = [`${cookieName}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]

/** The outcome of a revocation, what was posted and the cookies of the answer. */
async function revoke(fields: Readonly<Record<string, unknown>>, caller = direct, ports: FakePorts = {}) {
  const context = { ...fakeContext({ answers: [ok], env, ...ports }), caller }
  const outcome = await Promise.resolve()
    .then(() => revokeToken.run(revokeToken.read(fields, caller, context.config), context))
    .catch((error: unknown) => error)
  const { posts, events, requestLog } = context
  return { outcome, posts, events, cookies: context.cookies.lines, posted: requestLog.posts }
}

function revokeInClear(changes: object = {}, ports: FakePorts = {}) {
  return revoke({ token: "a-refresh-token", ...changes }, direct, ports)
}

async function sealed(changes: Parameters<typeof pageBinding>[0] = {}): Promise<string> {
  return await sealSession(sessionOf(), pageBinding(changes))
}

async function page(cookie?: string) {
  return pageCaller({ [cookieName]: cookie ?? (await sealed()) })
}

describe("revoke-token", () => {
  it.each<Caller>([{ door: "signed" }, direct])(
    "posts a token in the form body with our credentials, through the $door door (C03, C04, C63)",
    async (caller) => {
      const { outcome, posts, events, cookies } = await revoke({ token: "a-refresh-token" }, caller)
      expect(outcome).toEqual(revoked)
      expect(posts).toEqual([form])
      expect(events).toContain("POST https://sod.superoffice.com/login/common/oauth/revoke")
      expect(cookies).toEqual([])
    },
  )

  it.each([
    ["refresh_token", "refresh_token"],
    ["access_token", "access_token"],
    ["JWT", "refresh_token"],
  ])("makes of the hint %s the hint %s (RFC 7009 §2.1)", async (hint, sent) => {
    const { posts } = await revokeInClear({ token_type_hint: hint })
    expect(posts).toEqual([{ ...form, token_type_hint: sent }])
  })

  it.each([
    [{ token: undefined }, '"token" is required.'],
    [{ token: "t".repeat(8193) }, '"token" must be at most 8192 bytes.'],
    [{ token: "tøken" }, '"token" must be printable ASCII.'],
    [{ token_type_hint: 1 }, '"token_type_hint" must be a non-empty string.'],
    [{ client_id: "another-client" }, '"client_id" must be the one of this service, or left out.'],
  ])("posts nothing for a request with %j", async (changes, publicDescription) => {
    const { outcome, posts } = await revokeInClear(changes)
    expect(outcome).toEqual(requestInvalid(publicDescription))
    expect(posts).toEqual([])
  })

  it.each<[string, (HttpAnswer | Error)[], number]>([
    ["200", [ok], 1],
    ["299", [plainAnswer(299, "")], 1],
    ["200 whose body cannot be read", [{ ...ok, unreadable: reset }], 1],
    ["400 for a token that is dead or unknown", [rejectedAnswer], 1],
    ["400 in the words of RFC 6749", [jsonAnswer(400, { error: "invalid_grant" })], 1],
    ["200 after a reset", [reset, ok], 2],
  ])("reports success when SuperOffice answers %s (C58, C70)", async (_what, answers, posts) => {
    expect(await revokeInClear({}, { answers })).toMatchObject({ outcome: revoked, posted: posts })
  })

  const mayStillBeValid = "SuperOffice could not revoke the token now: it may still be valid."
  const busy = { ...jsonAnswer(503, {}), retryAfterSeconds: 7 }
  it.each<[string, (HttpAnswer | Error)[], object]>([
    ["503 with Retry-After", [busy], { code: "upstream_unavailable", retryAfterSeconds: 7 }],
    ["a reset twice", [reset, reset], { code: "upstream_unavailable" }],
    ["a time-out", [new ExchangeError("upstream_timeout", "late")], { code: "upstream_timeout" }],
    ["401", [jsonAnswer(401, {})], { code: "client_rejected" }],
    ["400 invalid_client", [jsonAnswer(400, { error: "invalid_client" })], { code: "client_rejected" }],
    ["400 without a word that we know", [jsonAnswer(400, {})], { code: "upstream_invalid" }],
    ["199", [plainAnswer(199, "")], { code: "upstream_invalid" }],
    ["300", [plainAnswer(300, "")], { code: "upstream_invalid" }],
  ])("says that the token may still be valid after %s (C58)", async (_what, answers, error) => {
    const { outcome } = await revokeInClear({}, { answers })
    expect(outcome).toBeInstanceOf(ExchangeError)
    expect(outcome).toMatchObject({ publicDescription: mayStillBeValid, isFinal: false, ...error })
  })

  it.each<[string, () => Promise<Caller>]>([
    ["in clear", () => Promise.resolve(direct)],
    ["in a cookie", () => page()],
  ])("keeps an error without a name as it is, for a token %s", async (_where, caller) => {
    const unnamed = new Error("unnamed")
    const { outcome } = await revoke({ token: "a-refresh-token" }, await caller(), { answers: [unnamed] })
    expect(outcome).toMatchObject({ code: "unexpected", publicDescription: undefined, cause: unnamed })
  })

  it("asks once more when the client secret was replaced meanwhile", async () => {
    const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
    const reread: FakePorts["credentials"] = (freshness) => (freshness === "cached" ? credentials : replaced)
    const ports = { answers: [rejectedAnswer, ok], credentials: reread }
    const { outcome, posts } = await revokeInClear({}, ports)
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([form, { ...form, client_secret: "client-secret-two" }])
  })
})

describe("revoke-token for a page", () => {
  it.each<[string, () => Promise<Caller>, string[]]>([
    ["there is no session", () => Promise.resolve(pageCaller()), []],
    ["the session cookie cannot be decrypted", () => page("garbage"), cleared],
    ["the cookie holds a token in clear", () => page("a-refresh-token"), cleared],
    [
      "the session is of another page",
      async () => page(await sealed({ origin: "https://other.example.com" })),
      cleared,
    ],
  ])("reports success and posts nothing when %s (RFC 7009 §2.2)", async (_what, caller, lines) => {
    // A value in the body counts for nothing where cookies are the delivery.
    const { outcome, posts, cookies } = await revoke({ token: await sealed() }, await caller())
    expect([outcome, posts, cookies]).toEqual([revoked, [], lines])
  })

  it("leaves the session alone when our own secret cannot be read", async () => {
    const down = new ExchangeError("secret_unavailable", "down")
    const { outcome, cookies } = await revoke({}, await page(), { credentials: () => down })
    expect(outcome).toBe(down)
    expect(cookies).toEqual([])
  })

  it("requires a value in delivery sealed: nothing is called revoked that nobody named (RFC 7009 §2.1)", async () => {
    const ports = { env: { ...env, REFRESH_TOKEN_DELIVERY: "sealed" } }
    const { outcome } = await revoke({ refresh_token: await sealed() }, pageCaller(), ports)
    expect(outcome).toEqual(requestInvalid('"token" is required.'))
  })
})
