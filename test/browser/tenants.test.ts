import type { Frame, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut } from "../support/browser.ts"
import { cookiesOf, openApp } from "./app.ts"
import { openNextPanel, openPanel, panelIn, signInThroughPopUp } from "./panel.ts"
import { emailOf, isSignedIn, isSignedOut, message, press, refresh, signIn } from "./user.ts"

const anna = "Cust12020/anna"
const liv = "Cust26759/liv"

describe.skipIf(isLeftOut)(`two tenants in one ${engine.name}:`, () => {
  it("each tab keeps to its tenant over refreshes, reloads and a sign-out, also if both users have one e-mail address", async () => {
    const [first, second] = ["Cust12020/tony", "Cust26759/tony"]
    const app = await openApp({ delivery: "cookie", scheme: "https" })
    // Both are open before, because a tab that opens later takes the newest session.
    const [a, b] = [app.tab, await app.newTab()]
    await signIn(a, first)
    await signIn(b, second)
    const c = await app.newTab()
    await shows(c, second)
    await keepsTo(first, a)
    await keepsTo(second, b)
    expect(await cookiesOf(app.context, "so-session")).toHaveLength(2)

    await press(b, "Sign out")
    await isSignedOut(c)
    expect(await message(c)).toContain("Your session has ended in another tab.")
    await c.reload()
    await isSignedOut(c)
    await keepsTo(first, a)
    expect(await cookiesOf(app.context, "so-session")).toHaveLength(1)
    await signIn(c, first)
    await shows(c, first)
  })

  it("each tab of delivery sealed has a session of its own", async () => {
    const app = await openApp({ delivery: "sealed" })
    await signIn(app.tab, anna)
    const other = await app.newTab()
    await signIn(other, liv)
    await keepsTo(anna, app.tab)
    await press(app.tab, "Sign out")
    await isSignedOut(app.tab)
    await keepsTo(liv, other)
  })

  it("each panel keeps to its tenant over refreshes, reloads and the other's sign-out, over https", async () => {
    const { app, tab: a } = await openPanel({ scheme: "https", cookies: "all" })
    const b = await openNextPanel(app)
    await isSignedOut(panelIn(b))
    await signInThroughPopUp(a, anna)
    await signInThroughPopUp(b, liv)
    await keepsTo(anna, a, panelIn)
    expect(await cookiesOf(app.context, "so-session")).toHaveLength(2)
    await press(panelIn(a), "Sign out")
    await isSignedOut(panelIn(a))
    await keepsTo(liv, b, panelIn)
    expect(await cookiesOf(app.context, "so-session")).toHaveLength(1)
  })
})

/** A tab, or the panel in it, shows its user after a refresh and after a reload. */
async function keepsTo(
  user: string,
  tab: Page,
  view: (tab: Page) => Page | Frame = () => tab,
): Promise<void> {
  await refresh(view(tab))
  await shows(view(tab), user)
  await tab.reload()
  await shows(view(tab), user)
}

/** Waits until the page shows the user, in the tenant that the claims name. */
async function shows(view: Page | Frame, user: string): Promise<void> {
  await isSignedIn(view, emailOf(user))
  expect(await view.locator("#tenant-ctx").innerText()).toBe(user.split("/")[0])
}
