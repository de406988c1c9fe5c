import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import { browserForTests, engine, isLeftOut } from "../support/browser.ts"
import type { JsonRecord } from "../support/journey.ts"
import { deliveries, type Delivery } from "./page.ts"

describe.skipIf(isLeftOut)(`oidc-client-ts, in ${engine.name}`, () => {
  it.each(deliveries)(
    "signs in in delivery %s, with the nonce that it asked for",
    { tags: "engines" },
    async (delivery) => {
      const { page, nonceSent } = await openPage({ delivery, settings: { filterProtocolClaims: false } })
      const user = await signIn(page)
      const profile = { sub: "tony@example.com", nonce: nonceSent() }
      expect(user).toMatchObject({ token_type: "Bearer", scope: "openid", profile })
      expect(user.access_token).toMatch(/^8A:Cust12020\./)
    },
  )

  it(
    "renews silently with the refresh token in delivery sealed, when asked",
    { tags: "engines" },
    async () => {
      const { page } = await openPage({ delivery: "sealed" })
      const first = await signIn(page)
      const second = await click(page, "Renew silently", { until: first })
      const third = await click(page, "Renew silently", { until: second })
      const accessTokens = [first, second, third].map((user) => user.access_token)
      expect(new Set(accessTokens).size).toBe(3)
      expect(await page.evaluate("JSON.stringify(sessionStorage)")).toContain(third.refresh_token)
      expect(third).toMatchObject({ profile: { sub: "tony@example.com" } })
    },
  )

  it("renews by itself in delivery sealed, before the access token expires", async () => {
    // A second after sign-in, because tokens are good for an hour.
    const settings = { accessTokenExpiringNotificationTimeInSeconds: 3_599 }
    const { page } = await openPage({ delivery: "sealed", settings })
    const first = await signIn(page)
    const second = await userOtherThan(page, first)
    expect(second.access_token).not.toBe(first.access_token)
  })

  it.each(["cookie", "partitioned"] as const)(
    "has no refresh token in delivery %s, where the page renews with the cookie itself",
    async (delivery) => {
      const settings = { automaticSilentRenew: false, silentRequestTimeoutInSeconds: 1 }
      const { page, context, refreshUrl } = await openPage({ delivery, settings })
      expect(await signIn(page)).not.toHaveProperty("refresh_token")
      expect(await context.cookies()).toContainEqual(
        expect.objectContaining({
          name: expect.stringMatching(/^__Host-so-session-/) as unknown,
          httpOnly: true,
          secure: true,
          sameSite: delivery === "cookie" ? "Strict" : "None",
        }),
      )
      expect(await page.evaluate(renewWithCookie(refreshUrl))).toMatchObject({ claims: { ctx: "Cust12020" } })
      // Left to itself the library tries a frame in the place of a refresh token.
      await page.getByRole("button", { name: "Renew silently" }).click()
      expect(await shownIn(page, "error")).toMatchObject({ message: "IFrame timed out without a response" })
    },
  )

  it("cannot refresh with a cookie even with the header that it can send, because it posts a form", async () => {
    const settings = { extraHeaders: { "X-CSRF": "1" } }
    const { page } = await openPage({ delivery: "cookie", settings, refreshToken: "in-the-cookie" })
    await signIn(page)
    await page.getByRole("button", { name: "Renew silently" }).click()
    expect(await shownIn(page, "error")).toMatchObject({
      name: "ErrorResponse",
      message: "A request that relies on a cookie must be application/json with the header X-CSRF: 1.",
      error: "invalid_request",
    })
  })

  it("reads an ID Token of the 2018 generation without a look at iat or at the signature", async () => {
    const { page, provider } = await openPage({ delivery: "sealed" })
    provider.generation = "2018"
    onTestFinished(() => void (provider.generation = "2022"))
    const user = await signIn(page)
    expect(user).toMatchObject({ profile: { iat: expect.any(String) as unknown } })
    expect(await click(page, "Renew silently", { until: user })).toHaveProperty("access_token")
  })

  it("fails without the ID Token that is withheld for its system token", async () => {
    const { page } = await openPage({ delivery: "sealed" })
    const shown = await signIn(page, { user: "Cust26759/liv", shows: "error" })
    expect(shown).toMatchObject({ name: "InvalidTokenError" })
  })

  it.each(["Cust12020/tony", "Cust26759/liv"])(
    "signs in and renews %s when the page gives it the claims of /token for a profile",
    async (user) => {
      const { page } = await openPage({ delivery: "sealed", takesClaimsOfToken: true })
      const first = await signIn(page, { user })
      expect(first.profile).toMatchObject({ ctx: user.split("/")[0] })
      expect(first.profile).not.toHaveProperty("system_token")
      const second = await click(page, "Renew silently", { until: first })
      expect(second.profile).toMatchObject({ ctx: user.split("/")[0] })
    },
  )

  it("leaves the nonce to /token as well, which refuses a wrong one", async () => {
    const { page } = await openPage({ delivery: "sealed", nonceForToken: "another" })
    const shown = await signIn(page, { shows: "error" })
    expect(shown).toMatchObject({ name: "ErrorResponse", error: "invalid_grant" })
  })
})

