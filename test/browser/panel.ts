import type { Frame, Page } from "playwright-core"
import { afterAll, beforeAll, expect } from "vitest"
import { openBrowser, type App, type AppOptions } from "./app.ts"
import { startFramingSite } from "./framing-site.ts"
import { choose, emailOf, isSignedIn, press, shownToken } from "./user.ts"

export interface PanelOptions extends Partial<AppOptions> {
  /** The query of the panel's URL. */
  readonly query?: string
}

/** One site for the tests of a file, because a stack knows the sites that may show its page. */
let site: Awaited<ReturnType<typeof startFramingSite>>
let address = ""
beforeAll(async () => {
  site = await startFramingSite(() => address)
})
afterAll(() => site.close())

/** Shows the example page in a frame of another site. */
export async function openPanel({ query = "", ...options }: PanelOptions = {}) {
  const app = await openBrowser({ delivery: "partitioned", frameAncestors: [site.origin], ...options })
  address = app.page.url
  await app.tab.goto(site.origin + query)
  return { app, tab: app.tab, panel: panelIn(app.tab) }
}

/** One more tab of the same browser, with the page in a frame. */
export async function openNextPanel({ context }: App, query = ""): Promise<Page> {
  const tab = await context.newPage()
  await tab.goto(site.origin + query)
  return tab
}

/** The panel that a tab shows now: a reload of the tab replaces it. */
export function panelIn(tab: Page): Frame {
  const panel = tab.frames().find((frame) => frame !== tab.mainFrame())
  if (!panel) throw new Error("the page has no frame")
  return panel
}

/** Begins a sign-in, and gives the pop-up with the login page. */
export async function openPopUp(tab: Page): Promise<Page> {
  const opened: Promise<Page> = tab.context().waitForEvent("page")
  await press(panelIn(tab), "Sign in with SuperOffice")
  return await opened
}

/** Gives the access token that the panel shows then. */
export async function signInThroughPopUp(tab: Page, user = "Cust12020/anna"): Promise<string> {
  const popUp = await openPopUp(tab)
  await choose(popUp, user)
  await isSignedIn(panelIn(tab), emailOf(user))
  expect(popUp.isClosed()).toBe(true)
  return await shownToken(panelIn(tab))
}
