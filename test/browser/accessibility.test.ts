import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { browserForTests, isLeftOut } from "../support/browser.ts"
import { complaintsOf, inspect } from "./accessibility.ts"
import { isReactLeftOut, openSignedOut, startSite, type Site } from "./site.ts"
import {
  noSession,
  statesOfConsent,
  statesOfPage,
  statesOfProvider,
  statesOfReact,
  statesOfViewer,
} from "./states.ts"

const { browser, closeAfterTest } = browserForTests()

describe.skipIf(isLeftOut)("at four widths, light and dark", () => {
  let site: Site
  beforeAll(async () => {
    site = await startSite()
  })
  afterAll(() => site.close())

  async function newTab() {
    const context = await browser().newContext()
    closeAfterTest(() => context.close())
    return { tab: await context.newPage(), complaints: complaintsOf(context) }
  }

  const ours = [statesOfPage, statesOfReact, statesOfViewer, statesOfProvider, statesOfConsent]
  for (const state of ours.flat()) {
    const needsReact = statesOfReact.includes(state)
    it.skipIf(needsReact && isReactLeftOut)(
      `axe, the width and the console say nothing against ${state.name}`,
      async () => {
        const { tab, complaints } = await newTab()
        await state.open(tab, site)
        const { faults, passes } = await inspect(tab)
        expect(faults).toEqual([])
        expect(passes).toBeGreaterThan(10)
        expect(complaints).toEqual(state.complaints ?? [])
      },
    )
  }

  it("axe, the width and the console each tell of a fault that is put into the example page", async () => {
    const { tab, complaints } = await newTab()
    await openSignedOut(tab, site.page)
    await tab.evaluate(`
      document.querySelector("header img").removeAttribute("alt")
      document.querySelector("#tenant-hint").style.color = "#999"
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
      expect.stringMatching(/: image-alt /),
    ])
    await expect.poll(() => complaints).toEqual([noSession, "/no-icon.svg: 404 (Not Found)"])
  })
})
