import { describe, expect, it } from "vitest"
import type { BrowserCaller, Caller } from "../../../lib/request/caller.ts"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { revokeToken } from "../../../lib/operations/revoke-token.ts"
import { Secret } from "../../../lib/secret.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { credentials, jsonAnswer, pageOrigin, rejectedAnswer } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig, fakeContext, requestCookies, type FakePorts } from "../../support/context.ts"

const revocationUrl = "https://sod.superoffice.com/login/common/oauth/revoke"
const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }
const ok: HttpAnswer = { status: 200, retryAfterSeconds: undefined, body: "" }
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

async function revoke(
  fields: Readonly<Record<string, unknown>>,
  caller: Caller = direct,
  ports: FakePorts = {},
) {
  const context = { ...fakeContext({ answers: [ok], ...ports, env: { ...env, ...ports.env } }), caller }
  const outcome = await Promise.resolve()
    .then(() => revokeToken.run(revokeToken.read(fields, caller, context.config), context))
    .catch((error: unknown) => error)
  return {
    outcome,
    posts: context.posts,
    events: context.events,
    cookies: context.cookies.lines,
    requestLog: context.requestLog,
  }
}

function page(cookie?: string, changes: Partial<BrowserCaller> = {}): BrowserCaller {
  const cookies = requestCookies(cookie === undefined ? {} : { [cookieName]: cookie })
  return { door: "browser", origin: pageOrigin, cookies, hasCsrfHeader: true, ...changes }
}

async function sealed(origin = pageOrigin, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const session = {
    refreshToken: new Secret("a-refresh-token"),
    sub: "tony",
    ctx: "Cust12020",
    signedInAt: signedAt,
  }
  return await sealSession(session, { config: completeConfig(env), credentials, origin })
}

describe("a token in clear", () => {
  it.each<Caller>([{ door: "signed" }, direct])(
    "is revoked in the form body, with our client authentication once, through the $door door (C03, C04, C63)",
    async (caller) => {
      const { outcome, posts, events, cookies } = await revoke({ token: "a-refresh-token" }, caller)
      expect(outcome).toEqual(revoked)
      expect(posts).toEqual([form])
      expect(events).toContain(`POST ${revocationUrl}`)
      expect(cookies).toEqual([])
    },
  )

  it.each([
    ["refresh_token", "refresh_token"],
    ["access_token", "access_token"],
    ["JWT", "refresh_token"],
    ["anything", "refresh_token"],
  ])(
    "may come with the hint %s, which is passed over when nobody knows it (RFC 7009 §2.1)",
    async (hint, sent) => {
      const { posts } = await revoke({ token: "a-refresh-token", token_type_hint: hint })
      expect(posts).toEqual([{ ...form, token_type_hint: sent }])
    },
  )

  it.each([
    [{ token: undefined }, '"token" is required.'],
    [{ token: "" }, '"token" must be a non-empty string.'],
    [{ token: "t".repeat(8193) }, '"token" must be at most 8192 bytes.'],
    [{ token: "tøken" }, '"token" must be printable ASCII.'],
    [{ token_type_hint: 1 }, '"token_type_hint" must be a non-empty string.'],
    [{ client_id: "another-client" }, '"client_id" must be the one of this service, or left out.'],
  ])("is not revoked with %j", async (changes, publicDescription) => {
    const { outcome, posts } = await revoke({ token: "a-refresh-token", ...changes })
    expect(outcome).toEqual(requestInvalid(publicDescription))
    expect(posts).toEqual([])
  })
})

