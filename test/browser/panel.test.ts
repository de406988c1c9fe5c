import { createServer } from "node:http"
import type { Frame, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { isLeftOut } from "../support/browser.ts"
import {
  choose,
  closeAfterTest,
  isSignedIn,
  isSignedOut,
  openApp,
  refresh,
  shownToken,
  type App,
} from "./app.ts"

describe.skipIf(isLeftOut)("the example page as a web panel, in a frame of another site", () => {
  it.each(["http", "https"] as const)(
    "signs in through a pop-up, stays signed in over a reload, refreshes and signs out, over %s",
    async (scheme) => {
      const { app, panel } = await openPanel({ scheme })
      const first = await signInThroughPopUp(app, panel)
      expect(await refresh(panel)).not.toBe(first)
      await app.tab.reload()
      const again = panelIn(app)
      await isSignedIn(again)
      await again.getByRole("button", { name: "Sign out" }).click()
      await isSignedOut(again)
      await app.tab.reload()
      await isSignedOut(panelIn(app))
    },
  )

  it("has its session in a cookie of its own partition, which a tab of its own does not see", async () => {
    const { app, panel, site } = await openPanel({})
    await signInThroughPopUp(app, panel)
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
    await expect.poll(() => panelIn(app).url()).toBe("chrome-error://chromewebdata/")
  })
})

interface PanelOptions {
  readonly scheme?: "http" | "https"
  readonly delivery?: "cookie"
  readonly frameAncestors?: readonly string[]
}

/** Shows the example page in a frame of a site of its own, as SuperOffice shows web panels. */
async function openPanel({ delivery, ...options }: PanelOptions) {
  let address = ""
  const server = createServer((_request, response) => {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(
        `<!doctype html><title>Another site</title><iframe src="${address}" width=900 height=900></iframe>`,
      )
  })
  // Loopback by its name is another site than by its number.
  const site = `http://localhost:${new URL(await listenOnLoopback(server)).port}`
  closeAfterTest(() => closeServer(server))
  const app = await openApp({ delivery: delivery ?? "partitioned", frameAncestors: [site], ...options })
  address = app.page.url
  await app.tab.goto(site)
  return { app, panel: panelIn(app), site: new URL(site).protocol + "//localhost" }
}

function panelIn({ tab }: App): Frame {
  const panel = tab.frames().find((frame) => frame !== tab.mainFrame())
  if (!panel) throw new Error("the page has no frame")
  return panel
}

/** Gives the access token that the panel shows then. */
async function signInThroughPopUp({ context }: App, panel: Frame): Promise<string> {
  const popUp: Promise<Page> = context.waitForEvent("page")
  await panel.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  const login = await popUp
  await choose(login)
  await isSignedIn(panel)
  expect(login.isClosed()).toBe(true)
  return await shownToken(panel)
}
