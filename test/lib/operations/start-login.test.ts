import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { StartLoginResponse } from "../../../lib/contract.ts"
import type { BrowserCaller } from "../../../lib/request/caller.ts"
import { readRequestCookies } from "../../../lib/request/cookies.ts"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { loginCookieName } from "../../../lib/session/cookie-names.ts"
import { openLogin } from "../../../lib/session/login.ts"
import { startLogin } from "../../../lib/operations/start-login.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { fakeContext, requestCookies } from "../../support/context.ts"

const redirectUri = `${pageOrigin}/callback`

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
}

/** Begins a sign-in from a page; gives the answer, its URL taken apart, and the cookies it sets. */
async function start(changes: object = {}, { env = {}, cookies = [] }: StartOptions = {}) {
  const caller: BrowserCaller = {
    door: "browser",
    origin: pageOrigin,
    cookies: requestCookies(Object.fromEntries(cookies.map((name) => [name, "sealed"]))),
    hasCsrfHeader: false,
  }
  const context = { ...fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin, ...env } }), caller }
  const request = startLogin.read({ redirect_uri: redirectUri, ...changes }, caller, context.config)
  const answer = (await startLogin.run(request, context)) as StartLoginResponse
  const url = new URL(answer.authorization_url)
  const [cookie = ""] = context.cookies.lines
  const sealed = cookie.slice(cookie.indexOf("=") + 1, cookie.indexOf(";"))
  const place = { config: context.config, credentials, origin: pageOrigin }
  return {
    answer,
    place: url.origin + url.pathname,
    query: Object.fromEntries(url.searchParams),
    cookies: context.cookies.lines.map((line) => line.replace(sealed, "SEALED")),
    login: await openLogin(sealed, answer.state, signedAt, place),
    events: context.events,
  }
}

describe("a sign-in", () => {
  it("begins at SuperOffice with PKCE by S256, state and nonce, and nothing else (C16)", async () => {
    const { answer, place, query, login } = await start()
    expect(answer).toEqual({ authorization_url: expect.any(String) as string, state: query.state })
    expect(place).toBe("https://sod.superoffice.com/login/common/oauth/authorize")
    expect(query).toEqual({
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: "openid",
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: createHash("sha256")
        .update(login?.codeVerifier ?? "")
        .digest("base64url"),
      code_challenge_method: "S256",
    })
  })

  it("is kept in the cookie of its state, for ten minutes (C17, C19)", async () => {
    const { answer, query, cookies, login } = await start()
    expect(cookies).toEqual([
      `${loginCookieName(answer.state)}=SEALED; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Strict`,
    ])
    expect(login).toEqual({
      state: query.state,
      nonce: query.nonce,
      codeVerifier: expect.stringMatching(/^[\w-]{43}$/) as string,
      redirectUri,
    })
  })

  it("never shows its verifier (C62)", async () => {
    const { answer, login } = await start()
    expect(JSON.stringify(answer)).not.toContain(login?.codeVerifier)
  })

  it.each([
    [{ tenant: "Cust12345" }, { acr_values: "tenant:Cust12345" }],
    [{ tenant: "A".repeat(32) }, { acr_values: `tenant:${"A".repeat(32)}` }],
    [{ login_hint: "tony&scope=all@example.com" }, { login_hint: "tony&scope=all@example.com" }],
    [{ scope: "openid profile", state: "theirs", nonce: "theirs" }, {}],
  ])("may be asked for with %j", async (changes, expected) => {
    const { query } = await start(changes)
    const { query: usual } = await start()
    expect(Object.keys(query).sort()).toEqual(Object.keys({ ...usual, ...expected }).sort())
    expect(query).toMatchObject({ ...expected, scope: "openid" })
    expect(Object.values(query)).not.toContain("theirs")
  })

  const tenantRule = '"tenant" must be a context identifier: 1 to 32 letters and digits.'
  it.each([
    [{ redirect_uri: undefined }, '"redirect_uri" is required.'],
    [
      { redirect_uri: "https://evil.example.com/callback" },
      '"redirect_uri" must be one that this service allows.',
    ],
    [{ tenant: "" }, '"tenant" must be a non-empty string.'],
    [{ tenant: "A".repeat(33) }, tenantRule],
    [{ tenant: "Cust1 tenant:Cust2" }, tenantRule],
    [{ tenant: "Cust1\n" }, tenantRule],
    [{ tenant: "Cüst1" }, tenantRule],
    [{ login_hint: 1 }, '"login_hint" must be a non-empty string.'],
    [{ login_hint: "h".repeat(2049) }, '"login_hint" must be at most 2048 bytes.'],
  ])("is refused with %j (C54)", async (changes, publicDescription) => {
    await expect(start(changes)).rejects.toThrow(requestInvalid(publicDescription))
  })

  it("is refused with another application's id", async () => {
    await expect(start({ client_id: "another-client" })).rejects.toThrow(
      requestInvalid('"client_id" must be the one of this service, or left out.'),
    )
    expect((await start({ client_id: clientId })).query).toMatchObject({ client_id: clientId })
  })

  it("is refused where no cookies are kept", async () => {
    await expect(start({}, { env: { REFRESH_TOKEN_DELIVERY: "sealed" } })).rejects.toThrow(
      expect.objectContaining({ code: "request_invalid" }),
    )
  })

  it("is refused when its cookie would be too large (C44)", async () => {
    // Each quotation mark is two bytes in JSON.
    const long = `${redirectUri}?${'"'.repeat(1_900)}`
    await expect(start({ redirect_uri: long })).rejects.toThrow(
      expect.objectContaining({ publicDescription: '"redirect_uri" is too long to be kept in a cookie.' }),
    )
  })

  it("ends the oldest of four that are under way", async () => {
    const names = ["1", "2", "3", "4"].map((state) => loginCookieName(state))
    const { cookies } = await start({}, { cookies: names })
    expect(cookies).toHaveLength(2)
    expect(cookies[1]).toBe(`${names[0] ?? ""}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`)
  })

  it("asks nobody but our own secret", async () => {
    expect((await start()).events).toEqual(["secret cached", "secret cached: done"])
    expect(startLogin).toMatchObject({ doors: ["browser"], needs: { keySet: false } })
  })

  it("is only ever a page's", async () => {
    const context = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin } })
    const request = startLogin.read({ redirect_uri: redirectUri }, context.caller, context.config)
    await expect(startLogin.run(request, context)).rejects.toThrow(new Error("start-login has one door"))
  })

  it("sets no cookie when our own secret cannot be read", async () => {
    const down = new ExchangeError("secret_unavailable", "down")
    const caller: BrowserCaller = {
      door: "browser",
      origin: pageOrigin,
      cookies: requestCookies(),
      hasCsrfHeader: true,
    }
    const env = { ALLOWED_ORIGINS: pageOrigin }
    const context = { ...fakeContext({ env, credentials: () => down }), caller }
    const request = startLogin.read({ redirect_uri: redirectUri }, caller, context.config)
    await expect(startLogin.run(request, context)).rejects.toThrow(down)
    expect(context.cookies.lines).toEqual([])
  })
})

