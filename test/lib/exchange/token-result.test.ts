import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { Exchange } from "../../../lib/exchange/exchange.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { openSession } from "../../../lib/session/session.ts"
import { browserTokenResult, tokenResult } from "../../../lib/exchange/token-result.ts"
import { codeGrant, fakeContext, refreshGrant, requestCookies } from "../../support/context.ts"
import { clientId, issuer, namespace, signedAt } from "../../support/id-tokens.ts"

const registered = {
  iss: issuer,
  sub: "tony@example.com",
  iat: 1_649_314_756,
  nbf: 1_649_314_696,
  exp: 1_649_315_056,
}
const claims = { ...registered, aud: clientId, ctx: "Cust12020", associateid: 5 }

const credentials: ClientCredentials = {
  version: "v1",
  clientId,
  clientSecret: new Secret("client-secret-one"),
  sealingKeys: [{ kid: "k1", key: createSecretKey(Buffer.alloc(32, 1)) }],
}

const exchanged: Exchange = {
  grant: codeGrant,
  credentials,
  tokens: {
    accessToken: "8A:Cust12020.a+/==",
    expiresInSeconds: 3600,
    scope: "openid",
    refreshToken: "new-refresh-token",
  },
  receivedAt: new Date(signedAt.getTime() + 999),
  idToken: "header.payload.signature",
  payload: {
    ...registered,
    aud: clientId,
    [`${namespace}ctx`]: "Cust12020",
    [`${namespace}associateid`]: "5",
  },
  claims,
  others: { system_token: "App-8k8Q7DmBgo" },
  dropped: 0,
}

function withTokens(changes: Partial<Exchange["tokens"]>): Exchange {
  return { ...exchanged, tokens: { ...exchanged.tokens, ...changes } }
}

describe("a cloud function", () => {
  it("gets everything, with the expiry counted from the second of receipt", () => {
    expect(tokenResult(exchanged)).toEqual({
      token_type: "Bearer",
      access_token: "8A:Cust12020.a+/==",
      expires_in: 3600,
      expires_at: 1_649_314_756 + 3600,
      scope: "openid",
      refresh_token: "new-refresh-token",
      id_token: "header.payload.signature",
      claims: { ...claims, system_token: "App-8k8Q7DmBgo" },
    })
  })

  it("gets no refresh_token member when a code brought none", () => {
    expect(tokenResult(withTokens({ refreshToken: undefined }))).not.toHaveProperty("refresh_token")
  })

  it("gets its own refresh token back when a refresh brought none (C13)", () => {
    const result = tokenResult({ ...withTokens({ refreshToken: undefined }), grant: refreshGrant })
    expect(result.refresh_token).toBe("a-refresh-token")
  })

  it("gets a new refresh token in place of its own (C13)", () => {
    expect(tokenResult({ ...exchanged, grant: refreshGrant }).refresh_token).toBe("new-refresh-token")
  })

  it("is handed credentials and claims that nobody knows", () => {
    const all = { ...claims, system_token: "App-8k8Q7DmBgo", custom: [1] }
    expect(tokenResult({ ...exchanged, claims: all }).claims).toEqual(all)
  })
})

