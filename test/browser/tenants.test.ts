import type { Frame, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut, needs } from "../support/browser.ts"
import { emailOf, isSignedIn, isSignedOut, message, openApp, refresh, signIn, type App } from "./app.ts"
import { openPanel, panelIn, signInThroughPopUp, type PanelOptions } from "./panel.ts"

const schemes = ["http", "https"] as const
const cookieDeliveries = ["cookie", "partitioned"] as const

const anna = "Cust12020/anna"
const liv = "Cust26759/liv"

/** Over https, both users have the same e-mail address. */
const everywhere = cookieDeliveries.flatMap(
  (delivery) =>
    [
      { delivery, scheme: "http", users: [anna, liv] },
      { delivery, scheme: "https", users: ["Cust12020/tony", "Cust26759/tony"] },
    ] as const,
)

describe.skipIf(isLeftOut)(`two tenants in two tabs of one ${engine.name}`, () => {
  it.each(everywhere)(
    "each tab keeps to its tenant over refreshes, reloads and the other's sign-out: $delivery over $scheme",
    async ({ users, ...where }) => {
      const app = await openApp(where)
      const [a, b] = await signInToBoth(app, ...users)
      await journey(
        app,
        { view: () => a, reload: () => a.reload(), user: users[0] },
        { view: () => b, reload: () => b.reload(), user: users[1] },
      )
    },
  )

  it("each tab of delivery sealed has the session of its own tenant", async () => {
    const app = await openApp({ delivery: "sealed" })
    const [a, b] = await signInToBoth(app)
    await a.reload()
    await shows(a, anna)
    await refresh(a)
    await a.getByRole("button", { name: "Sign out" }).click()
    await isSignedOut(a)
    await b.reload()
    await shows(b, liv)
  })

  it.each(["cookie"] as const)(
    "a new tab takes the newest sign-in, and keeps to it when another one follows: %s",
    async (delivery) => {
      const app = await openApp({ delivery })
      const a = app.tab
      await a.goto(app.page.url)
      const b = await app.newTab()
      await signIn(app, a, anna)
      const third = await app.newTab()
      await shows(third, anna)
      await signIn(app, b, liv)
      const fourth = await app.newTab()
      await shows(fourth, liv)
      await third.reload()
      await shows(third, anna)
    },
  )

  it.each(["cookie"] as const)(
    "a tab whose session has ended does not turn to the other tenant: %s",
    async (delivery) => {
      const app = await openApp({ delivery })
      await app.tab.goto(app.page.url)
      const b = await app.newTab()
      await signIn(app, app.tab, anna)
      const second = await app.newTab()
      await shows(second, anna)
      await signIn(app, b, liv)

      await app.tab.getByRole("button", { name: "Sign out" }).click()
      await isSignedOut(app.tab)
      await isSignedOut(second)
      await second.reload()
      await isSignedOut(second)
      await refresh(b)
      await shows(b, liv)

      // A sign-in is what turns it.
      await signIn(app, second, liv)
      await second.reload()
      await shows(second, liv)
    },
  )

  it("a tab whose tenant another user has signed in to hears it at once, and leaves that session alone", async () => {
    const app = await openApp({ delivery: "cookie" })
    const [a, b] = await signInToBoth(app, anna, "Cust12020/tony")
    await isSignedOut(a)
    expect(await message(a)).toContain("Your session has ended in another tab.")
    await refresh(b)
    await shows(b, "Cust12020/tony")
  })

  it.each(["cookie"] as const)(
    "a page that names no tenant gets the newest sign-in, and ends every session when it signs out: %s",
    async (delivery) => {
      const app = await openApp({ delivery })
      const [a, b] = await signInToBoth(app)
      expect(await sessionCookies(app)).toHaveLength(2)
      const post = (name: string) =>
        a.evaluate(
          async ([url]) => {
            const headers = { "content-type": "application/json", "x-csrf": "1" }
            const response = await fetch(String(url), {
              method: "POST",
              credentials: "include",
              headers,
              body: "{}",
            })
            return (await response.json()) as { claims?: { ctx: string }; revoked?: boolean }
          },
          [`${app.stack.url}/${name}`],
        )
      expect((await post("refresh-token")).claims?.ctx).toBe("Cust26759")
      expect((await post("revoke-token")).revoked).toBe(true)
      expect(await sessionCookies(app)).toEqual([])
      await a.reload()
      await isSignedOut(a)
      await b.reload()
      await isSignedOut(b)
    },
  )
})

