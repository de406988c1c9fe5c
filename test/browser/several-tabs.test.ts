import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut } from "../support/browser.ts"
import { isSignedIn, isSignedOut, message, openApp, shownToken, signIn, type App } from "./app.ts"

const cookieDeliveries = ["cookie", "partitioned"] as const

describe.skipIf(isLeftOut)(`four tabs of one ${engine.name} with one session`, () => {
  it.each(cookieDeliveries)(
    "post one refresh when all need a token, and show its answer: %s (C78)",
    async (delivery) => {
      const app = await openApp({ delivery, scheme: "https" })
      const tabs = await openFour(app)
      const before = refreshesOf(app)
      // In all of them before the first answer arrives.
      await slowDown(app)
      await Promise.all(tabs.map((tab) => tab.getByRole("button", { name: "Refresh now" }).click()))
      for (const tab of tabs) await tab.locator("#refreshes", { hasText: "Refreshed once" }).waitFor()
      expect(refreshesOf(app) - before).toBe(1)
      expect(new Set(await Promise.all(tabs.map((tab) => shownToken(tab)))).size).toBe(1)
    },
  )

  it("post one refresh when the browser reloads all of them (C78)", { tags: "engines" }, async () => {
    const app = await openApp({ delivery: "cookie", scheme: "https" })
    const tabs = await openFour(app)
    const before = refreshesOf(app)
    await slowDown(app)
    await Promise.all(tabs.map((tab) => tab.reload()))
    for (const tab of tabs) await isSignedIn(tab)
    expect(refreshesOf(app) - before).toBe(1)
  })

  it.each(cookieDeliveries)("are all signed out when one of them signs out: %s", async (delivery) => {
    const app = await openApp({ delivery })
    const [first, ...others] = await openFour(app)
    await first.getByRole("button", { name: "Sign out" }).click()
    for (const tab of others) {
      await isSignedOut(tab)
      expect(await message(tab)).toContain("Your session has ended in another tab.")
    }
  })
})

async function openFour(app: App): Promise<readonly [Page, ...Page[]]> {
  await signIn(app)
  const others = [await app.newTab(), await app.newTab(), await app.newTab()]
  for (const tab of others) await isSignedIn(tab)
  return [app.tab, ...others]
}

function refreshesOf({ watch }: App): number {
  return watch.urls.filter((url) => url.endsWith("/refresh-token")).length
}

async function slowDown({ context }: App): Promise<void> {
  await context.route(/\/refresh-token$/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await route.continue()
  })
}
