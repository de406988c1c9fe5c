import type { BrowserContext } from "playwright-core"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut, needs } from "../support/browser.ts"
import { leftForLogin, openApp } from "./app.ts"
import { openPanel, openPopUp, panelIn, signInThroughPopUp } from "./panel.ts"
import { message, press } from "./user.ts"

describe.skipIf(isLeftOut)(`a sign-in through a pop-up in ${engine.name}`, { tags: "engines" }, () => {
  it("that the user closes is told as such, and another one succeeds", async () => {
    const { tab, panel } = await openPanel()
    const popUp = await openPopUp(tab)
    await popUp.getByRole("button", { name: "Sign in", exact: true }).waitFor()
    await popUp.close()
    expect(await message(panel)).toContain("pop_up_closed")
    await signInThroughPopUp(tab)
  })

  it("that a login page's Cross-Origin-Opener-Policy cuts off is told as such", async () => {
    const { app, tab, panel } = await openPanel()
    await isolateLoginPage(app.context)
    const popUp = await openPopUp(tab)
    await popUp.getByRole("button", { name: "Sign in", exact: true }).waitFor()
    // Headless, every window has the focus. With a window manager the pop-up alone has it (docs/browser.md).
    await panel.evaluate("document.hasFocus = () => false")
    expect(await message(panel)).toContain("pop_up_cut_off")
    expect(popUp.isClosed()).toBe(false)
  })

  it("that the browser blocks is told as such, and the user stays where she is", async () => {
    const { tab } = await openPanel()
    await tab.addInitScript(submitWithoutClick)
    const submitted = tab.waitForEvent("console", { predicate: (entry) => entry.text() === "submitted" })
    await tab.reload()
    await submitted
    expect(await message(panelIn(tab))).toContain("pop_up_blocked")
  })
})

describe.skipIf(isLeftOut)(`a ${engine.name} whose user blocks cookies`, { tags: "engines" }, () => {
  it("all of them, is told so before the user leaves for the login page", async () => {
    const app = await openApp({ delivery: "cookie", cookies: "none" })
    await press(app.tab, "Sign in with SuperOffice")
    expect(await message(app.tab)).toContain("cookies_blocked")
    expect(leftForLogin(app)).toEqual([])
  })

  it("of other sites, is told so before a panel shows the login page", async (test) => {
    needs("partitioned cookies to be blocked with those of other sites", test)
    const { app, panel } = await openPanel({ cookies: "first-party" })
    await press(panel, "Sign in with SuperOffice")
    expect(await message(panel)).toContain("cookies_blocked")
    expect(leftForLogin(app)).toEqual([])
  })
})

/** Without a click: Playwright's own calls count as clicks, which are worth a window for some seconds in Firefox. */
const submitWithoutClick = `if (parent !== window) {
  const timer = setInterval(() => {
    if (navigator.userActivation.isActive || document.getElementById("signed-out")?.hidden !== false) return
    clearInterval(timer)
    document.getElementById("sign-in").requestSubmit()
    console.log("submitted")
  }, 20)
}`

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
