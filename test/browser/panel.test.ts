import { describe, expect, it } from "vitest"
import { isLeftOut } from "../support/browser.ts"
import { choose, isSignedIn, isSignedOut, refresh } from "./app.ts"
import { openPanel, panelIn, signInThroughPopUp } from "./panel.ts"

describe.skipIf(isLeftOut)("the example page as a web panel, in a frame of another site", () => {
  it.each(["http", "https"] as const)(
    "signs in through a pop-up, stays signed in over a reload, refreshes and signs out, over %s",
    async (scheme) => {
      const { app, panel } = await openPanel({ scheme })
      const first = await signInThroughPopUp(app.tab)
      expect(await refresh(panel)).not.toBe(first)
      await app.tab.reload()
      const again = panelIn(app.tab)
      await isSignedIn(again)
      await again.getByRole("button", { name: "Sign out" }).click()
      await isSignedOut(again)
      await app.tab.reload()
      await isSignedOut(panelIn(app.tab))
    },
  )

  it("has its session in a cookie of its own partition, which a tab of its own does not see", async () => {
    const { app, site } = await openPanel({})
    await signInThroughPopUp(app.tab)
    const cookies = await app.context.cookies()
    expect(cookies).toContainEqual(
      expect.objectContaining({
        name: expect.stringMatching(/^__Host-so-session-/) as unknown,
        partitionKey: site,
        httpOnly: true,
        secure: true,
        sameSite: "None",
      }),
    )
    await isSignedOut(await app.newTab())
  })

  it("has no session where the delivery keeps its cookie from other sites", async () => {
    const { app, panel } = await openPanel({ delivery: "cookie" })
    const popUp = app.context.waitForEvent("page")
    await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
    await choose(await popUp)
    await panel.getByRole("alert").waitFor()
    expect(await app.context.cookies()).not.toContainEqual(
      expect.objectContaining({ name: expect.stringMatching(/^__Host-so-session-/) as unknown }),
    )
  })

  it("is refused a frame by the page's policy on a site that it does not name", async () => {
    const { app } = await openPanel({ frameAncestors: ["https://*.superoffice.com"] })
    await expect.poll(() => panelIn(app.tab).url()).toBe("chrome-error://chromewebdata/")
  })
})
