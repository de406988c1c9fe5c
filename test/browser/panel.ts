import { createServer } from "node:http"
import type { Frame, Page } from "playwright-core"
import { expect } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import type { ExampleName } from "../../local/page/assets.ts"
import type { AllowedCookies } from "../support/browser.ts"
import { choose, closeAfterTest, emailOf, isSignedIn, openApp, shownToken, type Scheme } from "./app.ts"

export interface PanelOptions {
  readonly example?: ExampleName
  readonly scheme?: Scheme
  readonly delivery?: "cookie"
  readonly frameAncestors?: readonly string[]
  readonly cookies?: AllowedCookies
  /** The query of the panel's URL. */
  readonly query?: string
}

/** Shows the example page in a frame of a site of its own, as SuperOffice shows web panels. */
export async function openPanel({ delivery, query = "", ...options }: PanelOptions) {
  let address = ""
  const server = createServer(({ url = "" }, response) => {
    const { search } = new URL(url, site)
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(
        `<!doctype html><title>Another site</title><iframe src="${address}/${search}" width=900 height=900></iframe>`,
      )
  })
  // Loopback by its name is another site than by its number.
  const site = `http://localhost:${new URL(await listenOnLoopback(server)).port}/`
  closeAfterTest(() => closeServer(server))
  const app = await openApp({
    delivery: delivery ?? "partitioned",
    frameAncestors: [new URL(site).origin],
    ...options,
  })
  address = app.page.url
  await app.tab.goto(site + query)
  const newTab = async (itsQuery = ""): Promise<Page> => {
    const tab = await app.context.newPage()
    await tab.goto(site + itsQuery)
    return tab
  }
  return { app, panel: panelIn(app.tab), site: new URL(site).protocol + "//localhost", newTab }
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
