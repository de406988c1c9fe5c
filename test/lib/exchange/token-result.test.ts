import { describe, expect, it } from "vitest"
import type { Exchange } from "../../../lib/exchange/exchange.ts"
import { browserTokenResult, tokenResult } from "../../../lib/exchange/token-result.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { openSession } from "../../../lib/session/session.ts"
import { codeGrant, fakeContext, pageBinding, pageCaller, refreshGrant } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, issuer, namespace, signedAt } from "../../../harness/id-tokens.ts"

const receivedAt = signedAt.getTime() / 1000
const times = { iat: receivedAt, nbf: receivedAt - 60, exp: receivedAt + 300 }
const registered = { iss: issuer, sub: "tony@example.com", aud: clientId, ...times }
const claims = { ...registered, ctx: "Cust12020", associateid: 5 }
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
  payload: { ...registered, [`${namespace}ctx`]: "Cust12020", [`${namespace}associateid`]: "5" },
  claims,
  others: { system_token: "App-8k8Q7DmBgo" },
  dropped: 0,
  signingKey: undefined,
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

/** The exchange with another refresh token from SuperOffice, or none. */
function withRefreshToken(refreshToken: string | undefined): Exchange {
  return { ...exchanged, tokens: { ...exchanged.tokens, refreshToken } }
}

const withoutRefreshToken = withRefreshToken(undefined)

describe("the answer to a cloud function", () => {
  it("has everything, with the expiry counted from the second of receipt", () => {
    expect(tokenResult(exchanged)).toEqual({
      ...body,
      refresh_token: "new-refresh-token",
      claims: { ...claims, system_token: "App-8k8Q7DmBgo" },
    })
  })

  it.each([
    ["none when a code brought none", withoutRefreshToken, codeGrant, undefined],
    ["its own when a refresh brought none (C13)", withoutRefreshToken, refreshGrant, "a-refresh-token"],
    ["the new one in place of its own (C13)", exchanged, refreshGrant, "new-refresh-token"],
  ])("has the refresh token to keep: %s", (_what, exchange, grant, refreshToken) => {
    expect(tokenResult({ ...exchange, grant }).refresh_token).toBe(refreshToken)
  })
})

describe("the answer to a page", () => {
  const cookieName = sessionCookieName(pageOrigin, "Cust12020")
  const session = { refreshToken: "new-refresh-token", sub: "tony@example.com", ctx: "Cust12020" }
  const signedInAt = new Date(receivedAt * 1000 + 999)
  const cleared = [`${cookieName}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]

  /** The answer, the cookies and the warnings, and a way to open what was sealed. */
  async function answer(exchange: Exchange, REFRESH_TOKEN_DELIVERY = "cookie") {
    const context = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin, REFRESH_TOKEN_DELIVERY } })
    const result = await browserTokenResult(exchange, pageCaller(), context)
    const { cookies, requestLog, config } = context
    const open = async (sealed = "") => {
      const opened = await openSession(sealed, signedAt, pageBinding({ config }))
      return opened && { ...opened, refreshToken: opened.refreshToken.reveal() }
    }
    return { result, cookies: cookies.lines, warnings: [...requestLog.warnings], open }
  }

  it("has the refresh token sealed in a cookie, and in the body only when that ends", async () => {
    const { result, cookies, open } = await answer(exchanged)
    expect(result).toEqual({ ...body, session_expires_at: receivedAt + 28_800 })
    expect(cookies).toHaveLength(1)
    const [cookie = "", ...attributes] = cookies[0]?.split("; ") ?? []
    expect(attributes).toEqual(["Max-Age=28800", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"])
    const [name, sealed] = cookie.split("=")
    expect(name).toBe(cookieName)
    expect(await open(sealed)).toEqual({ ...session, signedInAt })
  })

  it("has it sealed in the body in delivery sealed, and no cookie", async () => {
    const { result, cookies, open } = await answer(exchanged, "sealed")
    const sealed = { refresh_token: expect.any(String) as string, session_expires_at: receivedAt + 3600 }
    expect(result).toEqual({ ...body, ...sealed })
    expect(cookies).toEqual([])
    expect(await open(result.refresh_token)).toEqual({ ...session, signedInAt })
  })

  it("keeps the time of sign-in, and the page's refresh token, through a refresh (C13, C45)", async () => {
    const signedInAt = new Date((receivedAt - 1_000) * 1000)
    const refreshed = { ...withoutRefreshToken, grant: { ...refreshGrant, signedInAt } }
    const { result, open } = await answer(refreshed, "sealed")
    expect(result.session_expires_at).toBe(receivedAt + 2_600)
    const opened = await open(result.refresh_token)
    expect(opened).toEqual({ ...session, refreshToken: "a-refresh-token", signedInAt })
  })

  const tooLarge = withRefreshToken("a".repeat(3_500))
  it.each([
    ["a code brought no refresh token", "cookie", withoutRefreshToken, [body, cleared, []]],
    ["a code brought none in delivery sealed", "sealed", withoutRefreshToken, [body, [], []]],
    ["its cookie would be too large (C44)", "cookie", tooLarge, [body, cleared, ["session_too_large"]]],
  ])(
    "has tokens alone, and ends the session before, when %s",
    async (_what, delivery, exchange, expected) => {
      const { result, cookies, warnings } = await answer(exchange, delivery)
      expect([result, cookies, warnings]).toEqual(expected)
    },
  )

  it.each([`${namespace}system_token`, `${namespace}ticket`, "system_token", "ticket"])(
    "has neither %s nor the ID Token that holds it",
    async (name) => {
      const payload = { ...exchanged.payload, [name]: "App-8k8Q7DmBgo" }
      const { result } = await answer({ ...exchanged, payload })
      expect(result).not.toHaveProperty("id_token")
      expect(result.claims).toEqual(claims)
    },
  )
})
