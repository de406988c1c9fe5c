import { OAuth2Fetch, type OAuth2Client, type OAuth2Token } from "@badgateway/oauth2-client"
import { describe, expect, it, vi } from "vitest"
import {
  badgateway,
  badgatewaySignIn,
  oauth4webapi,
  openidClient,
  type NodeLibrary,
} from "./node-libraries.ts"
import { deliveries, pagesForTests, type Page } from "./page.ts"

const openPage = pagesForTests()
const [tony, liv] = ["Cust12020/tony", "Cust26759/liv"]

describe.each(named(oauth4webapi, openidClient, badgateway))("%s", (_name, library) => {
  it.each(deliveries)("signs in in delivery %s and hands over the claims of /token", async (delivery) => {
    const page = await openPage(delivery)
    const { claims, nonce } = await library.signIn(page, { hasHook: true })
    expect(claims).toMatchObject({ iss: page.provider.issuer, ctx: "Cust12020", nonce })
  })

  it.each([
    [tony, "2018"],
    [liv, "2022"],
  ] as const)(
    "refreshes %s, with ID Tokens of generation %s, again and again in delivery sealed",
    async (user, generation) => {
      const page = await openPage("sealed")
      page.provider.generation = generation
      const options = { user, hasHook: true }
      const first = await library.signIn(page, options)
      const second = await library.refresh(page, first.refreshToken, options)
      const third = await library.refresh(page, second.refreshToken, options)
      expect(new Set([first, second, third].map(({ accessToken }) => accessToken)).size).toBe(3)
      expect(third.claims).toMatchObject({ ctx: user.split("/")[0] })
      expect(third.claims).not.toHaveProperty("system_token")
    },
  )

  it.each(["cookie", "partitioned"] as const)(
    "cannot refresh in delivery %s, where the page posts the header itself",
    async (delivery) => {
      const page = await openPage(delivery)
      expect((await library.signIn(page, { hasHook: true })).refreshToken).toBeUndefined()
      expect(library.codeOf(await failureOf(library.refresh(page, "in-the-cookie")))).toBe("request_invalid")
      expect(await page.refreshWithCookie()).toMatchObject({ claims: { ctx: "Cust12020" } })
    },
  )

  it("carries our error code in its error", async () => {
    const page = await openPage("sealed")
    expect(library.codeOf(await failureOf(library.refresh(page, "not-ours")))).toBe("session_expired")
  })
})

describe.each(named(oauth4webapi, openidClient))(
  "%s, told to validate the ID Token too,",
  (_name, library) => {
    const validates = { expectsIdToken: true }

    it("reads its claims, and verifies its signature where the key set has the token's kid", async () => {
      const page = await openPage("sealed")
      const { ownClaims, nonce } = await library.signIn(page, { ...validates, verifiesSignature: true })
      expect(ownClaims).toMatchObject({ iss: page.provider.issuer, sub: "tony@example.com", nonce })
      expect(ownClaims).not.toHaveProperty("ctx")
    })

    it.each(["x5t", "absent"] as const)(
      "finds no key when the key set has its kid in the form %s",
      async (keyIds) => {
        const page = await openPage("sealed")
        page.provider.keyIds = keyIds
        const signIn = library.signIn(page, { ...validates, verifiesSignature: true })
        await expect(signIn).rejects.toMatchObject({ code: "OAUTH_KEY_SELECTION_FAILED" })
      },
    )

    it.each([
      [
        "of the 2018 generation, whose iat is a string",
        "2018",
        tony,
        'unexpected JWT "iat" (issued at) claim type',
      ],
      [
        "that is withheld for its system token",
        "2022",
        liv,
        '"response" body "id_token" property must be a string',
      ],
    ] as const)("refuses an answer whose ID Token is one %s", async (_what, generation, user, message) => {
      const page = await openPage("sealed")
      page.provider.generation = generation
      expect(innermost(await failureOf(library.signIn(page, { ...validates, user })))).toMatchObject({
        message,
      })
    })
  },
)

describe.each(named(oauth4webapi, openidClient))("%s, told to expect no ID Token,", (_name, library) => {
  it("does without one that is withheld, but refuses one with a nonce", async () => {
    const page = await openPage("sealed")
    const { accessToken, ownClaims } = await library.signIn(page, { user: liv })
    expect([typeof accessToken, ownClaims]).toEqual(["string", undefined])
    expect(innermost(await failureOf(library.signIn(page)))).toMatchObject({
      code: "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
    })
  })

  it("leaves the nonce to /token, which answers identity_mismatch for a wrong one", async () => {
    const page = await openPage("sealed")
    const options = { nonceForToken: "another", hasHook: true }
    const error = await failureOf(library.signIn(page, options))
    expect(error).toMatchObject({ error: "invalid_grant" })
    expect(library.codeOf(error)).toBe("identity_mismatch")
  })
})

describe("@badgateway/oauth2-client, once the access token has expired,", () => {
  /** Signs in, and renews what has expired. */
  async function renew(page: Page, getNewToken: (client: OAuth2Client) => OAuth2Token | null) {
    const { client, token } = await badgatewaySignIn(page)
    const session = new OAuth2Fetch({
      client,
      getStoredToken: () => ({ ...token, expiresAt: Date.now() - 1 }),
      getNewToken: () => getNewToken(client),
      scheduleRefresh: false,
    })
    const accessToken = await session.getAccessToken()
    expect(accessToken).toMatch(/^8A:Cust12020\./)
    expect(accessToken).not.toBe(token.accessToken)
  }

  it("renews by itself in delivery sealed", async () => {
    const getNewToken = vi.fn(() => null)
    await renew(await openPage("sealed"), getNewToken)
    expect(getNewToken).not.toHaveBeenCalled()
  })

  it("renews in delivery cookie when its getNewToken draws on the cookie", async () => {
    const page = await openPage("cookie")
    const { client, token } = await badgatewaySignIn(page)
    await expect(client.refreshToken(token)).rejects.toThrow("This token didn't have a refreshToken")
    await renew(page, (own) => own.tokenResponseToOAuth2Token(page.refreshWithCookie() as never) as never)
  })
})

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function named(...libraries: readonly NodeLibrary[]) {
  return libraries.map((library) => [library.name, library] as const)
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error
}
