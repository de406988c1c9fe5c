import { describe, expect, it } from "vitest"
import { engine, isLeftOut } from "../support/browser.ts"
import { openApp, type App } from "./app.ts"
import { isSignedIn, isSignedOut, message, press, shownToken, signIn } from "./user.ts"

describe.skipIf(isLeftOut)(`four tabs of one ${engine.name} with one session`, { tags: "engines" }, () => {
  it("post one refresh when all need a token or are reloaded, and are all signed out when one signs out (C78)", async () => {
    const app = await openApp({ delivery: "cookie" })
    await signIn(app.tab)
    const others = [await app.newTab(), await app.newTab(), await app.newTab()]
    for (const tab of others) await isSignedIn(tab)
    const tabs = [app.tab, ...others]

    await postsOnce(app, () => Promise.all(tabs.map((tab) => press(tab, "Refresh now"))))
    for (const tab of tabs) await tab.getByText("Refreshed once").waitFor()
    expect(new Set(await Promise.all(tabs.map(shownToken))).size).toBe(1)

    await postsOnce(app, () => Promise.all(tabs.map((tab) => tab.reload())))
    for (const tab of tabs) await isSignedIn(tab)

    await press(app.tab, "Sign out")
    for (const tab of others) {
      await isSignedOut(tab)
      expect(await message(tab)).toContain("Your session has ended in another tab.")
    }
  })
})

/** Does something for which every tab needs a token. The answer comes when one tab has asked and the others wait. */
async function postsOnce({ context, tab, watch }: App, act: () => Promise<unknown>): Promise<void> {
  const posts = () => watch.urls.filter((url) => url.endsWith("/token")).length
  const before = posts()
  let answer: () => void = () => undefined
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve))
  await context.route(/\/token$/, async (route) => {
    await mayAnswer
    await route.continue()
  })
  await act()
  const waiting = "navigator.locks.query().then(({ pending }) => pending.length)"
  await expect.poll(() => tab.evaluate(waiting), { timeout: 10_000 }).toBe(3)
  answer()
  await expect.poll(() => tab.evaluate(waiting), { timeout: 10_000 }).toBe(0)
  await context.unroute(/\/token$/)
  expect(posts() - before).toBe(1)
}
