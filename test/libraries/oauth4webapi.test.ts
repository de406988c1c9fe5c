import * as oauth from "oauth4webapi"
import { describe, expect, it } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { deliveries, openPage, withoutIdToken, type Page } from "./page.ts"

describe("oauth4webapi", () => {
  it.each(deliveries)("signs in and validates the ID Token in delivery %s", async (delivery) => {
    const page = await openPage(delivery)
    const { tokens, response, nonce } = await exchange(page)
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ iss: page.provider.issuer, nonce })
    expect(tokens.claims).toMatchObject({ iss: page.provider.issuer, ctx: "Cust12020", nonce })
    await expect(
      oauth.validateApplicationLevelSignature(page.server, response, allowLoopback),
    ).resolves.toBeUndefined()
  })

  it.each(["x5t", "absent"] as const)(
    "finds no key for the signature when the key set has its kid in the form %s",
    async (keyIds) => {
      const page = await openPage("sealed")
      page.provider.keyIds = keyIds
      const { response } = await exchange(page)
      await expect(
        oauth.validateApplicationLevelSignature(page.server, response, allowLoopback),
      ).rejects.toMatchObject({ code: oauth.KEY_SELECTION })
    },
  )

  it("refreshes by itself in delivery sealed, again and again", async () => {
    const page = await openPage("sealed")
    const { tokens } = await exchange(page)
    const second = await refresh(page, tokens.refresh_token)
    const third = await refresh(page, second.refresh_token)
    const accessTokens = [tokens, second, third].map((answer) => answer.access_token)
    expect(new Set(accessTokens).size).toBe(3)
    expect(oauth.getValidatedIdTokenClaims(third)).toMatchObject({ sub: "tony@example.com" })
  })

  it.each(["cookie", "partitioned"] as const)(
    "cannot refresh in delivery %s, where the page posts the header itself",
    async (delivery) => {
      const page = await openPage(delivery)
      const { tokens } = await exchange(page)
      expect(tokens).not.toHaveProperty("refresh_token")
      await expect(refresh(page, "in-the-cookie")).rejects.toMatchObject({
        error: "invalid_request",
        cause: { code: "request_invalid" },
      })
      expect(await page.refreshWithCookie()).toMatchObject({ claims: { ctx: "Cust12020" } })
    },
  )

  it("refuses an ID Token of the 2018 generation, whose iat is a string", async () => {
    const page = await openPage("sealed")
    page.provider.generation = "2018"
    await expect(exchange(page)).rejects.toMatchObject({
      code: oauth.INVALID_RESPONSE,
      message: 'unexpected JWT "iat" (issued at) claim type',
    })
  })

  it("misses the ID Token that is withheld for its system token, when told to expect one", async () => {
    const page = await openPage("sealed")
    await expect(exchange(page, { user: "Cust26759/liv" })).rejects.toMatchObject({
      code: oauth.INVALID_RESPONSE,
      message: '"response" body "id_token" property must be a string',
    })
  })

  it("does without the withheld ID Token, when not told to expect one", async () => {
    const page = await openPage("sealed")
    const { tokens } = await exchange(page, { user: "Cust26759/liv", expectsIdToken: false })
    expect(tokens).not.toHaveProperty("id_token")
    expect(tokens.claims).toMatchObject({ ctx: "Cust26759" })
  })

  it("refuses an ID Token with a nonce, when told to expect none", async () => {
    const page = await openPage("sealed")
    await expect(exchange(page, { expectsIdToken: false })).rejects.toMatchObject({
      code: oauth.JWT_CLAIM_COMPARISON,
    })
  })

  it.each([
    ["Cust12020/tony", "2018"],
    ["Cust12020/tony", "2022"],
    ["Cust26759/liv", "2018"],
    ["Cust26759/liv", "2022"],
  ] as const)(
    "signs in and refreshes %s of generation %s when a hook takes the ID Token out",
    async (user, generation) => {
      const page = await openPage("sealed")
      page.provider.generation = generation
      const { tokens, nonce } = await exchange(page, { user, expectsIdToken: false, hook: withoutIdToken })
      expect(tokens.claims).toMatchObject({ ctx: user.split("/")[0], nonce })
      expect(tokens.claims).not.toHaveProperty("system_token")
      expect(await refresh(page, tokens.refresh_token, withoutIdToken)).toHaveProperty("access_token")
    },
  )

  it("leaves the nonce to /token, which answers identity_mismatch for a wrong one", async () => {
    const page = await openPage("sealed")
    const failure = exchange(page, { nonceForToken: "another", hook: withoutIdToken, expectsIdToken: false })
    await expect(failure).rejects.toMatchObject({
      error: "invalid_grant",
      cause: { code: "identity_mismatch" },
    })
  })
})

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the local stack is plain HTTP
const allowLoopback = { [oauth.allowInsecureRequests]: true }

interface Exchange {
  readonly user?: string
  readonly expectsIdToken?: boolean
  readonly nonceForToken?: string
  readonly hook?: (response: Response) => Response | Promise<Response>
}

async function exchange(page: Page, options: Exchange = {}) {
  const { user = "Cust12020/tony", expectsIdToken = true, hook } = options
  const client = clientOf(page)
  const [verifier, state, nonce] = [
    oauth.generateRandomCodeVerifier(),
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
  ]
  const url = new URL(page.server.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: page.redirectUri,
    response_type: "code",
    scope: "openid",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  }).toString()
  const callback = oauth.validateAuthResponse(
    page.server,
    client,
    await signInWithoutBrowser(url, user),
    state,
  )
  const response = await oauth.authorizationCodeGrantRequest(
    page.server,
    client,
    oauth.None(),
    callback,
    page.redirectUri,
    verifier,
    { ...requestOptions(page, hook), additionalParameters: { nonce: options.nonceForToken ?? nonce } },
  )
  const expected = expectsIdToken ? { expectedNonce: nonce, requireIdToken: true } : {}
  const tokens = await oauth.processAuthorizationCodeResponse(page.server, client, response, expected)
  return { tokens, response, nonce }
}

async function refresh(page: Page, refreshToken: string | undefined, hook?: Exchange["hook"]) {
  const client = clientOf(page)
  const response = await oauth.refreshTokenGrantRequest(
    page.server,
    client,
    oauth.None(),
    refreshToken ?? "",
    requestOptions(page, hook),
  )
  return await oauth.processRefreshTokenResponse(page.server, client, response)
}

function clientOf(page: Page): oauth.Client {
  return { client_id: page.provider.clientId }
}

function requestOptions(page: Page, hook: Exchange["hook"] = (response) => response) {
  return {
    ...allowLoopback,
    [oauth.customFetch]: async (url: string, init: oauth.CustomFetchOptions<"POST", URLSearchParams>) =>
      hook(await page.fetch(url, { ...init, credentials: "include" })),
  }
}
