import { describe, expect, it } from "vitest"
import { engine, has, isLeftOut } from "../support/browser.ts"
import { cookiesOf, openApp, type App, type AppOptions } from "./app.ts"
import { choose, isSignedIn, isSignedOut, leaveForLogin, message } from "./user.ts"
import { press, refresh, shownToken, signIn } from "./user.ts"

describe.skipIf(isLeftOut)(`the example page in ${engine.name}`, () => {
  it.each<[string, AppOptions]>([
    ["cookie over http", { delivery: "cookie" }],
    [
      "partitioned, the functions on another site",
      { delivery: "partitioned", scheme: "https", hostNames: { page: "127.0.0.1", api: "localhost" } },
    ],
    ["sealed over http", { delivery: "sealed" }],
  ])(
    "in delivery %s signs in, refreshes, outlives a reload and signs out, and never has the refresh token, the client secret or the login cookie's verifier within a page's reach",
    { tags: "engines" },
    async (_where, options) => {
      const app = await openApp(options)
      const { tab, context } = app
      const secrets: unknown[] = [app.clientSecret]
      if (has("answers to be held")) await app.watch.follow(tab)
      await leaveForLogin(tab)
      if (options.delivery !== "sealed") secrets.push((await app.open("so-login")).code_verifier)
      await choose(tab)
      await isSignedIn(tab)
      expect(new URL(tab.url()).search).toBe("")
      await expect(claim(app, "ctx")).resolves.toContain("Cust12020")
      // Safari lets a page on https call nothing on http, loopback included.
      expect(await claim(app, "webapi_url")).toContain(`${new URL(app.page.url).protocol}//127.0.0.1`)
      secrets.push((await app.open("so-session")).refresh_token)
      const first = await shownToken(tab)
      const second = await refresh(tab)
      expect(second).not.toBe(first)
      await press(tab, "Call SuperOffice")
      await tab.getByText("SuperOffice knows you as anna@example.com.").waitFor()
      await tab.reload()
      await isSignedIn(tab)
      const third = await shownToken(tab)
      expect([first, second]).not.toContain(third)

      const reach = await app.watch.everything()
      for (const secret of secrets) {
        expect(secret).toEqual(expect.stringMatching(/.{20}/))
        expect(formsOf(String(secret)).filter((form) => reach.includes(form))).toEqual([])
      }
      // What a page is meant to have is found in the same place, so that looking there means something.
      if (has("answers to be held")) expect(reach).toContain(third.split("…")[0])

      await press(tab, "Sign out")
      expect(await message(tab)).toContain("You are signed out here.")
      await tab.reload()
      await isSignedOut(tab)
      expect(await tab.evaluate("Object.keys(sessionStorage)")).toEqual([])
      expect(await cookiesOf(context, "so-session")).toEqual([])
      expect(await cookiesOf(context, "so-login")).toEqual([])
    },
  )

  it(
    "keeps the session in a cookie that is the host's own, for no script and for no other site (C37, C38, C39, C40, C41, C42)",
    { tags: "engines" },
    async () => {
      const { tab, context } = await openApp({ delivery: "cookie", scheme: "https" })
      await signIn(tab)
      const [cookie, ...others] = await cookiesOf(context, "so-session")
      expect(others).toEqual([])
      expect(cookie?.name).toMatch(/^__Host-so-session-[0-9a-f]{8}-[0-9a-f]{8}$/)
      const flags = { httpOnly: true, secure: true, sameSite: "Strict" }
      expect(cookie).toMatchObject({ domain: "127.0.0.1", path: "/", ...flags })
      expect(await tab.evaluate("document.cookie")).toBe("")
    },
  )

  it("finishes sign-ins that two tabs began, the later first (C19)", async () => {
    const app = await openApp({ delivery: "cookie" })
    const { tab, context } = app
    await leaveForLogin(tab)
    const second = await app.newTab()
    await leaveForLogin(second)
    await choose(second, "Cust12020/tony")
    await isSignedIn(second, "tony@example.com")
    // The provider has remembered the user meanwhile.
    await choose(tab, "Cust12020/tony")
    await isSignedIn(tab, "tony@example.com")
    expect(await cookiesOf(context, "so-login")).toEqual([])
  })

  it("keeps its session while SuperOffice rejects it, and asks to sign in when the session is gone (C45)", async () => {
    const { tab, context, provider, clientSecret } = await openApp({ delivery: "cookie" })
    await signIn(tab)
    provider.replaceClientSecret("one-that-secrets-manager-does-not-hold-yet")
    await press(tab, "Refresh now")
    expect(await message(tab)).toContain("Code: grant_rejected")
    provider.replaceClientSecret(clientSecret)
    await tab.reload()
    await isSignedIn(tab)

    await context.clearCookies()
    await press(tab, "Refresh now")
    expect(await message(tab)).toContain("session_expired")
    await signIn(tab)
  })
})

/** A claim's row. */
function claim({ tab }: App, name: string): Promise<string> {
  return tab.locator("#claims tr", { hasText: name }).innerText()
}

/** How a value may be written down. */
function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString("base64").replace(/=+$/, "")
  return [value, encodeURIComponent(value), base64, Buffer.from(value).toString("base64url")]
}
