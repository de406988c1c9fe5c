import type { Frame, Page } from "playwright-core"
import { expect } from "vitest"
import type { ExampleName } from "../../local/page/assets.ts"
import type { AllowedCookies } from "../support/engines/engine.ts"
import { choose, closeAfterTest, emailOf, isSignedIn, openApp, shownToken, type Scheme } from "./app.ts"
import { startFramingSite } from "./framing-site.ts"

export interface PanelOptions {
  readonly example?: ExampleName
  readonly scheme?: Scheme
  readonly delivery?: "cookie"
  readonly frameAncestors?: readonly string[]
  readonly cookies?: AllowedCookies
  /** The query of the panel's URL. */
  readonly query?: string
}

/** Shows the example page in a frame of another site. */
export async function openPanel({ delivery, query = "", ...options }: PanelOptions) {
  let address = ""
  const site = await startFramingSite(() => address)
  closeAfterTest(() => site.close())
  const app = await openApp({
    delivery: delivery ?? "partitioned",
    frameAncestors: [site.origin],
    ...options,
  })
  address = app.page.url
  await app.tab.goto(site.origin + query)
  const newTab = async (itsQuery = ""): Promise<Page> => {
    const tab = await app.context.newPage()
    await tab.goto(site.origin + itsQuery)
    return tab
  }
  return { app, panel: panelIn(app.tab), site: "http://localhost", newTab }
}

/** The panel that a tab shows now: a reload of the tab replaces it. */
export function panelIn(tab: Page): Frame {
  const panel = tab.frames().find((frame) => frame !== tab.mainFrame())
  if (!panel) throw new Error("the page has no frame")
  return panel
}

/** Gives the access token that the panel shows then. */
export async function signInThroughPopUp(tab: Page, user = "Cust12020/anna"): Promise<string> {
  const panel = panelIn(tab)
  const popUp: Promise<Page> = tab.context().waitForEvent("page")
  await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  const login = await popUp
  await choose(login, user)
  await isSignedIn(panel, emailOf(user))
  expect(login.isClosed()).toBe(true)
  return await shownToken(panel)
}
