import { randomBytes } from "node:crypto"
import { compactVerify, createLocalJWKSet } from "jose"
import { describe, expect, it, onTestFinished } from "vitest"
import { startProvider } from "../../../local/provider.ts"
import recordedErrors from "../../fixtures/recorded-errors.json" with { type: "json" }
import {
  clientSecret,
  getJson,
  identity,
  newCodeGrant,
  postToken,
  provider,
  redirectUri,
  refreshGrant,
  servedKeys,
  shareProvider,
  signIn,
  tokens,
  verified,
  type Form,
} from "./application.ts"

shareProvider()

/** SuperOffice's words for a code and for a refresh token that it rejects. */
const [rejectedCode, rejectedRefresh] = recordedErrors

/** A refused token request in the form of the recorded ones. */
async function rejection(form: Form) {
  const response = await postToken(form)
  const contentType = response.headers.get("content-type")
  return { grant: form.grant_type, status: response.status, contentType, body: await response.text() }
}

describe("the local provider's token endpoint", () => {
  it("brings SuperOffice's five members and no other for a code with its verifier", async () => {
    const body = await signIn("Cust26759/tony")
    expect(Object.keys(body).join()).toBe("token_type,access_token,expires_in,refresh_token,id_token")
    expect(body).toMatchObject({
      token_type: "Bearer",
      access_token: expect.stringMatching(/^8A:Cust26759\.[A-Za-z0-9+/]{690}==$/) as string,
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
    })
  })

  it("brings for a refresh token, again and again, a fresh id_token without nonce, and no refresh token", async () => {
    const signedIn = await signIn("Cust12020/tony", { nonce: "a nonce" })
    for (let times = 0; times < 2; times++) {
      const body = await tokens(refreshGrant(signedIn.refresh_token))
      expect(Object.keys(body).join()).toBe("token_type,access_token,expires_in,id_token")
      expect(body.access_token).not.toBe(signedIn.access_token)
      const { claims } = await verified(body.id_token)
      expect(claims.sub).toBe("tony@example.com")
      expect(claims).not.toHaveProperty("nonce")
    }
  })

  it("takes a code once, also if it is used twice at the same time", async () => {
    const grant = await newCodeGrant("Cust12020/tony")
    const answers = await Promise.all([postToken(grant), postToken(grant)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400])
    expect(await rejection(grant)).toEqual(rejectedCode)
  })

  it.each([
    ["code", { code: "x".repeat(64) }],
    ["client secret", { client_secret: "wrong" }],
    ["client id", { client_id: "0".repeat(32) }],
    ["verifier", { code_verifier: randomBytes(32).toString("base64url") }],
    ["redirect URI", { redirect_uri: "https://app.example.com/other" }],
  ])("rejects a code with another %s in SuperOffice's words", async (_what, changes: Form) => {
    expect(await rejection({ ...(await newCodeGrant("Cust12020/tony")), ...changes })).toEqual(rejectedCode)
  })

  it("rejects an unknown refresh token, and takes a client secret that replaced another, and that alone, at once", async () => {
    const grant = refreshGrant((await signIn("Cust12020/tony")).refresh_token)
    expect(await rejection(refreshGrant("x".repeat(64)))).toEqual(rejectedRefresh)
    provider.replaceClientSecret("the second secret")
    onTestFinished(() => {
      provider.replaceClientSecret(clientSecret)
    })
    expect(await rejection(grant)).toEqual(rejectedRefresh)
    await tokens({ ...grant, client_secret: "the second secret" })
  })

  it("ends a refresh token that is revoked and no other, and takes an unknown one", async () => {
    const [ended, other] = [await signIn("Cust12020/tony"), await signIn("Cust12020/tony")]
    for (const token of ["unknown", ended.refresh_token]) {
      const init = { method: "POST", body: new URLSearchParams({ token }) }
      expect((await fetch(`${provider.url}/login/common/oauth/revoke`, init)).status).toBe(200)
    }
    expect(await rejection(refreshGrant(ended.refresh_token))).toEqual(rejectedRefresh)
    await tokens(refreshGrant(other.refresh_token))
  })

  it("knows nothing of another provider in its process, nor do the discovery documents", async () => {
    const other = await startProvider({ environment: "online", clientSecret, redirectUris: [redirectUri] })
    onTestFinished(() => other.close())
    const grant = refreshGrant((await signIn("Cust12020/tony")).refresh_token)
    expect((await postToken({ ...grant, client_id: other.clientId }, other)).status).toBe(400)
    await tokens(grant)
    expect(other.issuer).toBe("https://online.superoffice.com")
    expect((await getJson("/login/.well-known/openid-configuration")).body).toMatchObject({
      issuer: "https://sod.superoffice.com",
      token_endpoint: `${provider.url}/login/common/oauth/tokens`,
      jwks_uri: `${provider.url}/login/.well-known/jwks`,
    })
  })
})

