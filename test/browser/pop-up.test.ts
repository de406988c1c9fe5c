import type { BrowserContext } from "playwright-core"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut, needs } from "../support/browser.ts"
import { choose, isSignedIn, isSignedOut, message, openApp, signIn } from "./app.ts"
import { openPanel } from "./panel.ts"

describe.skipIf(isLeftOut)(`a sign-in through a pop-up in ${engine.name}`, { tags: "engines" }, () => {
  it("that the user closes is told as such, and another one succeeds", async () => {
    const { app, panel, popUp } = await openPopUp()
    await popUp.close()
    expect(await message(panel)).toContain("pop_up_closed")
    const next = app.context.waitForEvent("page")
    await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
    await choose(await next)
    await isSignedIn(panel)
  })

  it("that a login page's Cross-Origin-Opener-Policy cuts off is told as such", async () => {
    const { panel, popUp } = await openPopUp(isolateLoginPage)
    // Headless, every window has the focus. With a window manager the pop-up alone has it (docs/browser.md).
    await panel.evaluate("document.hasFocus = () => false")
    expect(await message(panel)).toContain("pop_up_cut_off")
    expect(popUp.isClosed()).toBe(false)
  })

  it("that the browser blocks is told as such, and the user stays where she is", async () => {
    const { app, panel } = await openPanel({})
    await isSignedOut(panel)
    const submitted = app.tab.waitForEvent("console", { predicate: (entry) => entry.text() === "submitted" })
    await panel.evaluate(submitWithoutClick)
    await submitted
    expect(await message(panel)).toContain("pop_up_blocked")
  })

  it("in a window that another site opened goes on as a page", async () => {
    const { app } = await openPanel({})
    const opened = app.context.waitForEvent("page")
    await app.tab.evaluate(`void open(${JSON.stringify(app.page.url)})`)
    const window = await opened
    await isSignedOut(window)
    expect(await window.evaluate("opener !== null")).toBe(true)
    await signIn(app, window)
    expect(window.isClosed()).toBe(false)
  })
})

describe.skipIf(isLeftOut)(`a ${engine.name} whose user blocks cookies`, { tags: "engines" }, () => {
  it.each(["cookie", "partitioned"] as const)(
    "all of them, is told so before the user leaves for the login page: %s",
    async (delivery) => {
      const app = await openApp({ delivery, cookies: "none" })
      await app.tab.goto(app.page.url)
      await app.tab.getByRole("button", { name: "Sign in with SuperOffice" }).click()
      expect(await message(app.tab)).toContain("cookies_blocked")
      expect(app.watch.urls.filter((url) => url.includes("/oauth/authorize"))).toEqual([])
    },
  )

  it("of other sites, is told so before a panel shows the login page", async (test) => {
    needs("partitioned cookies to be blocked with those of other sites", test)
    const { app, panel } = await openPanel({ cookies: "first-party" })
    await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
    expect(await message(panel)).toContain("cookies_blocked")
    expect(app.watch.urls.filter((url) => url.includes("/oauth/authorize"))).toEqual([])
  })
})

/** A click is worth a window for some seconds, and Playwright's own calls count as clicks. So none is made meanwhile. */
const submitWithoutClick = `{
  const timer = setInterval(() => {
    if (navigator.userActivation.isActive) return
    clearInterval(timer)
    document.getElementById("sign-in").requestSubmit()
    console.log("submitted")
  }, 100)
}`

/** A panel whose user has pressed the button, and the login page in its pop-up. */
async function openPopUp(prepare?: (context: BrowserContext) => Promise<void>) {
  const { app, panel } = await openPanel({})
  await prepare?.(app.context)
  const opened = app.context.waitForEvent("page")
  await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  const popUp = await opened
  await popUp.getByRole("button", { name: "Sign in", exact: true }).waitFor()
  return { app, panel, popUp }
}

/** Lets the provider's pages answer as those of Google and Microsoft may. */
async function isolateLoginPage(context: BrowserContext): Promise<void> {
  await context.route(/\/login\//, async (route) => {
    const response = await route.fetch({ maxRedirects: 0 })
    await route.fulfill({
      response,
      headers: { ...response.headers(), "cross-origin-opener-policy": "same-origin" },
    })
  })
}
