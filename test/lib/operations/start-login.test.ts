import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { StartLoginResponse } from "../../../lib/contract.ts"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { startLogin } from "../../../lib/operations/start-login.ts"
import type { Caller } from "../../../lib/request/caller.ts"
import { readRequestCookies } from "../../../lib/request/cookies.ts"
import { loginCookieName } from "../../../lib/session/cookie-names.ts"
import { openLogin } from "../../../lib/session/login.ts"
import { fakeContext, pageBinding, pageCaller, type FakePorts } from "../../support/context.ts"
import { pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../../harness/id-tokens.ts"

const env = { ALLOWED_ORIGINS: pageOrigin }
const noCookies = { env: { ...env, REFRESH_TOKEN_DELIVERY: "sealed" } }
const redirectUri = `${pageOrigin}/callback`
const csrfRule = "A request that relies on a cookie must be application/json with the header X-CSRF: 1."

/** Answers a request, and tells what else happened. Cookies that came twice have been cleared before. */
async function ask(fields: Readonly<Record<string, unknown>>, caller: Caller, ports: FakePorts = {}) {
  const context = { ...fakeContext({ env, ...ports }), caller }
  if (caller.door === "browser")
    for (const name of caller.cookies.ambiguous) context.cookies.clearBothKinds(name)
  const outcome = await Promise.resolve()
    .then(() => startLogin.run(startLogin.read(fields, caller, context.config), context))
    .catch((error: unknown) => error)
  return { outcome, lines: context.cookies.lines, events: context.events }
}

/** Begins a sign-in from a page without the CSRF header. */
function begin(changes: object = {}, ports: FakePorts = {}, cookies: Readonly<Record<string, string>> = {}) {
  const page = pageCaller(cookies, { hasCsrfHeader: false })
  return ask({ redirect_uri: redirectUri, ...changes }, page, ports)
}

/** A sign-in that has begun: its answer, its URL taken apart, and its cookie, opened. */
async function begun(changes: object = {}) {
  const { outcome, lines } = await begin(changes)
  const answer = outcome as StartLoginResponse
  const url = new URL(answer.authorization_url)
  const [, sealed = ""] = /=([^;]*);/.exec(lines[0] ?? "") ?? []
  return {
    answer,
    endpoint: url.origin + url.pathname,
    query: Object.fromEntries(url.searchParams),
    lines: lines.map((line) => line.replace(sealed, "SEALED")),
    login: await openLogin(sealed, answer.state, signedAt, pageBinding()),
  }
}

describe("a sign-in", () => {
  const random = expect.stringMatching(/^[\w-]{43}$/) as string

  it("begins at SuperOffice with PKCE by S256, state and nonce, and nothing else (C16)", async () => {
    const { answer, endpoint, query, login } = await begun()
    expect(answer).toEqual({ authorization_url: expect.any(String) as string, state: query.state })
    expect(endpoint).toBe("https://sod.superoffice.com/login/common/oauth/authorize")
    const challenge = createHash("sha256").update(String(login?.codeVerifier)).digest("base64url")
    expect(query).toEqual({
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: "openid",
      state: random,
      nonce: random,
      code_challenge: challenge,
      code_challenge_method: "S256",
    })
  })

  it("is kept in the cookie of its state, for ten minutes (C17, C19)", async () => {
    const { answer, query, lines, login } = await begun()
    expect(lines).toEqual([
      `${loginCookieName(answer.state)}=SEALED; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Strict`,
    ])
    expect(login).toEqual({ state: query.state, nonce: query.nonce, codeVerifier: random, redirectUri })
  })

  it.each([
    [{ tenant: "A".repeat(32) }, { acr_values: `tenant:${"A".repeat(32)}` }],
    [{ login_hint: "tony&scope=all@example.com" }, { login_hint: "tony&scope=all@example.com" }],
    [{ client_id: clientId, scope: "openid profile", state: "theirs", nonce: "theirs" }, {}],
  ])("may be asked for with %j", async (changes, added) => {
    const [{ query }, { query: usual }] = [await begun(changes), await begun()]
    const { state, nonce, code_challenge } = query
    expect(query).toEqual({ ...usual, state, nonce, code_challenge, ...added })
    expect(Object.values(query)).not.toContain("theirs")
  })

  const tenantRule = '"tenant" must be a context identifier: 1 to 32 letters and digits.'
  it.each([
    [{ redirect_uri: undefined }, '"redirect_uri" is required.'],
    [{ redirect_uri: "https://evil.example.com/" }, '"redirect_uri" must be one that this service allows.'],
    [{ tenant: "" }, '"tenant" must be a non-empty string.'],
    [{ tenant: "A".repeat(33) }, tenantRule],
    [{ tenant: "Cust1 tenant:Cust2" }, tenantRule],
    [{ login_hint: "h".repeat(2049) }, '"login_hint" must be at most 2048 bytes.'],
    [{ client_id: "another-client" }, '"client_id" must be the one of this service, or left out.'],
  ])("is refused with %j (C54)", async (changes, publicDescription) => {
    expect(await begin(changes)).toMatchObject({ outcome: requestInvalid(publicDescription), lines: [] })
  })

  it("is refused when its cookie would be too large (C44)", async () => {
    // Each quotation mark is two bytes in JSON.
    const { outcome } = await begin({ redirect_uri: `${redirectUri}?${'"'.repeat(1_900)}` })
    expect(outcome).toMatchObject({ publicDescription: '"redirect_uri" is too long to be kept in a cookie.' })
  })

  it("is refused where no cookies are kept, as is the question about its cookie", async () => {
    for (const fields of [{ redirect_uri: redirectUri }, { state: "a-state" }]) {
      const { outcome } = await ask(fields, pageCaller(), noCookies)
      expect(outcome).toHaveProperty("publicDescription", expect.stringMatching(/sets no cookies/))
    }
  })

  it("is only ever a page's", async () => {
    const { outcome } = await ask({ redirect_uri: redirectUri }, { door: "direct" })
    expect(outcome).toEqual(new Error("start-login has one door"))
    const { outcome: question } = await ask({ state: "a-state" }, { door: "direct" })
    expect(question).toEqual(requestInvalid('"redirect_uri" is required.'))
    expect(startLogin).toMatchObject({ doors: ["browser"], needs: { keySet: false } })
  })

  it("asks nobody but our own secret, and sets no cookie when that cannot be read", async () => {
    expect((await begin()).events).toEqual(["secret cached", "secret cached: done"])
    const down = new ExchangeError("secret_unavailable", "down")
    expect(await begin({}, { credentials: () => down })).toMatchObject({ outcome: down, lines: [] })
  })
})

describe("the question whether the cookie of a sign-in is kept", () => {
  const name = loginCookieName("a-state")
  const other = loginCookieName("another-state")

  function check(fields: object, cookies: readonly string[], hasCsrfHeader = true) {
    return ask({ ...fields }, pageCaller({}, { cookies: readRequestCookies(cookies), hasCsrfHeader }))
  }

  it.each<[string, readonly string[], boolean]>([
    ["true when the cookie came once", [`${other}=x`, `${name}=sealed`], true],
    ["true when nobody here can open the cookie", [`${name}=`], true],
    ["true when other cookies came twice, which stay", [`${name}=x`, `${other}=x`, `${other}=x`], true],
    ["false when only another sign-in's cookie came", [`${other}=sealed`], false],
    ["false when the cookie came twice", [`${name}=sealed`, `${name}=sealed`], false],
    ["false for white space before the name", [`\u2000${name}=sealed`, ` ${name}=sealed`], false],
    ["false for a longer name", [`${name}0=sealed`], false],
  ])("is answered %s, asks nobody and changes no cookie", async (_what, cookies, kept) => {
    // Other fields are not read.
    const fields = { state: "a-state", tenant: "", login_hint: 1, client_id: "another-client" }
    expect(await check(fields, cookies)).toEqual({ outcome: { kept }, lines: [], events: [] })
  })

  it.each([
    [{ state: "" }, '"state" must be a non-empty string.'],
    [{ state: null }, '"state" must be a non-empty string.'],
    [{ state: "s".repeat(2049) }, '"state" must be at most 2048 bytes.'],
    [{ state: "a-state", redirect_uri: null }, '"redirect_uri" must be a non-empty string.'],
  ])("is refused with %j", async (fields, publicDescription) => {
    expect((await check(fields, [`${name}=x`])).outcome).toEqual(requestInvalid(publicDescription))
  })

  it("is refused without the CSRF header, before its state is read", async () => {
    for (const state of ["a-state", 1])
      expect((await check({ state }, [`${name}=x`], false)).outcome).toEqual(requestInvalid(csrfRule))
  })
})
