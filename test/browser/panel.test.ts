import { describe, expect, it } from "vitest"
import { users } from "../../local/provider/users.ts"
import { engine, isLeftOut } from "../support/browser.ts"
import { choose, isSignedIn, isSignedOut, message, refresh } from "./app.ts"
import { openPanel, panelIn, signInThroughPopUp } from "./panel.ts"

describe.skipIf(isLeftOut)("the example page as a web panel, in a frame of another site", () => {
  it.each(["http", "https"] as const)(
    "signs in through a pop-up, stays signed in over a reload, refreshes and signs out, over %s",
    { tags: "engines" },
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

  it(
    "has its session in a cookie of its own partition, which a tab of its own does not see",
    { tags: "engines" },
    async () => {
      const { app, site } = await openPanel({})
      await signInThroughPopUp(app.tab)
      const cookies = await app.context.cookies()
      expect(cookies).toContainEqual(
        expect.objectContaining({
          name: expect.stringMatching(/^__Host-so-session-/) as unknown,
          ...engine.partitionOf(site),
          httpOnly: true,
          secure: true,
          sameSite: "None",
        }),
      )
      await isSignedOut(await app.newTab())
    },
  )

  it(
    "is told before the login page that its delivery keeps the cookie from other sites, over http",
    { tags: "engines" },
    async () => {
      const { app, panel } = await openPanel({ delivery: "cookie" })
      await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
      expect(await message(panel)).toContain("cookies_blocked")
      expect(app.watch.urls.filter((url) => url.includes("/oauth/authorize"))).toEqual([])
    },
  )

  it(
    "has no session where the delivery keeps its cookie from other sites, over https",
    { tags: "engines" },
    async () => {
      const { app, panel } = await openPanel({ delivery: "cookie", scheme: "https" })
      const popUp = app.context.waitForEvent("page")
      await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
      await choose(await popUp)
      expect(await message(panel)).toContain("session_expired")
      expect(await app.context.cookies()).not.toContainEqual(
        expect.objectContaining({ name: expect.stringMatching(/^__Host-so-session-/) as unknown }),
      )
    },
  )

  it.each([
    ["blocks", {}],
    ["allows", { cookies: "all" }],
  ] as const)(
    "shows nobody but the tenant and the user that its URL names, in a browser that %s third-party cookies",
    async (_third, browser) => {
      const anna = users.find(({ id }) => id === "Cust12020/anna")
      const query = `?uctx=cust12020&usid=${anna?.associateId ?? ""}`
      const { app, newTab } = await openPanel({ query, ...browser })
      await signInThroughPopUp(app.tab)

      // Liv's sign-in in the same browser is the newest one.
      const other = await newTab("?uctx=Cust26759")
      await signInThroughPopUp(other, "Cust26759/liv")
      await app.tab.reload()
      await isSignedIn(panelIn(app.tab))

      await panelIn(app.tab).getByRole("button", { name: "Sign out" }).click()
      await isSignedOut(panelIn(app.tab))
      const popUp = app.context.waitForEvent("page")
      await panelIn(app.tab).getByRole("button", { name: "Sign in with SuperOffice" }).click()
      await choose(await popUp, "Cust12020/tony")
      expect(await message(panelIn(app.tab))).toContain("identity_mismatch")
      await expect(
        panelIn(app.tab).getByRole("link", { name: "Sign out at SuperOffice" }).getAttribute("href"),
      ).resolves.toMatch(/\/login\/logout$/)
      await app.tab.reload()
      await isSignedOut(panelIn(app.tab))
    },
  )

  it(
    "is refused a frame by the page's policy on a site that it does not name",
    { tags: "engines" },
    async () => {
      const { app } = await openPanel({ frameAncestors: ["https://*.superoffice.com"] })
      await expect.poll(() => panelIn(app.tab).url()).toMatch(engine.refusedFrame)
    },
  )
})
