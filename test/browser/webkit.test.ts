import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { makeCertificate } from "../../harness/certificate.ts"
import { startExample } from "../../local/example.ts"
import { openWebKit, startScreen, type Screen, type WebKit } from "../support/engines/webkit.ts"
import { startFramingSite } from "./framing-site.ts"

const isLeftOut = process.env.BROWSER !== "webkit"

const closers: (() => Promise<void>)[] = []
let screen: Screen | undefined

describe.skipIf(isLeftOut)("the example page in WebKit", () => {
  // Each step has a time limit of its own.
  vi.setConfig({ testTimeout: 120_000 })
  beforeAll(async () => {
    screen = await startScreen()
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  afterAll(() => screen?.close())

  it.each([
    { delivery: "cookie", scheme: "https" },
    // The cookie's partition does not matter where it is no third-party cookie.
    { delivery: "partitioned", scheme: "https" },
    { delivery: "sealed", scheme: "http" },
  ] as const)(
    "signs in, refreshes, outlives a reload and signs out: $delivery over $scheme",
    async (options) => {
      const tab = await openTab(options)
      await tab.click(button("Sign in with SuperOffice"))
      await choose(tab)
      await isSignedIn(tab)
      expect(new URL(await tab.url()).search).toBe("")
      await refresh(tab)
      await tab.click(button("Call SuperOffice"))
      await tab.see("//*[normalize-space()='SuperOffice knows you as anna@example.com.']")
      await tab.click(button("Call the API"))
      await tab.see("//*[normalize-space()='The API knows you as associate 2 of Cust12020.']")
      await tab.reload()
      await isSignedIn(tab)
      await tab.click(button("Sign out"))
      expect(await message(tab)).toContain("You are signed out here.")
      await tab.reload()
      await isSignedOut(tab)
    },
  )

  it("signs in through a pop-up as a web panel, refreshes, outlives a reload and signs out: sealed", async () => {
    const panel = await openPanel({ delivery: "sealed", scheme: "https" })
    await panel.click(button("Sign in with SuperOffice"))
    await panel.inPopUp(() => choose(panel))
    await isSignedIn(panel)
    await refresh(panel)
    await panel.reload()
    await isSignedIn(panel)
    await panel.click(button("Sign out"))
    await isSignedOut(panel)
    await panel.reload()
    await isSignedOut(panel)
  })

  // What Debian's WebKit keeps no cookie of. When that changes, so does the table in docs/browser.md.
  it.each([
    ["over http", () => openTab({ delivery: "cookie", scheme: "http" })],
    [
      "of functions on another site",
      () => openTab({ delivery: "partitioned", scheme: "https", api: "localhost" }),
    ],
    ["in a web panel", () => openPanel({ delivery: "partitioned", scheme: "https" })],
  ])("is told before the login page that the cookie is not kept %s", async (_where, open) => {
    const view = await open()
    const before = await view.url()
    await view.click(button("Sign in with SuperOffice"))
    expect(await message(view)).toContain("cookies_blocked")
    expect(await view.url()).toBe(before)
    expect(await view.windows()).toHaveLength(1)
  })

  it("has no session as a web panel whose delivery keeps its cookie from other sites, over https", async () => {
    const panel = await openPanel({ delivery: "cookie", scheme: "https" })
    await panel.click(button("Sign in with SuperOffice"))
    await panel.inPopUp(() => choose(panel))
    expect(await message(panel)).toContain("session_expired")
  })
})

interface Options {
  readonly delivery: RefreshTokenDelivery
  readonly scheme: "http" | "https"
  /** The host of the API: 127.0.0.1, the page's own, unless given. */
  readonly api?: string
}

/** The example page in a browser that has been nowhere. */
async function openTab(options: Options): Promise<WebKit> {
  const page = await startPage(options)
  const tab = await openBrowser()
  await tab.goto(page)
  return tab
}

/** The same in a frame of another site. */
async function openPanel(options: Options): Promise<WebKit> {
  let page = ""
  const site = await startFramingSite(() => page)
  closers.push(() => site.close())
  page = await startPage(options, [site.origin])
  const panel = await openBrowser()
  await panel.gotoFrameOf(site.origin)
  return panel
}

/** Starts the example and gives the page's address. */
async function startPage(
  { delivery, scheme, api = "127.0.0.1" }: Options,
  frameAncestors: readonly string[] = [],
) {
  const example = await startExample({
    delivery,
    frameAncestors,
    hostNames: { page: "127.0.0.1", api },
    ...(scheme === "https" && { tls: makeCertificate(["127.0.0.1", "localhost"]) }),
  })
  closers.push(() => example.close())
  return example.page.url
}

async function openBrowser(): Promise<WebKit> {
  if (!screen) throw new Error("the screen was not started")
  const browser = await openWebKit(screen.name)
  closers.push(() => browser.close())
  return browser
}

/** Chooses on the login page. */
async function choose(browser: WebKit): Promise<void> {
  await browser.click("//input[@value='Cust12020/anna']")
  await browser.click(button("Sign in"))
}

async function isSignedIn(browser: WebKit): Promise<void> {
  await browser.see("//h1[normalize-space()='anna@example.com']")
}

async function isSignedOut(browser: WebKit): Promise<void> {
  await browser.see(button("Sign in with SuperOffice"))
}

/** Refreshes by the page's button, until another token is shown. */
async function refresh(browser: WebKit): Promise<void> {
  const before = await browser.text("//*[@id='token']")
  await browser.click(button("Refresh now"))
  await browser.see(`//*[@id='token' and normalize-space()!='${before}']`)
}

/** What the page tells the user, with the code. */
async function message(browser: WebKit): Promise<string> {
  return await browser.text("//*[@role='alert']")
}

function button(name: string): string {
  return `//button[normalize-space()='${name}']`
}
