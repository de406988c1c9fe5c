import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { engine, isLeftOut } from "../support/browser.ts"
import { openBrowser, type App } from "./app.ts"
import { complaintsOf, noSession } from "./complaints.ts"
import { openPanel, signInThroughPopUp } from "./panel.ts"
import { isSignedIn, isSignedOut, message, press, refresh, shownToken, signIn } from "./user.ts"

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
  it("signs in with one code, refreshes, outlives a reload, and hears of a sign-out in another tab", async () => {
    const app = await openBrowser({ example: "react", delivery: "cookie" })
    const { tab, context, page } = app
    const complaints = complaintsOf(context)
    await tab.goto(page.url)
    await signIn(tab)
    expect(tokenRequests(app)).toBe(2)
    expect(new URL(tab.url()).search).toBe("")
    expect(await tab.locator("#tenant-ctx").innerText()).toBe("Cust12020")
    const first = await shownToken(tab)
    const second = await refresh(tab)
    expect(second).not.toBe(first)
    await tab.reload()
    await isSignedIn(tab)
    expect([first, second]).not.toContain(await shownToken(tab))
    expect(tokenRequests(app)).toBe(4)

    const other = await app.newTab()
    await isSignedIn(other)
    await press(other, "Sign out")
    expect(await message(other)).toContain("You are signed out here.")
    expect(await message(tab)).toContain("Your session has ended in another tab.")
    await tab.reload()
    await isSignedOut(tab)
    expect(await tab.getByRole("alert").count()).toBe(0)
    expect(complaints).toEqual([noSession, noSession])
  })

  it("signs in through a pop-up as a web panel, in a frame of another site", async () => {
    const { tab, panel } = await openPanel({ example: "react" })
    const first = await signInThroughPopUp(tab)
    expect(await refresh(panel)).not.toBe(first)
  })
})

/** How often the page has asked for tokens so far: with one code, and for the rest with its session. */
function tokenRequests({ watch }: App): number {
  return watch.urls.filter((url) => url.endsWith("/token")).length
}