describe("a page", () => {
  const origin = "https://app.example.com"
  const receivedAt = 1_649_314_756
  const cookieName = sessionCookieName(origin, "Cust12020")

  /** The answer to a page, the cookies it sets, and a way to open what was sealed for it. */
  async function answer(exchange: Exchange = exchanged, env: Readonly<Record<string, string>> = {}) {
    const context = fakeContext({ env: { ALLOWED_ORIGINS: origin, ...env } })
    const { config, cookies, requestLog } = context
    const caller = {
      door: "browser",
      origin,
      cookies: requestCookies(),
      hasCsrfHeader: true,
    } as const
    return {
      result: await browserTokenResult(exchange, caller, context),
      cookies: cookies.lines,
      warnings: [...requestLog.warnings],
      open: async (sealed = "") => {
        const session = await openSession(sealed, signedAt, { config, credentials, origin })
        return session && { ...session, refreshToken: session.refreshToken.reveal() }
      },
    }
  }

  const body = {
    token_type: "Bearer",
    access_token: "8A:Cust12020.a+/==",
    expires_in: 3600,
    expires_at: receivedAt + 3600,
    scope: "openid",
    id_token: "header.payload.signature",
    claims,
  }
  const session = {
    refreshToken: "new-refresh-token",
    sub: "tony@example.com",
    ctx: "Cust12020",
    signedInAt: new Date(receivedAt * 1000 + 999),
  }

  it("gets its refresh token sealed in a cookie, and in the body only when that ends", async () => {
    const { result, cookies, open } = await answer()
    expect(result).toEqual({ ...body, session_expires_at: receivedAt + 28_800 })
    expect(cookies).toHaveLength(1)
    const [cookie = "", ...attributes] = cookies[0]?.split("; ") ?? []
    expect(attributes).toEqual(["Max-Age=28800", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"])
    const [name, sealed] = cookie.split("=")
    expect(name).toBe(cookieName)
    expect(await open(sealed)).toEqual(session)
  })

  it("gets it sealed in the body in delivery sealed, and no cookie", async () => {
    const { result, cookies, open } = await answer(exchanged, { REFRESH_TOKEN_DELIVERY: "sealed" })
    expect(result).toEqual({
      ...body,
      refresh_token: expect.any(String) as string,
      session_expires_at: receivedAt + 3600,
    })
    expect(cookies).toEqual([])
    expect(await open(result.refresh_token)).toEqual(session)
  })

  it("never gets it in clear", async () => {
    for (const delivery of ["cookie", "partitioned", "sealed"]) {
      const { result, cookies } = await answer(exchanged, { REFRESH_TOKEN_DELIVERY: delivery })
      expect(JSON.stringify([result, cookies])).not.toContain("new-refresh-token")
    }
  })

  it("keeps its time of sign-in, and its own refresh token, through a refresh (C13, C45)", async () => {
    const signedInAt = new Date((receivedAt - 1_000) * 1000)
    const refreshed = { ...withTokens({ refreshToken: undefined }), grant: { ...refreshGrant, signedInAt } }
    const { result, open } = await answer(refreshed, { REFRESH_TOKEN_DELIVERY: "sealed" })
    expect(result.session_expires_at).toBe(receivedAt + 2_600)
    expect(await open(result.refresh_token)).toEqual({
      ...session,
      refreshToken: "a-refresh-token",
      signedInAt,
    })
  })

  it("gets no session when a code brought no refresh token", async () => {
    const { result, cookies } = await answer(withTokens({ refreshToken: undefined }))
    expect(result).toEqual(body)
    // The previous user of this page is signed out.
    expect(cookies).toEqual([expect.stringMatching(new RegExp(`^${cookieName}=; Max-Age=0; `))])
  })

  it("gets no cookie in delivery sealed, when a code brought no refresh token", async () => {
    const noToken = withTokens({ refreshToken: undefined })
    const { result, cookies } = await answer(noToken, { REFRESH_TOKEN_DELIVERY: "sealed" })
    expect(result).toEqual(body)
    expect(cookies).toEqual([])
  })

  it("gets its tokens without a session when the cookie would be too large (C44)", async () => {
    const { result, cookies, warnings } = await answer(withTokens({ refreshToken: "a".repeat(3_500) }))
    expect(result).toEqual(body)
    expect(cookies).toEqual([expect.stringMatching(new RegExp(`^${cookieName}=; Max-Age=0; `))])
    expect(warnings).toEqual(["session_too_large"])
  })

  it.each([`${namespace}system_token`, `${namespace}ticket`, "system_token", "ticket"])(
    "gets neither %s nor the ID Token that holds it",
    async (name) => {
      const credential = "App-8k8Q7DmBgo"
      const { result } = await answer({
        ...exchanged,
        payload: { ...exchanged.payload, [name]: credential },
        others: { [name.replace(namespace, "")]: credential },
      })
      expect(result).not.toHaveProperty("id_token")
      expect(result.claims).toEqual(claims)
    },
  )
})
