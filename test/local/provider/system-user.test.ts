import { constants, generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  authenticate,
  identity,
  provider,
  shareProvider,
  signedSystemToken,
  systemToken,
  verified,
  type Form,
} from "./application.ts"

shareProvider()

describe("the system user at the local provider", () => {
  it("gets a token for programs: another issuer, the tenant's serial number for audience, six hours", async () => {
    const { Token, ...others } = await authenticate()
    expect(others).toEqual({ IsSuccessful: true, ErrorMessage: null })
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

  it("is found in any case of the path, as on IIS, and of the tenant", async () => {
    const path = "/login/api/partnersystemuser/AUTHENTICATE"
    const { claims } = await verified((await authenticate({ ContextIdentifier: "cUST26759" }, path)).Token)
    expect(claims).toMatchObject({ [`${identity}ctx`]: "Cust26759" })
  })

  it("is signed in to another tenant, and has other claims, while the switches say so", async () => {
    provider.systemUserTenant = "Cust12020"
    provider.systemUserClaims = { iat: undefined, upn: "changed" }
    const { claims } = await verified((await authenticate()).Token)
    expect(claims).toMatchObject({ [`${identity}ctx`]: "Cust12020", aud: "spn:1501178584", upn: "changed" })
    expect(claims).not.toHaveProperty("iat")
  })

  it.each(["Møteplanlegger-8k8Q7DmBgo", "会议 😀®-8k8Q7DmBgo"])(
    "is known by the system token %s, whose signature is over UTF-8, in its tenant alone",
    async (token) => {
      const SignedSystemToken = signedSystemToken({ token })
      expect((await authenticate({ SignedSystemToken })).IsSuccessful).toBe(false)
      provider.systemTokens.set(token, "Cust26759")
      expect((await authenticate({ SignedSystemToken })).IsSuccessful).toBe(true)
      const elsewhere = { SignedSystemToken, ContextIdentifier: "Cust12020" }
      expect((await authenticate(elsewhere)).IsSuccessful).toBe(false)
      const inLatin1 = { SignedSystemToken: signedSystemToken({ token, encoding: "latin1" }) }
      expect((await authenticate(inLatin1)).ErrorMessage).toBe("InvalidSignature")
    },
  )

  it.each([
    [-4, true, null],
    [4, true, null],
    [-6, false, "InvalidTimestamp"],
    [6, false, "InvalidTimestamp"],
  ])(
    "with a token signed at minute %i of the provider's clock: %s",
    async (minutes, IsSuccessful, ErrorMessage) => {
      const SignedSystemToken = signedSystemToken({ at: new Date(Date.now() + minutes * 60_000) })
      expect(await authenticate({ SignedSystemToken })).toMatchObject({ IsSuccessful, ErrorMessage })
    },
  )

  it("is refused by a clock that is set otherwise, and the clock is in every answer", async () => {
    provider.clockOffsetSeconds = 600
    expect(await authenticate()).toMatchObject({ IsSuccessful: false, ErrorMessage: "InvalidTimestamp" })
    const { headers } = await fetch(`${provider.url}/login/.well-known/jwks`)
    expect(Math.round((Date.parse(headers.get("date") ?? "") - Date.now()) / 10_000)).toBe(60)
  })

  const invalid = { IsSuccessful: false, Token: null, ErrorMessage: "InvalidSignature" }

  it.each([
    ["another key", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }],
    ["another hash", { hash: "sha512" }],
    ["another padding", { padding: constants.RSA_PKCS1_PSS_PADDING }],
  ])("is refused with a signature by %s", async (_what, changes) => {
    const SignedSystemToken = signedSystemToken(changes)
    expect(await authenticate({ SignedSystemToken })).toEqual(invalid)
  })

  it("is refused while no key is registered", async () => {
    provider.systemUserKey = undefined
    expect(await authenticate()).toEqual(invalid)
  })

  it.each<[string, () => Form]>([
    ["an unknown system token", () => ({ SignedSystemToken: signedSystemToken({ token: "Unknown" }) })],
    ["the system token of another tenant", () => ({ ContextIdentifier: "Cust12020" })],
    ["an unknown tenant", () => ({ ContextIdentifier: "Cust99999" })],
    ["a wrong client secret", () => ({ ApplicationToken: "wrong" })],
    ["something that was not signed", () => ({ SignedSystemToken: systemToken })],
    ["another type of token", () => ({ ReturnTokenType: "SAML" })],
  ])("is refused with %s, in words of no kind that a program could read", async (_what, changes) => {
    const { IsSuccessful, Token, ErrorMessage } = await authenticate(changes())
    expect({ IsSuccessful, Token }).toEqual({ IsSuccessful: false, Token: null })
    expect(ErrorMessage).not.toMatch(/signature|time/i)
  })
})
