import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { readCodeGrant, readGrant, readRefreshGrant } from "../../../lib/exchange/grant.ts"
import { Secret } from "../../../lib/secret.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import type { Caller } from "../../../lib/request/caller.ts"
import { completeConfig, pageCaller } from "../../support/context.ts"
import { codeVerifier, pageOrigin, refreshTokenText } from "../../support/front-door.ts"

const page = pageCaller()
const signed: Caller = { door: "signed" }
const direct: Caller = { door: "direct" }
const doors = [page, signed, direct]
const callback = `${pageOrigin}/callback`
const config = completeConfig({ ALLOWED_ORIGINS: pageOrigin })

const codeFields = { code: "a-code", redirect_uri: callback, code_verifier: codeVerifier }
const refreshFields = { refresh_token: refreshTokenText }

/** Reads the usual code with changes, and shows what is secret in it. */
function readCode(changes: object, caller: Caller = page, settings = config) {
  const grant = readCodeGrant({ ...codeFields, ...changes }, caller, settings)
  if (grant.type !== "authorization_code") throw new Error("a grant with everything in it was expected")
  return { ...grant, code: grant.code.reveal(), codeVerifier: grant.codeVerifier?.reveal() }
}

/** Reads the usual refresh token with changes, and shows what is secret in it. */
function readRefresh(changes: object, caller: Caller = direct) {
  const grant = readRefreshGrant({ ...refreshFields, ...changes }, caller, config)
  if (grant.type !== "refresh_token") throw new Error("a token in clear was expected")
  return { ...grant, refreshToken: grant.refreshToken.reveal() }
}

const codeGrant = {
  type: "authorization_code",
  code: "a-code",
  redirectUri: callback,
  codeVerifier,
  nonce: undefined,
  clientId: undefined,
}
const refreshGrant = {
  type: "refresh_token",
  refreshToken: refreshTokenText,
  sub: undefined,
  ctx: undefined,
  clientId: undefined,
  signedInAt: undefined,
}

describe("readCodeGrant", () => {
  it.each(doors)("reads a code from its fields through the $door door", (caller) => {
    expect(readCode({}, caller)).toEqual(codeGrant)
  })

  it.each<[object, object]>([
    [{ grant_type: "authorization_code", unknown: { any: "thing" }, refresh_token: 1, scope: "" }, {}],
    [{ nonce: "æ nonce" }, { nonce: "æ nonce" }],
    [{ iss: "https://sod.superoffice.com" }, {}],
    [{ code: "!~ +/=%" }, { code: "!~ +/=%" }],
    [{ code: "c".repeat(8192) }, { code: "c".repeat(8192) }],
    [{ code_verifier: "v".repeat(43) }, { codeVerifier: "v".repeat(43) }],
    [{ code_verifier: "-._~".repeat(32) }, { codeVerifier: "-._~".repeat(32) }],
  ])("accepts a code with %j", (changes, expected) => {
    expect(readCode(changes)).toEqual({ ...codeGrant, ...expected })
  })

  const verifierRule = '"code_verifier" must be 43 to 128 unreserved characters (RFC 7636 §4.1).'
  const issuerRule = '"iss" must be the issuer that this service uses (RFC 9207 §2.4).'
  it.each([
    [{ code: undefined }, '"code" is required.'],
    [{ code: ["a-code"] }, '"code" must be a non-empty string.'],
    [{ code: "c".repeat(8193) }, '"code" must be at most 8192 bytes.'],
    [{ code: "a\ncode" }, '"code" must be printable ASCII.'],
    [{ redirect_uri: undefined }, '"redirect_uri" is required.'],
    [{ nonce: "n".repeat(2049) }, '"nonce" must be at most 2048 bytes.'],
    [{ client_id: null }, '"client_id" must be a non-empty string.'],
    [{ code_verifier: "v".repeat(42) }, verifierRule],
    [{ code_verifier: "v".repeat(129) }, verifierRule],
    [{ code_verifier: "v".repeat(42) + "+" }, verifierRule],
    [{ code_verifier: "v".repeat(43) + "\n" }, verifierRule],
    [{ iss: "https://online.superoffice.com" }, issuerRule],
    [{ iss: "https://sod.superoffice.com/" }, issuerRule],
  ])("refuses a code with %j (C15, C21, R23)", (changes, publicDescription) => {
    for (const caller of doors)
      expect(() => readCode(changes, caller)).toThrow(requestInvalid(publicDescription))
  })

  it("requires a verifier of a page, and of nobody else (C18)", () => {
    expect(() => readCode({ code_verifier: undefined }, page)).toThrow(
      requestInvalid('"code_verifier" is required.'),
    )
    // Only a page has a login cookie, so a state says nothing.
    const fields = { code: "a-code", redirect_uri: callback, state: "a-state" }
    for (const caller of [signed, direct])
      expect(readCodeGrant(fields, caller, config)).toEqual({
        ...codeGrant,
        code: new Secret("a-code"),
        codeVerifier: undefined,
      })
  })

  it("takes a page's state in place of a verifier, with the CSRF header, where cookies are kept (C18)", () => {
    const [fields, sealed] = [{ code: "a-code", state: "s" }, { REFRESH_TOKEN_DELIVERY: "sealed" }]
    const noCookies = completeConfig({ ALLOWED_ORIGINS: pageOrigin, ...sealed })
    expect(readCodeGrant(fields, page, config)).toMatchObject({ type: "login_code", state: "s" })
    expect(readCode({ state: "s" })).toEqual(codeGrant)
    const csrf = /^A request that relies on a cookie/
    expect(() => readCodeGrant(fields, pageCaller({}, { hasCsrfHeader: false }), config)).toThrow(csrf)
    expect(() => readCodeGrant(fields, page, noCookies)).toThrow('"redirect_uri" is required.')
  })
})

