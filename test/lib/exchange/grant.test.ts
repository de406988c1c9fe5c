import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { loadConfig, type Config } from "../../../lib/config.ts"
import type { BrowserCaller, Caller } from "../../../lib/request/caller.ts"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { readCodeGrant, readGrant, readRefreshGrant } from "../../../lib/exchange/grant.ts"
import { requestCookies } from "../../support/context.ts"
import { codeVerifier, completeEnv, pageOrigin, refreshTokenText } from "../../support/front-door.ts"

const page: BrowserCaller = {
  door: "browser",
  origin: pageOrigin,
  cookies: requestCookies(),
  hasCsrfHeader: true,
}
const signed: Caller = { door: "signed" }
const direct: Caller = { door: "direct" }
const doors = [page, signed, direct]
const callback = `${pageOrigin}/callback`

const codeFields = { code: "a-code", redirect_uri: callback, code_verifier: codeVerifier }
const refreshFields = { refresh_token: refreshTokenText }

function configOf(env: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ ...completeEnv, ...env }) as Config
}

function readCode(changes: object, caller: Caller = page, config = configOf()) {
  const grant = readCodeGrant({ ...codeFields, ...changes }, caller, config)
  if (grant.type !== "authorization_code") throw new Error("a grant with everything in it was expected")
  return { ...grant, code: grant.code.reveal(), codeVerifier: grant.codeVerifier?.reveal() }
}

