import { randomUUID } from "node:crypto"
import { generateCodeVerifier, OAuth2Client, OAuth2Fetch, type OAuth2Token } from "@badgateway/oauth2-client"
import { describe, expect, it, vi } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { deliveries, openPage, type Page } from "./page.ts"

describe("@badgateway/oauth2-client", () => {
  it.each(deliveries)("signs in in delivery %s and hands over the claims of /token", async (delivery) => {
    const page = await openPage(delivery)
    const { token, nonce } = await exchange(page, configure(page))
    expect(token.idToken).toBeTypeOf("string")
    expect(token.extraParams?.claims).toMatchObject({ iss: page.provider.issuer, ctx: "Cust12020", nonce })
    expect(token.expiresAt).toBeGreaterThan(Date.now())
  })

  it.each([
    ["Cust12020/tony", "2018"],
    ["Cust12020/tony", "2022"],
    ["Cust26759/liv", "2018"],
    ["Cust26759/liv", "2022"],
  ] as const)(
    "looks into no ID Token, so it signs in and refreshes %s of generation %s",
    async (user, generation) => {
      const page = await openPage("sealed")
      page.provider.generation = generation
      const client = configure(page)
      const { token, nonce } = await exchange(page, client, user)
      expect(token.extraParams?.claims).toMatchObject({ ctx: user.split("/")[0], nonce })
      expect(token.extraParams?.claims).not.toHaveProperty("system_token")
      const refreshed = await client.refreshToken(token)
      expect(refreshed.extraParams?.claims).toMatchObject({ ctx: user.split("/")[0] })
    },
  )

  it("gives no ID Token that is withheld for its system token", async () => {
    const page = await openPage("sealed")
    const { token } = await exchange(page, configure(page), "Cust26759/liv")
    expect(token).not.toHaveProperty("idToken")
  })

  it("refreshes by itself in delivery sealed once the access token has expired", async () => {
    const page = await openPage("sealed")
    const client = configure(page)
    const { token } = await exchange(page, client)
    const getNewToken = vi.fn(() => null)
    const session = new OAuth2Fetch({
      client,
      getNewToken,
      getStoredToken: () => ({ ...token, expiresAt: Date.now() - 1 }),
      scheduleRefresh: false,
    })
    const accessToken = await session.getAccessToken()
    expect(accessToken).toMatch(/^8A:Cust12020\./)
    expect(accessToken).not.toBe(token.accessToken)
    expect(await session.refreshToken()).toHaveProperty("refreshToken")
    expect(getNewToken).not.toHaveBeenCalled()
  })

  it.each(["cookie", "partitioned"] as const)(
    "cannot refresh in delivery %s, where the page posts the header itself",
    async (delivery) => {
      const page = await openPage(delivery)
      const client = configure(page)
      const { token } = await exchange(page, client)
      expect(token.refreshToken).toBeNull()
      await expect(client.refreshToken(token)).rejects.toThrow("This token didn't have a refreshToken")
      await expect(client.refreshToken({ ...token, refreshToken: "in-the-cookie" })).rejects.toMatchObject({
        oauth2Code: "invalid_request",
        parsedBody: { code: "request_invalid" },
      })
      expect(await page.refreshWithCookie()).toMatchObject({ claims: { ctx: "Cust12020" } })
    },
  )

  it("renews in delivery cookie when its getNewToken draws on the cookie", async () => {
    const page = await openPage("cookie")
    const client = configure(page)
    const { token } = await exchange(page, client)
    const session = new OAuth2Fetch({
      client,
      getStoredToken: () => ({ ...token, expiresAt: Date.now() - 1 }),
      getNewToken: () => client.tokenResponseToOAuth2Token(page.refreshWithCookie() as never),
      scheduleRefresh: false,
    })
    const accessToken = await session.getAccessToken()
    expect(accessToken).toMatch(/^8A:Cust12020\./)
    expect(accessToken).not.toBe(token.accessToken)
  })

  it("carries our error code in the body of its error", async () => {
    const page = await openPage("sealed")
    const client = configure(page)
    const { token } = await exchange(page, client)
    await expect(client.refreshToken({ ...token, refreshToken: "not-ours" })).rejects.toMatchObject({
      httpCode: 400,
      oauth2Code: "invalid_grant",
      parsedBody: { code: "session_expired", retryable: false },
    })
  })
})

function configure(page: Page): OAuth2Client {
  return new OAuth2Client({
    clientId: page.provider.clientId,
    authorizationEndpoint: page.server.authorization_endpoint,
    tokenEndpoint: page.server.token_endpoint,
    fetch: (url, init) => page.fetch(url as string, { ...init, credentials: "include" }),
  })
}

async function exchange(
  page: Page,
  client: OAuth2Client,
  user = "Cust12020/tony",
): Promise<{ token: OAuth2Token; nonce: string }> {
  const [codeVerifier, state, nonce] = [await generateCodeVerifier(), randomUUID(), randomUUID()]
  const request = { redirectUri: page.redirectUri, state, codeVerifier }
  const url = await client.authorizationCode.getAuthorizeUri({
    ...request,
    scope: ["openid"],
    extraParams: { nonce },
  })
  const callback = await signInWithoutBrowser(new URL(url), user)
  return { token: await client.authorizationCode.getTokenFromCodeRedirect(callback, request), nonce }
}