interface PageOptions {
  readonly delivery: Delivery
  /** More settings for the library's `UserManager`. */
  readonly settings?: object
  readonly takesClaimsOfToken?: true
  readonly nonceForToken?: string
  /** What the library is made to believe that it has. */
  readonly refreshToken?: string
}

const { browser, closeAfterTest } = browserForTests()

let server: Server
let pageOrigin: string
/** What the page reads when it is loaded. */
let config: object

beforeAll(async () => {
  const library = new URL("../browser/oidc-client-ts.js", import.meta.resolve("oidc-client-ts"))
  const files: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
    "/page.js": ["text/javascript", await readFile(new URL("page/page.js", import.meta.url))],
    "/oidc-client-ts.js": ["text/javascript", await readFile(library)],
    "/": ["text/html", await readFile(new URL("page/index.html", import.meta.url))],
  }
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost")
    const [type = "", content] = files[pathname] ?? files["/"] ?? []
    if (pathname === "/config.json") response.end(JSON.stringify(config))
    else response.writeHead(200, { "content-type": type }).end(content)
  })
  pageOrigin = (await listenOnLoopback(server)).replace("127.0.0.1", "localhost")
})

const stacks = new Map<Delivery, ReturnType<typeof startStackWithProvider>>()
afterAll(async () => {
  await closeServer(server)
  for (const stack of stacks.values()) await (await stack).close()
})

/** The stack of a delivery, which the tests share. */
function stackOf(delivery: Delivery): ReturnType<typeof startStackWithProvider> {
  const env = { REFRESH_TOKEN_DELIVERY: delivery }
  const stack = stacks.get(delivery) ?? startStackWithProvider({ origins: [pageOrigin], env })
  stacks.set(delivery, stack)
  return stack
}

/** Opens the page in a browser that has been nowhere. */
async function openPage({ delivery, settings, ...forPage }: PageOptions) {
  const { url, provider } = await stackOf(delivery)
  const api = new URL(url)
  // The page is on localhost: by this name the functions share its site, by the number they do not.
  if (delivery === "cookie") api.hostname = "localhost"
  config = {
    settings: {
      authority: provider.issuer,
      metadata: {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.url}/login/common/oauth/authorize`,
        token_endpoint: `${api.origin}/token`,
      },
      client_id: provider.clientId,
      redirect_uri: `${pageOrigin}/callback`,
      scope: "openid",
      fetchRequestCredentials: "include",
      ...settings,
    },
    ...forPage,
  }
  const context = await browser().newContext()
  closeAfterTest(() => context.close())
  const page = await context.newPage()
  let nonce: string | null = null
  page.on("request", (request) => {
    if (request.url().startsWith(provider.url)) nonce ??= new URL(request.url()).searchParams.get("nonce")
  })
  await page.goto(pageOrigin)
  return { page, context, provider, refreshUrl: `${api.origin}/refresh-token`, nonceSent: () => nonce }
}

/** Signs in as a person does, by clicking; gives the user as the library has it. */
async function signIn(
  page: Page,
  { user = "Cust12020/tony", shows = "user" }: { user?: string; shows?: "user" | "error" } = {},
): Promise<JsonRecord> {
  await page.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  await page.locator(`input[value="${user}"]`).check()
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((url) => url.pathname === "/" && url.hostname === "localhost")
  return await shownIn(page, shows)
}

async function click(page: Page, name: string, { until }: { until: JsonRecord }): Promise<JsonRecord> {
  await page.getByRole("button", { name }).click()
  return await userOtherThan(page, until)
}

async function userOtherThan(page: Page, previous: JsonRecord): Promise<JsonRecord> {
  const hasNew = page.locator("#user", { hasNotText: String(previous.access_token) })
  await hasNew.waitFor()
  return await shownIn(page, "user")
}

async function shownIn(page: Page, id: "user" | "error"): Promise<JsonRecord> {
  const shown = page.locator(`#${id}`, { hasText: "{" })
  await shown.waitFor()
  return JSON.parse(await shown.innerText()) as JsonRecord
}

/** What the page does itself, because the library cannot. */
function renewWithCookie(refreshUrl: string): string {
  const headers = { "content-type": "application/json", "x-csrf": "1" }
  const init = { method: "POST", credentials: "include", headers, body: "{}" }
  return `fetch("${refreshUrl}", ${JSON.stringify(init)}).then((answer) => answer.json())`
}