function readRefresh(changes: object, caller: Caller = direct) {
  const grant = readRefreshGrant({ ...refreshFields, ...changes }, caller, configOf())
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
const unsupported = (expected: string) =>
  new ExchangeError("grant_unsupported", `"grant_type" must be ${expected}`)

describe("a code", () => {
  it.each(doors)("is read from its fields through the $door door", (caller) => {
    expect(readCode({}, caller)).toEqual(codeGrant)
  })

  it.each([
    [{ grant_type: "authorization_code" }, {}],
    [{ nonce: "æ nonce" }, { nonce: "æ nonce" }],
    [{ client_id: "abc" }, { clientId: "abc" }],
    [{ iss: "https://sod.superoffice.com" }, {}],
    [{ unknown: { any: "thing" }, refresh_token: 1, scope: "" }, {}],
    [{ code: "!~ +/=%" }, { code: "!~ +/=%" }],
    [{ code: "c".repeat(8192) }, { code: "c".repeat(8192) }],
    [{ code_verifier: "v".repeat(43) }, { codeVerifier: "v".repeat(43) }],
    [{ code_verifier: "-._~".repeat(32) }, { codeVerifier: "-._~".repeat(32) }],
  ])("may come with %j", (changes, expected) => {
    expect(readCode(changes)).toEqual({ ...codeGrant, ...expected })
  })

  const verifierRule = '"code_verifier" must be 43 to 128 unreserved characters (RFC 7636 §4.1).'
  it.each([
    [{ code: undefined }, '"code" is required.'],
    [{ code: "" }, '"code" must be a non-empty string.'],
    [{ code: ["a-code"] }, '"code" must be a non-empty string.'],
    [{ code: "c".repeat(8193) }, '"code" must be at most 8192 bytes.'],
    [{ code: "a\ncode" }, '"code" must be printable ASCII.'],
    [{ code: "cødé" }, '"code" must be printable ASCII.'],
    [{ redirect_uri: undefined }, '"redirect_uri" is required.'],
    [{ nonce: "" }, '"nonce" must be a non-empty string.'],
    [{ nonce: "n".repeat(2049) }, '"nonce" must be at most 2048 bytes.'],
    [{ client_id: null }, '"client_id" must be a non-empty string.'],
    [{ code_verifier: "v".repeat(42) }, verifierRule],
    [{ code_verifier: "v".repeat(129) }, verifierRule],
    [{ code_verifier: "v".repeat(42) + "+" }, verifierRule],
    [{ code_verifier: "v".repeat(43) + "\n" }, verifierRule],
  ])("is refused with %j (C15)", (changes, publicDescription) => {
    for (const caller of doors)
      expect(() => readCode(changes, caller)).toThrow(requestInvalid(publicDescription))
  })

  it("needs a verifier from a page, and from nobody else (C18)", () => {
    const changes = { code_verifier: undefined }
    expect(() => readCode(changes, page)).toThrow(requestInvalid('"code_verifier" is required.'))
    expect(readCode(changes, signed)).toEqual({ ...codeGrant, codeVerifier: undefined })
    expect(readCode(changes, direct)).toEqual({ ...codeGrant, codeVerifier: undefined })
  })

  it.each([signed, direct])("may come with a state through the $door door, where no cookie is", (caller) => {
    const fields = { code: "a-code", redirect_uri: callback, state: "a-state" }
    expect(readCodeGrant(fields, caller, configOf()).type).toBe("authorization_code")
  })

  it.each([
    "https://online.superoffice.com",
    "https://sod.superoffice.com/",
    "https://SOD.superoffice.com",
    "http://sod.superoffice.com",
  ])("is refused when the authorization response came from %s (C21, R23)", (iss) => {
    expect(() => readCode({ iss })).toThrow(
      requestInvalid('"iss" must be the issuer that this service uses (RFC 9207 §2.4).'),
    )
  })

  it("is hidden in what is handed on, as is its verifier (C62)", () => {
    expect(JSON.stringify(readCodeGrant(codeFields, page, configOf()))).toBe(
      JSON.stringify({ ...codeGrant, code: "[secret]", codeVerifier: "[secret]" }),
    )
  })
})

describe("a redirect URI", () => {
  const notAllowed = requestInvalid('"redirect_uri" must be one that this service allows.')
  const notAbsolute = requestInvalid(
    '"redirect_uri" must be an absolute URI without fragment (RFC 6749 §3.1.2).',
  )

  it.each([
    pageOrigin,
    `${pageOrigin}/callback?x=1&y=%2F`,
    `${pageOrigin}/a/../b`,
    `${pageOrigin}/%7Euser`,
    `${pageOrigin}/CALLBACK`,
  ])("of a listed origin is kept byte for byte: %s (C08)", (uri) => {
    expect(readCode({ redirect_uri: uri }, page).redirectUri).toBe(uri)
  })

  it.each([
    "https://evil.example.com/callback",
    "http://app.example.com/callback",
    `${pageOrigin}:8443/callback`,
    `${pageOrigin}:443/callback`,
    `${pageOrigin}:/callback`,
    `${pageOrigin}.evil.example/callback`,
    `https://app.example.com@evil.example/callback`,
    `https://user@app.example.com/callback`,
    `https://:password@app.example.com/callback`,
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp:/callback",
  ])("of a page must be on a listed origin: not %s (C08)", (uri) => {
    expect(() => readCode({ redirect_uri: uri }, page)).toThrow(notAllowed)
  })

  it.each([
    "/callback",
    "callback",
    "//app.example.com/callback",
    `${callback}#`,
    `${callback}#there`,
    "https://evil.example\\@app.example.com/",
    "https://app.example.com\\evil",
    ` ${callback}`,
    `${callback} `,
    "https://app.example.com/c\tb",
    "https://app.example.com/cællback",
    "https://",
  ])("is refused where parsers disagree: %j", (uri) => {
    for (const caller of doors) expect(() => readCode({ redirect_uri: uri }, caller)).toThrow(notAbsolute)
  })

  it.each([signed, direct])("may be any without a list, through the $door door", (caller) => {
    for (const uri of ["https://anywhere.example/cb", "myapp:/callback"]) {
      expect(readCode({ redirect_uri: uri }, caller).redirectUri).toBe(uri)
    }
  })

  it.each(doors)("must be one of the list where there is one, through the $door door (C08)", (caller) => {
    const config = configOf({ ALLOWED_REDIRECT_URIS: `https://a.example/cb, ${callback}` })
    expect(readCode({}, caller, config).redirectUri).toBe(callback)
    expect(readCode({ redirect_uri: "https://a.example/cb" }, caller, config)).toMatchObject({
      redirectUri: "https://a.example/cb",
    })
    for (const uri of [`${callback}/`, `${callback}?x=1`, `${pageOrigin}/other`, "https://a.example/CB"]) {
      expect(() => readCode({ redirect_uri: uri }, caller, config)).toThrow(notAllowed)
    }
  })
})

describe("a refresh token", () => {
  it.each([signed, direct])("is read from its fields through the $door door", (caller) => {
    expect(readRefresh({}, caller)).toEqual(refreshGrant)
  })

  it.each([
    [{ grant_type: "refresh_token" }, {}],
    [{ sub: "tony@example.com" }, { sub: "tony@example.com" }],
    [{ ctx: "Cust12020" }, { ctx: "Cust12020" }],
    [{ client_id: "abc" }, { clientId: "abc" }],
    [{ scope: "openid", unknown: [] }, {}],
    [{ refresh_token: "r".repeat(8192) }, { refreshToken: "r".repeat(8192) }],
  ])("may come with %j", (changes, expected) => {
    expect(readRefresh(changes)).toEqual({ ...refreshGrant, ...expected })
  })

  it.each([
    [{ refresh_token: undefined }, '"refresh_token" is required.'],
    [{ refresh_token: 1 }, '"refresh_token" must be a non-empty string.'],
    [{ refresh_token: "r".repeat(8193) }, '"refresh_token" must be at most 8192 bytes.'],
    [{ refresh_token: "a\u0000b" }, '"refresh_token" must be printable ASCII.'],
    [{ sub: "" }, '"sub" must be a non-empty string.'],
    [{ ctx: 1 }, '"ctx" must be a non-empty string.'],
  ])("is refused with %j", (changes, publicDescription) => {
    expect(() => readRefresh(changes)).toThrow(requestInvalid(publicDescription))
  })

  it.each([{}, { refresh_token: undefined }, { refresh_token: "r".repeat(9000) }])(
    "never comes from a page in clear: %j",
    (changes) => {
      expect(() => readRefresh(changes, page)).toThrow(
        new ExchangeError("session_expired", "the page has no session"),
      )
    },
  )

  it("is hidden in what is handed on (C62)", () => {
    expect(JSON.stringify(readRefreshGrant(refreshFields, direct, configOf()))).toBe(
      JSON.stringify({ ...refreshGrant, refreshToken: "[secret]" }),
    )
  })
})

describe("the grant type", () => {
  const both = { ...codeFields, ...refreshFields }

  it.each(["authorization_code", "refresh_token"])("chooses between the two: %s", (type) => {
    expect(readGrant({ ...both, grant_type: type }, direct, configOf()).type).toBe(type)
  })

  it.each([undefined, "", 1])("must be said where either is possible: not %j", (type) => {
    expect(() => readGrant({ ...both, grant_type: type }, direct, configOf())).toThrow(
      expect.objectContaining({ code: "request_invalid" }) as unknown,
    )
  })

  it.each(["password", "implicit", "client_credentials", "Authorization_Code", "__proto__"])(
    "%s is refused by name (C02)",
    (type) => {
      const fields = { ...both, grant_type: type }
      expect(() => readGrant(fields, direct, configOf())).toThrow(unsupported("authorization_code"))
      expect(() => readCodeGrant(fields, direct, configOf())).toThrow(unsupported("authorization_code"))
      expect(() => readRefreshGrant(fields, direct, configOf())).toThrow(unsupported("refresh_token"))
    },
  )

  it("of the other grant is refused where only one is possible (C02)", () => {
    expect(() => readCode({ grant_type: "refresh_token" })).toThrow(unsupported("authorization_code"))
    expect(() => readRefresh({ grant_type: "authorization_code" })).toThrow(unsupported("refresh_token"))
  })
})

describe("any request", () => {
  const seed = 4103
  const names = ["grant_type", "code", "redirect_uri", "code_verifier", "nonce", "iss", "client_id"]
  const name = fc.constantFrom(...names, "refresh_token", "sub", "ctx", "client_secret", "__proto__")
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.constantFrom(codeVerifier, callback))
  const type = fc.constantFrom("authorization_code", "refresh_token")
  const fields = fc.dictionary(name, fc.oneof(text, fc.anything(), type))
  const refusals = ["request_invalid", "grant_unsupported", "session_expired"]

  it(`is read or refused by a name of the contract (seed ${seed})`, () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...doors), (some, caller) => {
        for (const read of [readGrant, readCodeGrant, readRefreshGrant]) {
          try {
            expect(read(some, caller, configOf())).toHaveProperty("type")
          } catch (error) {
            if (!(error instanceof ExchangeError)) throw error
            expect(refusals).toContain(error.code)
          }
        }
      }),
      { seed, numRuns: 500 },
    )
  })

  it(`is never repeated in its refusal (seed ${seed})`, () => {
    fc.assert(
      fc.property(name, text, fc.constantFrom(...doors), (field, value, caller) => {
        const some = { ...codeFields, ...refreshFields, [field]: `canary${value}` }
        for (const read of [readGrant, readCodeGrant, readRefreshGrant]) {
          try {
            read(some, caller, configOf())
          } catch (error) {
            expect(error).toHaveProperty("message", expect.not.stringContaining("canary"))
          }
        }
      }),
      { seed },
    )
  })

  it("reads nothing from a prototype (C55)", () => {
    const inherited = Object.create(codeFields) as Record<string, unknown>
    const smuggled = JSON.parse(`{"__proto__":${JSON.stringify(codeFields)}}`) as Record<string, unknown>
    for (const fields of [inherited, smuggled]) {
      expect(() => readCodeGrant(fields, direct, configOf())).toThrow(requestInvalid('"code" is required.'))
    }
  })
})
