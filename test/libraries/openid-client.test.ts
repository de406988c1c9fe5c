import * as client from "openid-client"
import { describe, expect, it } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import type { JsonRecord } from "../support/journey.ts"
import { deliveries, openPage, withoutIdToken, type Page } from "./page.ts"

describe("openid-client", () => {
  it.each(deliveries)("signs in and validates the ID Token in delivery %s", async (delivery) => {
    const page = await openPage(delivery)
    const { tokens, nonce } = await exchange(page, configure(page))
    expect(tokens.claims()).toMatchObject({ iss: page.provider.issuer, nonce })
  })

  it("verifies the signature too, outside a page, where the key set has the token's kid", async () => {
    const page = await openPage("sealed")
    const config = configure(page)
    client.enableNonRepudiationChecks(config)
    const { tokens } = await exchange(page, config)
    expect(tokens.claims()).toMatchObject({ sub: "tony@example.com" })
  })

  it.each(["x5t", "absent"] as const)(
    "finds no key for the signature when the key set has its kid in the form %s",
    async (keyIds) => {
      const page = await openPage("sealed")
      page.provider.keyIds = keyIds
      const config = configure(page)
      client.enableNonRepudiationChecks(config)
      await expect(exchange(page, config)).rejects.toMatchObject({ code: "OAUTH_KEY_SELECTION_FAILED" })
    },
  )

  it("puts its own claims() where /token's claims are, so a hook has to rename those", async () => {
    const page = await openPage("sealed")
    const { tokens } = await exchange(page, configure(page))
    expect(tokens.claims()).not.toHaveProperty("ctx")
    expect(tokens.claims()).toHaveProperty(["http://schemes.superoffice.net/identity/ctx"], "Cust12020")
  })

  it("refreshes by itself in delivery sealed, again and again", async () => {
    const page = await openPage("sealed")
    const config = configure(page)
    const { tokens } = await exchange(page, config)
    const second = await client.refreshTokenGrant(config, tokens.refresh_token ?? "")
    const third = await client.refreshTokenGrant(config, second.refresh_token ?? "")
    const accessTokens = [tokens, second, third].map((answer) => answer.access_token)
    expect(new Set(accessTokens).size).toBe(3)
    expect(third.claims()).toMatchObject({ sub: "tony@example.com" })
  })

  it.each(["cookie", "partitioned"] as const)(
    "cannot refresh in delivery %s, where the page posts the header itself",
    async (delivery) => {
      const page = await openPage(delivery)
      const config = configure(page)
      const { tokens } = await exchange(page, config)
      expect(tokens).not.toHaveProperty("refresh_token")
      await expect(client.refreshTokenGrant(config, "in-the-cookie")).rejects.toMatchObject({
        error: "invalid_request",
        cause: { code: "request_invalid" },
      })
      expect(await page.refreshWithCookie()).toMatchObject({ claims: { ctx: "Cust12020" } })
    },
  )

  it("refuses an ID Token of the 2018 generation, whose iat is a string", async () => {
    const page = await openPage("sealed")
    page.provider.generation = "2018"
    await expect(exchange(page, configure(page))).rejects.toMatchObject({
      message: "invalid response encountered",
      cause: { message: 'unexpected JWT "iat" (issued at) claim type' },
    })
  })

  it("misses the ID Token that is withheld for its system token, when told to expect one", async () => {
    const page = await openPage("sealed")
    await expect(exchange(page, configure(page), { user: "Cust26759/liv" })).rejects.toMatchObject({
      message: "invalid response encountered",
      cause: { message: '"response" body "id_token" property must be a string' },
    })
  })

  it("does without the withheld ID Token, when not told to expect one", async () => {
    const page = await openPage("sealed")
    const { tokens } = await exchange(page, configure(page), { user: "Cust26759/liv", expectsIdToken: false })
    expect(tokens).not.toHaveProperty("id_token")
    expect(tokens.claims()).toBeUndefined()
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
      const config = configure(page, withClaimsRenamed)
      const { tokens, nonce } = await exchange(page, config, { user, expectsIdToken: false })
      expect(tokens.superoffice).toMatchObject({ ctx: user.split("/")[0], nonce })
      expect(tokens.superoffice).not.toHaveProperty("system_token")
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? "")
      expect(refreshed.superoffice).toMatchObject({ ctx: user.split("/")[0] })
    },
  )

  it("leaves the nonce to /token, which answers identity_mismatch for a wrong one", async () => {
    const page = await openPage("sealed")
    const config = configure(page, withClaimsRenamed)
    const failure: unknown = await exchange(page, config, {
      nonceForToken: "another",
      expectsIdToken: false,
    }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ error: "invalid_grant", cause: { code: "identity_mismatch" } })
  })
})

async function withClaimsRenamed(response: Response): Promise<Response> {
  const { claims, ...body } = (await (await withoutIdToken(response)).json()) as JsonRecord
  return Response.json({ ...body, superoffice: claims }, response)
}

function configure(page: Page, hook: (response: Response) => Response | Promise<Response> = (same) => same) {
  const config = new client.Configuration(page.server, page.provider.clientId, undefined, client.None())
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the local stack is plain HTTP
  client.allowInsecureRequests(config)
  config[client.customFetch] = async (url, { body, ...init }) =>
    url === page.server.jwks_uri
      ? fetch(url)
      : hook(await page.fetch(url, { ...init, body: body ?? null, credentials: "include" }))
  return config
}

interface Exchange {
  readonly user?: string
  readonly expectsIdToken?: boolean
  readonly nonceForToken?: string
}

async function exchange(page: Page, config: client.Configuration, options: Exchange = {}) {
  const { user = "Cust12020/tony", expectsIdToken = true } = options
  const [verifier, state, nonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: page.redirectUri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  })
  const callback = await signInWithoutBrowser(url, user)
  const checks = { pkceCodeVerifier: verifier, expectedState: state }
  const tokens = await client.authorizationCodeGrant(
    config,
    callback,
    expectsIdToken ? { ...checks, expectedNonce: nonce, idTokenExpected: true } : checks,
    { nonce: options.nonceForToken ?? nonce },
  )
  return { tokens, nonce }
}
