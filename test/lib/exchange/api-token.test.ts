import { createPublicKey } from "node:crypto"
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose"
import { describe, expect, it } from "vitest"
import { apiTokenResult } from "../../../lib/exchange/api-token.ts"
import type { Exchange } from "../../../lib/exchange/exchange.ts"
import { apiTokenEnv, signingKeys } from "../../support/api-token.ts"
import { codeGrant, completeConfig } from "../../support/context.ts"
import { credentials } from "../../support/front-door.ts"
import { clientId, issuer, namespace, signedAt } from "../../../harness/id-tokens.ts"

const config = completeConfig(apiTokenEnv)
const [signingKey] = signingKeys
const at = signedAt.getTime() / 1000
const times = { iat: at, nbf: at - 60, exp: at + 300 }
const claims = {
  iss: issuer,
  sub: "tony@example.com",
  aud: clientId,
  ...times,
  ctx: "Cust12020",
  associateid: 5,
}

/** An exchange with these claims, undefined for one that is absent. */
function exchanged(
  changes: Partial<Exchange["claims"]> = {},
  key: Exchange["signingKey"] = signingKey,
): Exchange {
  return {
    grant: codeGrant,
    credentials,
    tokens: { accessToken: "a", expiresInSeconds: 3600, scope: "openid", refreshToken: undefined },
    receivedAt: new Date(signedAt.getTime() + 999),
    idToken: "header.payload.signature",
    payload: { ...times, iss: issuer, sub: claims.sub, aud: clientId, [`${namespace}ctx`]: claims.ctx },
    claims: { ...claims, ...changes },
    others: { system_token: "App-8k8Q7DmBgo" },
    dropped: 0,
    signingKey: key,
  }
}

async function tokenOf(changes: Partial<Exchange["claims"]> = {}): Promise<string> {
  return (await apiTokenResult(exchanged(changes), { config })).api_token ?? ""
}

describe("the token for the partner's own API", () => {
  it("is an access token of RFC 9068 that the first key signed (C82)", async () => {
    const token = await tokenOf()
    expect(decodeProtectedHeader(token)).toEqual({ typ: "at+jwt", alg: "RS256", kid: "api-1" })
    const { payload } = await jwtVerify(token, createPublicKey(signingKey.key), { currentDate: signedAt })
    const { jti, ...others } = payload
    expect(others).toEqual({
      iss: "https://login.example.com",
      aud: "https://api.example.com",
      client_id: clientId,
      sub: "Cust12020/5",
      iat: at,
      exp: at + 600,
      ctx: "Cust12020",
      associateid: 5,
    })
    expect(jti).toMatch(/^[\da-f-]{36}$/)
  })

  it("comes with its expiry, after as many seconds as the deployment says", async () => {
    const short = completeConfig({ ...apiTokenEnv, API_TOKEN_SECONDS: "60" })
    const { api_token: token, api_token_expires_at: expiresAt } = await apiTokenResult(exchanged(), {
      config: short,
    })
    expect([expiresAt, decodeJwt(token ?? "").exp]).toEqual([at + 60, at + 60])
  })

  it("has an id of its own", async () => {
    const [one, other] = await Promise.all([tokenOf(), tokenOf()])
    expect(decodeJwt(one).jti).not.toBe(decodeJwt(other).jti)
  })

  it("has the claims that say who the user is, and no other (C82)", async () => {
    const known = { is_administrator: true, email: "tony@example.com", upn: "tony@tenant.example" }
    const payload = decodeJwt(await tokenOf({ ...known, company_name: "Tonys", webapi_url: "https://a" }))
    const usual = ["iss", "aud", "client_id", "sub", "iat", "exp", "jti", "ctx", "associateid"]
    expect(Object.keys(payload).sort()).toEqual([...usual, ...Object.keys(known)].sort())
    expect(payload).toMatchObject(known)
  })

  it.each(["cust12020", "CUST12020", "Cust12020", "cUST12020"])(
    "spells the tenant %s in one way (C82)",
    async (ctx) => {
      expect(decodeJwt(await tokenOf({ ctx }))).toMatchObject({ sub: "Cust12020/5", ctx: "Cust12020" })
    },
  )

  it.each([
    ["without an associateid", { associateid: undefined }],
    ["of a tenant whose name has a slash", { ctx: "Cust12020/5" }],
    ["of a tenant whose name is too long", { ctx: "C".repeat(33) }],
  ])("is null for a user %s", async (_, changes) => {
    expect(await apiTokenResult(exchanged(changes as Partial<Exchange["claims"]>), { config })).toEqual({
      api_token: null,
    })
  })

  it("is absent when nobody asked for it", async () => {
    const nobodyAsked = { ...exchanged(), signingKey: undefined }
    expect(await apiTokenResult(nobodyAsked, { config })).toEqual({})
  })
})