describe.skipIf(isLeftOut)(`two tenants in the panels of two tabs of one ${engine.name}`, () => {
  it.each(schemes)(
    "each panel keeps to its tenant over refreshes, reloads and the other's sign-out, over %s",
    async (scheme) => {
      const { app, a, b } = await openTwoPanels({ scheme, cookies: "all" })
      await journey(
        app,
        { view: () => panelIn(a), reload: () => a.reload(), user: anna },
        { view: () => panelIn(b), reload: () => b.reload(), user: liv },
      )
    },
  )

  it("a panel that has no sessionStorage keeps to its tenant until a reload, then takes the newest sign-in", async (test) => {
    needs("frames to be denied storage", test)
    const { a, b } = await openTwoPanels({})
    await expect(panelIn(a).evaluate("sessionStorage.length")).rejects.toThrow(/Access is denied/)
    await refresh(panelIn(a))
    await shows(panelIn(a), anna)
    await a.reload()
    await shows(panelIn(a), liv)
    await refresh(panelIn(b))
    await shows(panelIn(b), liv)
  })
})

/** Signs in through the pop-ups of two panels, whose tabs are both open before. */
async function openTwoPanels(where: PanelOptions) {
  const { app, newTab } = await openPanel(where)
  const [a, b] = [app.tab, await newTab()]
  await isSignedOut(panelIn(a))
  await isSignedOut(panelIn(b))
  await signInThroughPopUp(a, anna)
  await signInThroughPopUp(b, liv)
  return { app, a, b }
}

/** A tab, or the panel in it. */
interface Place {
  readonly view: () => Page | Frame
  readonly reload: () => Promise<unknown>
  readonly user: string
}

/** Refreshes and reloads both places, which are signed in, and signs out of the first. */
async function journey(app: App, a: Place, b: Place): Promise<void> {
  const both = async () => {
    await shows(a.view(), a.user)
    await shows(b.view(), b.user)
  }
  await both()
  expect(await sessionCookies(app)).toHaveLength(2)
  for (const place of [a, b]) {
    await refresh(place.view())
    await both()
    await place.reload()
    await both()
  }
  await a.view().getByRole("button", { name: "Sign out" }).click()
  await isSignedOut(a.view())
  await refresh(b.view())
  await shows(b.view(), b.user)
  await b.reload()
  await shows(b.view(), b.user)
  expect(await sessionCookies(app)).toHaveLength(1)
}

/** Signs two tabs in. Both are open before, because a tab that opens later takes the first one's session. */
async function signInToBoth(app: App, first = anna, second = liv): Promise<readonly [Page, Page]> {
  await app.tab.goto(app.page.url)
  const other = await app.newTab()
  await signIn(app, app.tab, first)
  await signIn(app, other, second)
  return [app.tab, other]
}

/** Waits until the page shows the user, in the tenant that the claims name. */
async function shows(view: Page | Frame, user: string): Promise<void> {
  await isSignedIn(view, emailOf(user))
  expect(await view.locator("#tenant-ctx").innerText()).toBe(user.split("/")[0])
}

async function sessionCookies({ context }: App): Promise<readonly string[]> {
  const names = (await context.cookies()).map(({ name }) => name)
  return names.filter((name) => name.startsWith("__Host-so-session-"))
}
