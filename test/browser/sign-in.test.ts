import { describe, expect, it } from "vitest"
import { engine, isLeftOut, needs } from "../support/browser.ts"
import {
  choose,
  deliveries,
  isSignedIn,
  isSignedOut,
  leaveForLogin,
  message,
  openApp,
  refresh,
  shownToken,
  signIn,
  type App,
} from "./app.ts"

const everywhere = (["http", "https"] as const).flatMap((scheme) =>
  deliveries.map((delivery) => ({ scheme, delivery })),
)

describe.skipIf(isLeftOut)(`the example page in ${engine.name}`, () => {
  it.each(everywhere)(
    "signs in, refreshes, outlives a reload and signs out: $delivery over $scheme",
    { tags: "engines" },
    async (where) => {
      await fromSignInToSignOut(await openApp(where))
    },
  )

  it(
    "signs in, refreshes, outlives a reload and signs out, where the functions are on another site: partitioned",
    { tags: "engines" },
    async () => {
      // Loopback by its name is another site than by its number.
      const hostNames = { page: "127.0.0.1", api: "localhost" }
      await fromSignInToSignOut(await openApp({ delivery: "partitioned", scheme: "https", hostNames }))
    },
  )

  it.for(everywhere)(
    "never has the refresh token, the client secret or the login cookie's verifier within a page's reach: $delivery over $scheme",
    { tags: "engines" },
    async (where, test) => {
      needs("answers to be held", test)
      const app = await openApp(where)
      const { tab, delivery } = app
      await app.watch.follow(tab)
      await tab.goto(app.page.url)
      await leaveForLogin(tab)
      const login = delivery === "sealed" ? {} : await app.open("so-login")
      await choose(tab)
      await isSignedIn(tab)
      const session = await app.open("so-session")
      await refresh(tab)
      await tab.reload()
      await isSignedIn(tab)

      const secrets = { clientSecret: app.clientSecret, refreshToken: session.refresh_token }
      const known = delivery === "sealed" ? secrets : { ...secrets, verifier: login.code_verifier }
      const reach = await app.watch.everything()
      for (const [name, secret] of Object.entries(known)) {
        expect(secret).toEqual(expect.stringMatching(/.{20}/))
        for (const form of formsOf(String(secret))) expect(reach.includes(form), name).toBe(false)
      }
      // What a page is meant to have is found in the same place, so that looking there means something.
      const [start] = (await shownToken(tab)).split("…")
      expect(reach).toContain(start)
    },
  )

  it.each(["http", "https"] as const)(
    "keeps the session in a cookie that is the host's own, for no script and for no other site, over %s (C37, C38, C39, C40, C41, C42)",
    async (scheme) => {
      const app = await openApp({ delivery: "cookie", scheme })
      await signIn(app)
      expect(await app.context.cookies()).toContainEqual(
        expect.objectContaining({
          name: expect.stringMatching(/^__Host-so-session-[0-9a-f]{8}-[0-9a-f]{8}$/) as unknown,
          domain: "127.0.0.1",
          path: "/",
          httpOnly: true,
          secure: true,
          sameSite: "Strict",
        }),
      )
      expect(await app.tab.evaluate("document.cookie")).toBe("")
    },
  )

  it.each(["cookie", "partitioned"] as const)(
    "is signed in in a second tab, too, until one of them signs out: %s",
    { tags: "engines" },
    async (delivery) => {
      const app = await openApp({ delivery })
      await signIn(app)
      const second = await app.newTab()
      await isSignedIn(second)
      await second.getByRole("button", { name: "Sign out" }).click()
      await isSignedOut(second)
      await isSignedOut(app.tab)
      expect(await message(app.tab)).toContain("Your session has ended in another tab.")
    },
  )

  it("has a session of its own in each tab of delivery sealed", async () => {
    const app = await openApp({ delivery: "sealed" })
    await signIn(app)
    const second = await app.newTab()
    await isSignedOut(second)
    await signIn(app, second)
    await app.tab.getByRole("button", { name: "Sign out" }).click()
    await isSignedOut(app.tab)
    await refresh(second)
  })

  it.each(deliveries)(
    "finishes sign-ins that two tabs began, the later first: %s (C19)",
    async (delivery) => {
      const app = await openApp({ delivery })
      await app.tab.goto(app.page.url)
      await leaveForLogin(app.tab)
      const second = await app.newTab()
      await leaveForLogin(second)
      await choose(second, "Cust12020/tony")
      await isSignedIn(second, "tony@example.com")
      // The provider has remembered the user meanwhile.
      await choose(app.tab, "Cust12020/tony")
      await isSignedIn(app.tab, "tony@example.com")
      const logins = (await app.context.cookies()).filter(({ name }) => name.startsWith("__Host-so-login-"))
      expect(logins).toEqual([])
    },
  )

  it.each(deliveries)("says that a sign-in was cancelled, and can begin another: %s", async (delivery) => {
    const app = await openApp({ delivery })
    await app.tab.goto(app.page.url)
    await leaveForLogin(app.tab)
    const authorization = app.watch.urls.find((url) => url.includes("/oauth/authorize"))
    const state = new URL(authorization ?? "").searchParams.get("state") ?? ""
    await app.tab.goto(`${app.page.url}/callback?error=access_denied&state=${state}`)
    expect(await message(app.tab)).toContain("sign_in_cancelled")
    await leaveForLogin(app.tab)
    await choose(app.tab)
    await isSignedIn(app.tab)
  })

  it.each(deliveries)(
    "does not use a code that this tab did not ask for: %s (C17, C19)",
    async (delivery) => {
      const app = await openApp({ delivery })
      await app.tab.goto(`${app.page.url}/callback?code=a-code-of-somebody-else&state=foreign`)
      expect(await message(app.tab)).toContain("state_mismatch")
      expect(app.watch.urls.filter((url) => url.endsWith("/exchange-code"))).toEqual([])
      expect(new URL(app.tab.url()).search).toBe("")
    },
  )
})

async function fromSignInToSignOut(app: App): Promise<void> {
  const { tab } = app
  await signIn(app)
  expect(new URL(tab.url()).search).toBe("")
  await expect(tab.locator("#claims tr", { hasText: "ctx" }).innerText()).resolves.toContain("Cust12020")
  // Safari lets a page on https call nothing on http, loopback included.
  const restApi = tab.locator("#claims tr", { hasText: "webapi_url" })
  expect(await restApi.innerText()).toContain(`${new URL(tab.url()).protocol}//127.0.0.1`)
  const first = await shownToken(tab)

  const second = await refresh(tab)
  expect(second).not.toBe(first)
  await tab.getByRole("button", { name: "Call SuperOffice" }).click()
  await tab.getByText("SuperOffice knows you as anna@example.com.").waitFor()

  await tab.reload()
  await isSignedIn(tab)
  expect([first, second]).not.toContain(await shownToken(tab))

  await tab.getByRole("button", { name: "Sign out" }).click()
  expect(await message(tab)).toContain("You are signed out here.")
  await tab.reload()
  await isSignedOut(tab)
  expect(await kept(app)).toEqual([])
}

/** How a value may be written down. */
function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString("base64").replace(/=+$/, "")
  return [value, encodeURIComponent(value), base64, Buffer.from(value).toString("base64url")]
}

/** The names of what the browser still keeps of the functions' and the page's. */
async function kept({ context, tab }: App): Promise<readonly string[]> {
  const cookies = (await context.cookies()).map(({ name }) => name).filter((name) => name.includes("so-"))
  return [...cookies, ...(await tab.evaluate<string[]>("Object.keys(sessionStorage)"))]
}
