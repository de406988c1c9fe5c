import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut } from "../support/browser.ts"
import { isSignedIn, isSignedOut, message, openApp, refresh, shownToken, signIn, type App } from "./app.ts"
import { openPanel, signInThroughPopUp } from "./panel.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../../", import.meta.url))
const isInstalled = existsSync(`${root}examples/react/node_modules`)
const isNotInstalled = !isInstalled && !process.env.REQUIRE_BROWSER
if (isNotInstalled) {
  console.log("left out: the React example is not installed: npm ci --prefix examples/react")
}

it.skipIf(isNotInstalled)("the React example has the types that it needs", { timeout: 120_000 }, async () => {
  expect(isInstalled, "npm ci --prefix examples/react").toBe(true)
  await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "examples/react"], { cwd: root })
})

describe.skipIf(isLeftOut || isNotInstalled)(`the React example in ${engine.name}, under StrictMode`, () => {
  it("signs in with one code, refreshes, outlives a reload and signs out", async () => {
    const app = await openApp({ example: "react", delivery: "cookie" })
    const { tab } = app
    const complaints = complaintsOf(app)
    await signIn(app)
    expect(requests(app)).toEqual({ "exchange-code": 1, "refresh-token": 1 })
    expect(new URL(tab.url()).search).toBe("")
    expect(await tab.locator("#tenant-ctx").innerText()).toBe("Cust12020")
    const first = await shownToken(tab)

    const second = await refresh(tab)
    expect(second).not.toBe(first)

    await tab.reload()
    await isSignedIn(tab)
    expect([first, second]).not.toContain(await shownToken(tab))
    expect(requests(app)).toEqual({ "exchange-code": 1, "refresh-token": 3 })

    await tab.getByRole("button", { name: "Sign out" }).click()
    expect(await message(tab)).toContain("You are signed out here.")
    await isSignedOut(tab)
    await tab.reload()
    await isSignedOut(tab)
    expect(await tab.getByRole("alert").count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it("shows in one tab, without a click, that the user signed out in another", async () => {
    const app = await openApp({ example: "react", delivery: "cookie" })
    await signIn(app)
    const second = await app.newTab()
    await isSignedIn(second)
    await second.getByRole("button", { name: "Sign out" }).click()
    await isSignedOut(second)
    expect(await message(app.tab)).toContain("Your session has ended in another tab.")
    await isSignedOut(app.tab)
    await signIn(app)
  })

  it("signs in through a pop-up as a web panel, in a frame of another site", async () => {
    const { app, panel } = await openPanel({ example: "react" })
    const first = await signInThroughPopUp(app.tab)
    expect(await refresh(panel)).not.toBe(first)
  })

  it("says that a code was not used which this tab did not ask for", async () => {
    const app = await openApp({ example: "react", delivery: "cookie" })
    await app.tab.goto(`${app.page.url}/callback?code=a-code-of-somebody-else&state=foreign`)
    expect(await message(app.tab)).toContain("state_mismatch")
    expect(requests(app)).toEqual({ "exchange-code": 0, "refresh-token": 1 })
    await signIn(app)
  })
})

/** How many requests the functions have got so far. Their preflights are not among them. */
function requests({ watch }: App) {
  const count = (path: string): number => watch.urls.filter((url) => url.endsWith(`/${path}`)).length
  return { "exchange-code": count("exchange-code"), "refresh-token": count("refresh-token") }
}

/** What React and the browser complain of about the page itself, as a key that a list lacks, or a blocked script. */
function complaintsOf({ tab, page }: App): readonly string[] {
  const complaints: string[] = []
  tab.on("pageerror", ({ message }) => complaints.push(message))
  tab.on("console", (entry) => {
    const isOfPage = entry.location().url.startsWith(page.url)
    if (isOfPage && ["error", "warning"].includes(entry.type())) complaints.push(entry.text())
  })
  return complaints
}
