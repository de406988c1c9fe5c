import { constants, generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { provider, type Form } from "./application.ts"
import { identity, verified } from "./signed-tokens.ts"
import {
  applicationKey,
  authenticate,
  signedSystemToken,
  systemToken,
  systemUserPath,
} from "./system-user.ts"

describe("the system user", () => {
  it("gets a token for programs: another issuer, the tenant's serial number for audience, six hours", async () => {
    provider.systemUserKey = applicationKey.publicKey
    const { IsSuccessful, Token, ErrorMessage } = await authenticate()
    expect({ IsSuccessful, ErrorMessage }).toEqual({ IsSuccessful: true, ErrorMessage: null })
    const { header, claims } = await verified(Token)
    expect(header).toMatchObject({ alg: "RS256", typ: "JWT" })
    const iat = claims.iat as number
    expect(claims).toMatchObject({
      [`${identity}ctx`]: "Cust26759",
      [`${identity}serial`]: "1730265981",
      [`${identity}webapi_url`]: `${provider.url}/Cust26759/api/`,
      [`${identity}ticket`]: expect.stringMatching(/^7T:[A-Za-z0-9+/]+=*$/) as string,
      nbf: iat - 60,
      exp: iat + 6 * 3600,
      iss: "SuperOffice AS",
      aud: "spn:1730265981",
    })
  })

  it("is found in any case of the path, as on IIS", async () => {
    provider.systemUserKey = applicationKey.publicKey
    const path = "/login/api/partnersystemuser/AUTHENTICATE"
    expect((await authenticate({}, path)).IsSuccessful).toBe(true)
  })

  it.each(["cust26759", "CUST26759"])("is found in the tenant %s, in any case of letters", async (tenant) => {
    provider.systemUserKey = applicationKey.publicKey
    const { claims } = await verified((await authenticate({ ContextIdentifier: tenant })).Token)
    expect(claims).toMatchObject({ [`${identity}ctx`]: "Cust26759" })
  })

  it("is signed in to another tenant while the switch says so", async () => {
    provider.systemUserKey = applicationKey.publicKey
    provider.systemUserTenant = "Cust12020"
    const { claims } = await verified((await authenticate()).Token)
    expect(claims).toMatchObject({ [`${identity}ctx`]: "Cust12020", aud: "spn:1501178584" })
  })

  it("has the claims that the switch says, and lacks those that it leaves out", async () => {
    provider.systemUserKey = applicationKey.publicKey
    provider.systemUserClaims = { iat: undefined, nbf: undefined, sub: undefined, upn: "changed" }
    const { claims } = await verified((await authenticate()).Token)
    expect(claims).toMatchObject({ upn: "changed", aud: "spn:1730265981" })
    for (const name of ["iat", "nbf", "sub"]) expect(claims).not.toHaveProperty(name)
  })

  it.each(["Møteplanlegger-8k8Q7DmBgo", "会议 😀®-8k8Q7DmBgo"])(
    "is known by the system token %s, whose signature is over UTF-8, in its tenant alone",
    async (name) => {
      provider.systemUserKey = applicationKey.publicKey
      const SignedSystemToken = signedSystemToken({ systemToken: name })
      expect(await authenticate({ SignedSystemToken })).toMatchObject({ IsSuccessful: false })
      provider.systemTokens.set(name, "Cust26759")
      expect(await authenticate({ SignedSystemToken })).toMatchObject({ IsSuccessful: true })
      const ContextIdentifier = "Cust12020"
      expect(await authenticate({ SignedSystemToken, ContextIdentifier })).toMatchObject({
        IsSuccessful: false,
      })
      const inLatin1 = signedSystemToken({ systemToken: name, encoding: "latin1" })
      expect(await authenticate({ SignedSystemToken: inLatin1 })).toMatchObject({
        ErrorMessage: "InvalidSignature",
      })
    },
  )

  it.each([
    ["status 401 with a message", 401, { Message: "Authorization has been denied for this request." }],
    ["a refusal by number", 200, { IsSuccessful: false, Token: null, ErrorMessage: "7" }],
  ] as const)("is refused by the fault: %s", async (fault, status, body) => {
    provider.faults["system user"] = fault
    const response = await fetch(provider.url + systemUserPath, { method: "POST", body: "{}" })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(body)
  })

  it.each([
    ["signed four minutes ago", -4, true, null],
    ["signed four minutes from now", 4, true, null],
    ["signed six minutes ago", -6, false, "InvalidTimestamp"],
    ["signed six minutes from now", 6, false, "InvalidTimestamp"],
  ])("a token %s is judged by the provider's clock", async (_when, minutes, IsSuccessful, ErrorMessage) => {
    provider.systemUserKey = applicationKey.publicKey
    const SignedSystemToken = signedSystemToken({ at: new Date(Date.now() + minutes * 60_000) })
    expect(await authenticate({ SignedSystemToken })).toMatchObject({ IsSuccessful, ErrorMessage })
  })

  it("is refused by a clock that is set otherwise, and the clock is in every answer", async () => {
    provider.systemUserKey = applicationKey.publicKey
    provider.clockOffsetSeconds = 600
    expect(await authenticate()).toMatchObject({ IsSuccessful: false, ErrorMessage: "InvalidTimestamp" })
    const response = await fetch(`${provider.url}/login/.well-known/jwks`)
    const ahead = Date.parse(response.headers.get("date") ?? "") - Date.now()
    expect(Math.round(ahead / 10_000)).toBe(60)
  })

  it.each([
    ["another key", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }],
    ["another hash", { hash: "sha512" }],
    ["another padding", { padding: constants.RSA_PKCS1_PSS_PADDING }],
  ])("a signature by %s is none", async (_what, changes) => {
    provider.systemUserKey = applicationKey.publicKey
    const SignedSystemToken = signedSystemToken(changes)
    expect(await authenticate({ SignedSystemToken })).toEqual({
      IsSuccessful: false,
      Token: null,
      ErrorMessage: "InvalidSignature",
    })
  })

  it("is refused while no key is registered", async () => {
    expect(await authenticate()).toMatchObject({ IsSuccessful: false, ErrorMessage: "InvalidSignature" })
  })

  it.each<[string, () => Form]>([
    ["an unknown system token", () => ({ SignedSystemToken: signedSystemToken({ systemToken: "Unknown" }) })],
    ["the system token of another tenant", () => ({ ContextIdentifier: "Cust12020" })],
    ["an unknown tenant", () => ({ ContextIdentifier: "Cust99999" })],
    ["a wrong client secret", () => ({ ApplicationToken: "wrong" })],
    ["something that was not signed", () => ({ SignedSystemToken: systemToken })],
    ["another type of token", () => ({ ReturnTokenType: "SAML" })],
  ])("%s is refused in words of no kind that a program could read", async (_what, changes) => {
    provider.systemUserKey = applicationKey.publicKey
    const { IsSuccessful, Token, ErrorMessage } = await authenticate(changes())
    expect({ IsSuccessful, Token }).toEqual({ IsSuccessful: false, Token: null })
    expect(ErrorMessage).not.toMatch(/signature|time/i)
  })

  it("is not looked for in a body that is not a JSON object", async () => {
    const response = await fetch(provider.url + systemUserPath, { method: "POST", body: "{" })
    expect(response.status).toBe(400)
  })
})