describe("a redirect URI", () => {
  const notAllowed = requestInvalid('"redirect_uri" must be one that this service allows.')
  const notAbsolute = requestInvalid(
    '"redirect_uri" must be an absolute URI without fragment (RFC 6749 §3.1.2).',
  )

  it.each([pageOrigin, `${pageOrigin}/a/../b?x=1&y=%2F`, `${pageOrigin}/%7Euser`, `${pageOrigin}/CALLBACK`])(
    "of an allowed origin is kept byte for byte: %s (C08)",
    (uri) => {
      expect(readCode({ redirect_uri: uri }, page).redirectUri).toBe(uri)
    },
  )

  it.each([
    "https://evil.example.com/callback",
    `${pageOrigin}:443/callback`,
    `${pageOrigin}.evil.example/callback`,
    "https://user@app.example.com/callback",
    "javascript:alert(1)",
    "myapp:/callback",
  ])("of a page, and of a page alone, must be on an allowed origin: not %s (C08)", (uri) => {
    expect(() => readCode({ redirect_uri: uri }, page)).toThrow(notAllowed)
    for (const caller of [signed, direct])
      expect(readCode({ redirect_uri: uri }, caller).redirectUri).toBe(uri)
  })

  it.each([
    "/callback",
    `${callback}#`,
    "https://evil.example\\@app.example.com/",
    `${callback} `,
    "https://app.example.com/cællback",
    "https://",
  ])("is refused where parsers disagree: %j", (uri) => {
    for (const caller of doors) expect(() => readCode({ redirect_uri: uri }, caller)).toThrow(notAbsolute)
  })

  it.each(doors)("must be one of the list where there is one, through the $door door (C08)", (caller) => {
    const listed = ["https://a.example/cb", callback]
    const settings = completeConfig({ ALLOWED_ORIGINS: pageOrigin, ALLOWED_REDIRECT_URIS: listed.join() })
    for (const uri of listed) expect(readCode({ redirect_uri: uri }, caller, settings).redirectUri).toBe(uri)
    for (const uri of [`${callback}/`, `${callback}?x=1`, `${pageOrigin}/other`, "https://a.example/CB"])
      expect(() => readCode({ redirect_uri: uri }, caller, settings)).toThrow(notAllowed)
  })
})

