import { describe, expect, it } from "vitest"
import { users } from "../../local/provider/users.ts"
import { engine, has, isLeftOut } from "../support/browser.ts"
import { cookiesOf, leftForLogin } from "./app.ts"
import { openNextPanel, openPanel, openPopUp, panelIn, signInThroughPopUp } from "./panel.ts"
import { choose, isSignedIn, isSignedOut, message, press, refresh } from "./user.ts"

describe.skipIf(isLeftOut)("the example page as a web panel, in a frame of another site", () => {
  it(
    "signs in through a pop-up, stays signed in over a reload, refreshes and signs out, over https, with a cookie of its own partition",
    { tags: "engines" },
    async () => {
      const { app, tab, panel } = await openPanel({ scheme: "https" })
      const first = await signInThroughPopUp(tab)
      expect(await refresh(panel)).not.toBe(first)
      expect(await cookiesOf(app.context, "so-session")).toEqual([
        expect.objectContaining({
          ...engine.partitionOf("http://localhost"),
          httpOnly: true,
          secure: true,
          sameSite: "None",
        }),
      ])
      await isSignedOut(await app.newTab())

      await tab.reload()
      await isSignedIn(panelIn(tab))
      await press(panelIn(tab), "Sign out")
      await isSignedOut(panelIn(tab))
      await tab.reload()
      await isSignedOut(panelIn(tab))
    },
  )

  it(
    "is told before the login page that its delivery keeps the cookie from other sites, over http",
    { tags: "engines" },
    async () => {
      const { app, panel } = await openPanel({ delivery: "cookie" })
      await press(panel, "Sign in with SuperOffice")
      expect(await message(panel)).toContain("cookies_blocked")
      expect(leftForLogin(app)).toEqual([])
    },
  )

  it(
    "has no session where the delivery keeps its cookie from other sites, over https",
    { tags: "engines" },
    async () => {
      const { app, tab, panel } = await openPanel({ delivery: "cookie", scheme: "https" })
      await choose(await openPopUp(tab))
      expect(await message(panel)).toContain("session_expired")
      expect(await cookiesOf(app.context, "so-session")).toEqual([])
    },
  )

  it("shows nobody but the tenant and the user that its URL names, also without a sessionStorage", async () => {
    const anna = users.find(({ id }) => id === "Cust12020/anna")
    const { app, tab, panel } = await openPanel({
      query: `?uctx=cust12020&usid=${anna?.associateId ?? ""}`,
    })
    if (has("frames to be denied storage")) {
      await expect(panel.evaluate("sessionStorage.length")).rejects.toThrow(/Access is denied/)
    }
    await signInThroughPopUp(tab)

    // Liv's sign-in in the same browser is the newest one.
    await signInThroughPopUp(await openNextPanel(app, "?uctx=Cust26759"), "Cust26759/liv")
    await tab.reload()
    await isSignedIn(panelIn(tab))

    await press(panelIn(tab), "Sign out")
    await isSignedOut(panelIn(tab))
    await choose(await openPopUp(tab), "Cust12020/tony")
    expect(await message(panelIn(tab))).toContain("identity_mismatch")
    const link = panelIn(tab).getByRole("link", { name: "Sign out at SuperOffice" })
    expect(await link.getAttribute("href")).toMatch(/\/login\/logout$/)
    await tab.reload()
    await isSignedOut(panelIn(tab))
  })

  it(
    "is refused a frame by the page's policy on a site that it does not name",
    { tags: "engines" },
    async () => {
      const { tab } = await openPanel({ frameAncestors: ["https://*.superoffice.com"] })
      await expect.poll(() => panelIn(tab).url()).toMatch(engine.refusedFrame)
    },
  )
})
