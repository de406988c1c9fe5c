import type { BrowserContext } from "playwright-core"
import { describe, expect, it } from "vitest"
import { isLeftOut } from "../support/browser.ts"
import { choose, isSignedIn, isSignedOut, message, openApp, signIn } from "./app.ts"
import { openPanel } from "./panel.ts"

describe.skipIf(isLeftOut)("a sign-in through a pop-up in Chromium", () => {
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
    // Without a click, Chromium opens no window.
    const devTools = await app.context.newCDPSession(panel)
    await devTools.send("Runtime.evaluate", {
      expression: submitWithoutClick,
      userGesture: false,
      awaitPromise: true,
    })
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

describe.skipIf(isLeftOut)("a Chromium whose user blocks all cookies", () => {
  it.each(["cookie", "partitioned"] as const)(
    "is told so before the user leaves for the login page: %s",
    async (delivery) => {
      const app = await openApp({ delivery, cookies: "none" })
      await app.tab.goto(app.page.url)
      await app.tab.getByRole("button", { name: "Sign in with SuperOffice" }).click()
      expect(await message(app.tab)).toContain("cookies_blocked")
      expect(app.watch.urls.filter((url) => url.includes("/oauth/authorize"))).toEqual([])
    },
  )
})

/** A click is worth a window for some seconds, and Playwright's own calls count as clicks. */
const submitWithoutClick = `new Promise((resolve) => {
  const timer = setInterval(() => {
    if (navigator.userActivation.isActive) return
    clearInterval(timer)
    document.getElementById("sign-in").requestSubmit()
    resolve()
  }, 100)
})`

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