interface CheckOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly hasCsrfHeader?: boolean
}

/** Asks whether the cookie of a sign-in is kept, with these cookies; an earlier step has cleared the ambiguous ones. */
async function check(fields: object, cookies: readonly string[], options: CheckOptions = {}) {
  const { env = {}, hasCsrfHeader = true } = options
  const caller: BrowserCaller = {
    door: "browser",
    origin: pageOrigin,
    cookies: readRequestCookies(cookies),
    hasCsrfHeader,
  }
  const context = { ...fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin, ...env } }), caller }
  for (const name of caller.cookies.ambiguous) context.cookies.clearBothKinds(name)
  const request = startLogin.read({ ...fields }, caller, context.config)
  const answer = await startLogin.run(request, context)
  return { answer, lines: context.cookies.lines, events: context.events, posts: context.posts }
}

describe("the question whether the cookie of a sign-in is kept", () => {
  const name = loginCookieName("a-state")
  const other = loginCookieName("another-state")

  it.each<[string, readonly string[], boolean]>([
    ["true when the cookie came once", [`${other}=x`, `${name}=sealed`], true],
    ["true when nobody here can open the cookie", [`${name}=`], true],
    ["false without cookies", [], false],
    ["false when only another sign-in's cookie came", [`${other}=sealed`], false],
    ["false when the cookie came twice", [`${name}=sealed`, `${name}=sealed`], false],
    ["false for white space before the name", [`\u2000${name}=sealed`, ` ${name}=sealed`], false],
    ["false for a name in other letters", [name.replace("__Host-", "__host-") + "=sealed"], false],
    ["false for a longer name", [`${name}0=sealed`], false],
  ])("is answered %s, asks nobody and changes no cookie", async (_what, cookies, kept) => {
    expect(await check({ state: "a-state" }, cookies)).toEqual({
      answer: { kept },
      lines: [],
      events: [],
      posts: [],
    })
  })

  it("leaves ambiguous cookies of other names as they are", async () => {
    const { answer, lines } = await check({ state: "a-state" }, [`${name}=x`, `${other}=x`, `${other}=x`])
    expect([answer, lines]).toEqual([{ kept: true }, []])
  })

  it("does not read other fields", async () => {
    const fields = { state: "a-state", tenant: "", login_hint: 1, client_id: "another-client" }
    expect(await check(fields, [`${name}=x`])).toMatchObject({ answer: { kept: true }, events: [] })
  })

  it.each([
    [{ state: "" }, '"state" must be a non-empty string.'],
    [{ state: null }, '"state" must be a non-empty string.'],
    [{ state: ["a-state"] }, '"state" must be a non-empty string.'],
    [{ state: "s".repeat(2049) }, '"state" must be at most 2048 bytes.'],
    [{ state: "a-state", redirect_uri: null }, '"redirect_uri" must be a non-empty string.'],
  ])("is refused with %j", async (fields, publicDescription) => {
    await expect(check(fields, [`${name}=x`])).rejects.toThrow(requestInvalid(publicDescription))
  })

  it("is refused without the CSRF header, before its state is read", async () => {
    const rule = "A request that relies on a cookie must be application/json with the header X-CSRF: 1."
    for (const fields of [{ state: "a-state" }, { state: 1 }]) {
      await expect(check(fields, [`${name}=x`], { hasCsrfHeader: false })).rejects.toThrow(
        requestInvalid(rule),
      )
    }
  })

  it("is refused where no cookies are kept, with the sentence that refuses a sign-in", async () => {
    const env = { REFRESH_TOKEN_DELIVERY: "sealed" }
    const refusals = await Promise.all(
      [{ state: "a-state" }, { redirect_uri: redirectUri }].map((fields) =>
        check(fields, [], { env }).catch((error: unknown) => error),
      ),
    )
    expect(refusals).toEqual([refusals[1], expect.objectContaining({ code: "request_invalid" })])
  })

  it("is only ever a page's", async () => {
    const { caller, config, ...context } = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin } })
    expect(() => startLogin.read({ state: "a-state" }, caller, config)).toThrow(
      requestInvalid('"redirect_uri" is required.'),
    )
    const request = { type: "check", state: "a-state" } as const
    await expect(startLogin.run(request, { ...context, caller, config })).rejects.toThrow(
      new Error("start-login has one door"),
    )
  })
})