describe("the local provider's id_token", () => {
  it("of the newer kind has kid and x5t, numbers for times, strings for the rest", async () => {
    const issuedAt = Math.floor(Date.now() / 1000)
    const { id_token } = await signIn("Cust12020/anna", { nonce: "a nonce" })
    const { header, claims } = await verified(id_token)
    const [{ kid, x5t } = {}] = (await servedKeys()).keys
    expect(JSON.stringify(header)).toBe(JSON.stringify({ alg: "RS256", kid, x5t, typ: "JWT" }))
    const iat = claims.iat as number
    expect(iat - issuedAt).toBeLessThan(5)
    expect(claims).toEqual({
      sub: "anna@example.com",
      [`${identity}associateid`]: "2",
      [`${identity}identityprovider`]: "central-superid",
      [`${identity}email`]: "anna@example.com",
      [`${identity}upn`]: "anna@example.com",
      [`${identity}ctx`]: "Cust12020",
      [`${identity}is_administrator`]: "True",
      [`${identity}serial`]: "1501178584",
      [`${identity}company_name`]: "Tony's Developer Network",
      [`${identity}netserver_url`]: `${provider.url}/Cust12020/Remote/Services88/`,
      [`${identity}webapi_url`]: `${provider.url}/Cust12020/api/`,
      [`${identity}initials`]: "AB",
      [`${identity}so_primary_email_address`]: "anna@example.com",
      iat,
      nonce: "a nonce",
      nbf: iat - 60,
      exp: iat + 300,
      iss: "https://sod.superoffice.com",
      aud: provider.clientId,
    })
  })

  it("of the older kind has x5t only and iat as a string", async () => {
    provider.generation = "2018"
    const { header, claims } = await verified((await signIn("Cust12020/tony")).id_token)
    const [{ x5t } = {}] = (await servedKeys()).keys
    expect(JSON.stringify(header)).toBe(JSON.stringify({ typ: "JWT", alg: "RS256", x5t }))
    expect(claims.iat).toMatch(/^\d{10}$/)
    expect(claims).toMatchObject({ nbf: Number(claims.iat) - 60, exp: Number(claims.iat) + 300 })
    expect(claims).not.toHaveProperty(`${identity}company_name`)
  })

  it("is signed with a key that was rolled, which is the only one served from then on", async () => {
    const before = await servedKeys()
    await provider.rollSigningKey()
    const after = await servedKeys()
    expect(after.keys).toHaveLength(1)
    expect(after.keys[0]?.x5t).not.toBe(before.keys[0]?.x5t)
    const { id_token } = await signIn("Cust12020/tony")
    await verified(id_token)
    await expect(compactVerify(id_token, createLocalJWKSet(before))).rejects.toThrow()
  })

  it("is verified by a set of one RSA key whose kid is hex, the same as x5t, or absent", async () => {
    const [hex = { kty: "" }] = (await servedKeys()).keys
    expect(Object.keys(hex)).toEqual(["kty", "use", "alg", "kid", "x5t", "n", "e"])
    expect(hex).toMatchObject({ kty: "RSA", use: "sig", alg: "RS256", e: "AQAB" })
    expect(hex.kid).toMatch(/^[0-9A-F]{40}$/)
    expect(Buffer.from(hex.kid ?? "", "hex").toString("base64url")).toBe(hex.x5t)
    provider.keyIds = "x5t"
    expect((await servedKeys()).keys).toEqual([{ ...hex, kid: hex.x5t }])
    provider.keyIds = "absent"
    expect((await servedKeys()).keys).toEqual([{ ...hex, kid: undefined }])
  })
})