describe("readRefreshGrant", () => {
  it.each<[object, object]>([
    [{ grant_type: "refresh_token", scope: "openid", unknown: [] }, {}],
    [{ sub: "tony@example.com" }, { sub: "tony@example.com" }],
    [
      { ctx: "Cust12020", client_id: "abc" },
      { ctx: "Cust12020", clientId: "abc" },
    ],
    [{ refresh_token: "r".repeat(8192) }, { refreshToken: "r".repeat(8192) }],
  ])("accepts a refresh token with %j", (changes, expected) => {
    for (const caller of [signed, direct])
      expect(readRefresh(changes, caller)).toEqual({ ...refreshGrant, ...expected })
  })

  it.each([
    [{ refresh_token: undefined }, '"refresh_token" is required.'],
    [{ refresh_token: "r".repeat(8193) }, '"refresh_token" must be at most 8192 bytes.'],
    [{ refresh_token: "a\u0000b" }, '"refresh_token" must be printable ASCII.'],
    [{ sub: "" }, '"sub" must be a non-empty string.'],
    [{ ctx: 1 }, '"ctx" must be a non-empty string.'],
  ])("refuses a refresh token with %j", (changes, publicDescription) => {
    expect(() => readRefresh(changes)).toThrow(requestInvalid(publicDescription))
  })

  it("never reads one in clear from a page", () => {
    const noSession = new ExchangeError("session_expired", "the page has no session")
    for (const changes of [{}, { refresh_token: undefined }, { refresh_token: "r".repeat(9000) }])
      expect(() => readRefresh(changes, page)).toThrow(noSession)
    const sealed = completeConfig({ ALLOWED_ORIGINS: pageOrigin, REFRESH_TOKEN_DELIVERY: "sealed" })
    expect(() => readRefreshGrant({}, page, sealed)).toThrow(noSession)
  })

  it("reads eight sessions of a page at most, those that the browser sent last", () => {
    const names = Array.from({ length: 9 }, (_, index) => sessionCookieName(pageOrigin, `Cust${index}`))
    const caller = pageCaller(Object.fromEntries(names.map((name) => [name, "a-session"])))
    expect(readRefreshGrant({}, caller, config)).toMatchObject({
      sealed: names.slice(1).map((cookie) => ({ value: "a-session", cookie })),
    })
  })
})

describe("the grant type", () => {
  const read = (grant_type: unknown) =>
    readGrant({ ...codeFields, ...refreshFields, grant_type }, direct, config).type
  const unsupported = (expected: string) =>
    new ExchangeError("grant_unsupported", `"grant_type" must be ${expected}`)

  it("chooses between the two grants, and must be sent where either is possible", () => {
    for (const type of ["authorization_code", "refresh_token"]) expect(read(type)).toBe(type)
    expect(() => read(undefined)).toThrow(requestInvalid('"grant_type" is required.'))
  })

  it("is refused by name when it is another, or that of the other function (C02)", () => {
    for (const type of ["password", "Authorization_Code", "__proto__"]) {
      expect(() => read(type)).toThrow(unsupported("authorization_code"))
      expect(() => readCode({ grant_type: type })).toThrow(unsupported("authorization_code"))
      expect(() => readRefresh({ grant_type: type })).toThrow(unsupported("refresh_token"))
    }
    expect(() => readCode({ grant_type: "refresh_token" })).toThrow(unsupported("authorization_code"))
    expect(() => readRefresh({ grant_type: "authorization_code" })).toThrow(unsupported("refresh_token"))
  })
})

describe("any request for a grant", () => {
  const seed = 4103
  const names = ["grant_type", "code", "redirect_uri", "code_verifier", "nonce", "iss", "client_id"]
  const name = fc.constantFrom(...names, "refresh_token", "sub", "ctx", "client_secret", "__proto__")
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.constantFrom(codeVerifier, callback))

  it(`is never repeated in its refusal (seed ${seed})`, () => {
    fc.assert(
      fc.property(name, text, fc.constantFrom(...doors), (field, value, caller) => {
        const fields = { ...codeFields, ...refreshFields, [field]: `canary${value}` }
        for (const read of [readGrant, readCodeGrant, readRefreshGrant]) {
          try {
            read(fields, caller, config)
          } catch (error) {
            expect(error).toHaveProperty("message", expect.not.stringContaining("canary"))
          }
        }
      }),
      { seed },
    )
  })
})
