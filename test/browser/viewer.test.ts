import { describe, expect, it } from "vitest"
import { makeCertificate } from "../../local/certificate.ts"
import { startExample } from "../../local/example.ts"
import { operations } from "../openapi/document.ts"
import { browserForTests, isLeftOut } from "../support/browser.ts"

const { browser, closeAfterTest } = browserForTests()

async function openViewer(scheme: "http" | "https") {
  const tls = scheme === "https" && makeCertificate(["127.0.0.1"])
  const example = await startExample({ delivery: "cookie", ...(tls && { tls }) })
  closeAfterTest(() => example.close())
  const context = await browser().newContext({ ignoreHTTPSErrors: true })
  closeAfterTest(() => context.close())
  const tab = await context.newPage()
  const requested = new Set<string>()
  const complaints: string[] = []
  tab.on("request", (request) => requested.add(new URL(request.url()).origin))
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text())
  })
  await tab.goto(`${example.page.url}/docs`)
  return { tab, example, requested, complaints }
}

describe.skipIf(isLeftOut).each(["http", "https"] as const)("the viewer of the API over %s", (scheme) => {
  it("shows every operation, and all that it loads comes from its own origin", async () => {
    const { tab, example, requested, complaints } = await openViewer(scheme)
    await tab
      .locator(".opblock-summary-path")
      .nth(operations.length - 1)
      .waitFor()
    // Zero-width spaces let the browser break the line.
    const shown = (await tab.locator(".opblock-summary-path").allInnerTexts()).map((path) =>
      path.replace(/\u200b/g, ""),
    )
    expect(shown).toEqual(operations.map(({ path }) => path))
    expect([...requested].filter((origin) => origin.startsWith("http"))).toEqual([example.page.url])
    expect(complaints).toEqual([])
  })

  it("sends what is tried out to the local functions, as a page that they know", async () => {
    const { tab, example, requested, complaints } = await openViewer(scheme)
    const startLogin = tab.locator("#operations-Pages-startLogin")
    await startLogin.locator(".opblock-summary-control").click()
    await startLogin.getByRole("button", { name: "Try it out" }).click()
    const request = { redirect_uri: `${example.page.url}/callback` }
    await startLogin.locator("textarea").fill(JSON.stringify(request))
    await startLogin.getByRole("button", { name: "Execute" }).click()
    const answer = startLogin.locator(".live-responses-table .response")
    await answer.waitFor()
    expect(await answer.locator(".response-col_status").innerText()).toBe("200")
    expect(await answer.innerText()).toContain('"authorization_url"')
    expect(requested).toContain(example.stack.url)
    expect(complaints).toEqual([])
  })
})
