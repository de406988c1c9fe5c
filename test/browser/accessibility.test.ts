import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isLeftOut } from "../support/browser.ts"
import { inspect } from "./accessibility.ts"
import { newBrowser } from "./app.ts"
import { complaintsOf, noSession } from "./complaints.ts"
import { isReactLeftOut, startSite, type Site } from "./site.ts"
import { openSignedOut, states } from "./states.ts"

describe.skipIf(isLeftOut)("at four widths and in both colour schemes,", () => {
  let site: Site
  beforeAll(async () => {
    site = await startSite()
  })
  afterAll(() => site.close())

  for (const state of states) {
    it.skipIf(state.needsReact && isReactLeftOut)(
      `axe, the width and the console say nothing against ${state.name}`,
      async () => {
        const tab = await newBrowser()
        const complaints = complaintsOf(tab.context())
        await state.open(tab, site)
        const { faults, passes } = await inspect(tab)
        expect(faults).toEqual([])
        expect(passes).toBeGreaterThan(10)
        expect(complaints).toEqual(state.complaints ?? [])
      },
    )
  }

  it("axe, the width and the console each tell of a fault that is put into the example page", async () => {
    const tab = await newBrowser()
    const complaints = complaintsOf(tab.context())
    await openSignedOut(tab, site.page)
    await tab.evaluate(`
      document.querySelector("header img").removeAttribute("alt")
      document.querySelector("#tenant-hint").style.color = "#999"
      document.querySelector("#signed-out-title").style.color = "#333"
      document.querySelector("main").style.width = "400px"
      document.querySelector("link[rel=icon]").href = "/no-icon.svg"
    `)
    const { faults } = await inspect(tab)
    expect(faults.filter((fault) => fault.startsWith("light, 320 wide: "))).toEqual([
      expect.stringMatching(/: color-contrast \(serious\) at #tenant-hint: .* contrast of 2\.84 /),
      expect.stringMatching(/: image-alt \(critical\) at img: .* does not have an alt attribute /),
      "light, 320 wide: the page is 80 pixels wider than the window",
    ])
    expect(faults.filter((fault) => fault.startsWith("dark, 1280 wide: "))).toEqual([
      expect.stringMatching(/: color-contrast \(serious\) at #signed-out-title: /),
    ])
    await expect.poll(() => complaints).toEqual([noSession, "/no-icon.svg: 404 (Not Found)"])
  })
})