describe("SuperOffice's answer", () => {
  const reset = new ExchangeError("upstream_unavailable", "reset")
  const busy = { ...jsonAnswer(503, {}), retryAfterSeconds: 7 }

  it.each<[string, (HttpAnswer | Error)[], number]>([
    ["200", [ok], 1],
    ["204", [{ ...ok, status: 204 }], 1],
    ["200 whose body cannot be read (C70)", [{ ...ok, unreadable: reset }], 1],
    ["400 for a token that is dead or unknown", [rejectedAnswer], 1],
    ["400 in the words of RFC 6749", [jsonAnswer(400, { error: "invalid_grant" })], 1],
    ["200 after a reset", [reset, ok], 2],
    ["200 after a 500", [jsonAnswer(500, {}), ok], 2],
  ])("%s means revoked (C58)", async (_what, answers, posts) => {
    const result = await revoke({ token: "a-refresh-token" }, direct, { answers })
    expect(result.outcome).toEqual(revoked)
    expect(result.requestLog.posts).toBe(posts)
  })

  it.each<[string, (HttpAnswer | Error)[], object]>([
    ["429", [jsonAnswer(429, {})], { code: "upstream_unavailable", publicDescription: mayStillBeValid() }],
    [
      "503",
      [busy],
      { code: "upstream_unavailable", publicDescription: mayStillBeValid(), retryAfterSeconds: 7 },
    ],
    [
      "500 twice",
      [jsonAnswer(500, {}), jsonAnswer(500, {})],
      { code: "upstream_unavailable", publicDescription: mayStillBeValid() },
    ],
    ["reset twice", [reset, reset], { code: "upstream_unavailable" }],
    ["late", [new ExchangeError("upstream_timeout", "late")], { code: "upstream_timeout" }],
    ["401", [jsonAnswer(401, {})], { code: "client_rejected" }],
    ["400 invalid_client", [jsonAnswer(400, { error: "invalid_client" })], { code: "client_rejected" }],
    ["400 without a word that we know", [jsonAnswer(400, {})], { code: "upstream_invalid" }],
    ["199", [{ ...ok, status: 199 }], { code: "upstream_invalid" }],
    ["300", [{ ...ok, status: 300 }], { code: "upstream_invalid" }],
    ["302", [jsonAnswer(302, {})], { code: "upstream_invalid" }],
  ])("%s does not mean revoked (C58)", async (_what, answers, error) => {
    const { outcome } = await revoke({ token: "a-refresh-token" }, direct, { answers })
    expect(outcome).toBeInstanceOf(ExchangeError)
    expect(outcome).toMatchObject(error)
  })

  it.each<[string, () => Promise<[Readonly<Record<string, string>>, Caller]>]>([
    ["in clear", () => Promise.resolve([{ token: "a-refresh-token" }, direct])],
    ["in a cookie", async () => [{}, page(await sealed())]],
  ])(
    "that is no failure with a name is unexpected, with its cause for the log, for a token %s",
    async (_where, request) => {
      const unnamed = new Error("unnamed")
      const { outcome } = await revoke(...(await request()), { answers: [unnamed] })
      expect(outcome).toMatchObject({ code: "unexpected", publicDescription: undefined, cause: unnamed })
    },
  )

  it("is asked for once more when the client secret was replaced meanwhile", async () => {
    const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
    const { outcome, posts } = await revoke({ token: "a-refresh-token" }, direct, {
      answers: [rejectedAnswer, ok],
      credentials: (freshness) => (freshness === "reread" ? replaced : credentials),
    })
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([form, { ...form, client_secret: "client-secret-two" }])
  })

  function mayStillBeValid(): string {
    return "SuperOffice could not revoke the token now: it may still be valid."
  }
})

describe("a page's session", () => {
  it("is revoked from its cookie, which ends", async () => {
    const { outcome, posts, cookies } = await revoke({}, page(await sealed()))
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([form])
    expect(cookies).toEqual(cleared)
  })

  it("is as good as revoked, with nothing posted, when there is none (RFC 7009 §2.2)", async () => {
    expect(await revoke({}, page())).toMatchObject({ outcome: revoked, posts: [], cookies: [] })
  })

  it.each<[string, () => Promise<string>]>([
    ["it is garbage", () => Promise.resolve("garbage")],
    ["it is a token in clear", () => Promise.resolve("a-refresh-token")],
    ["it is another page's", () => sealed("https://other.example.com")],
  ])("is as good as revoked, with nothing posted, when %s (RFC 7009 §2.2)", async (_what, cookie) => {
    const { outcome, posts, cookies } = await revoke({}, page(await cookie()))
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([])
    expect(cookies).toEqual(cleared)
  })

  it("cannot be revoked a second time, since its cookie is gone, when SuperOffice is down", async () => {
    const { outcome, cookies } = await revoke({}, page(await sealed()), { answers: [jsonAnswer(429, {})] })
    expect(outcome).toMatchObject({ code: "upstream_unavailable", isFinal: true })
    expect(cookies).toEqual(cleared)
  })

  it("is not read from a field where cookies are the delivery", async () => {
    expect((await revoke({ token: await sealed() }, page())).posts).toEqual([])
  })

  it("is left alone by a request that any site could send (C46, C47)", async () => {
    const { outcome, posts, cookies } = await revoke({}, page(await sealed(), { hasCsrfHeader: false }))
    expect(outcome).toMatchObject({ code: "request_invalid" })
    expect(posts).toEqual([])
    expect(cookies).toEqual([])
  })

  it("is left alone when our own secret cannot be read, so that it can be tried again", async () => {
    const down = new ExchangeError("secret_unavailable", "down")
    const { outcome, cookies } = await revoke({}, page(await sealed()), { credentials: () => down })
    expect(outcome).toBe(down)
    expect(cookies).toEqual([])
  })
})

describe("a sealed value in the body", () => {
  const ports = { env: { REFRESH_TOKEN_DELIVERY: "sealed" } }

  it("is revoked, and no cookie is touched", async () => {
    const { outcome, posts, cookies } = await revoke(
      { token: await sealed(pageOrigin, ports.env) },
      page(undefined),
      ports,
    )
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([form])
    expect(cookies).toEqual([])
  })

  it("can be revoked a second time when SuperOffice is down", async () => {
    const fields = { token: await sealed(pageOrigin, ports.env) }
    const { outcome } = await revoke(fields, page(undefined), { ...ports, answers: [jsonAnswer(429, {})] })
    expect(outcome).toMatchObject({ code: "upstream_unavailable", isFinal: false })
  })

  it("is never a token in clear", async () => {
    const { outcome, posts } = await revoke({ token: "a-refresh-token" }, page(undefined), ports)
    expect(outcome).toEqual(revoked)
    expect(posts).toEqual([])
  })

  it("must be there: nothing is called revoked that nobody named (RFC 7009 §2.1)", async () => {
    const { outcome } = await revoke({ refresh_token: await sealed() }, page(undefined), ports)
    expect(outcome).toEqual(requestInvalid('"token" is required.'))
  })
})
