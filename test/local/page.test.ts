import { describe, expect, it, onTestFinished } from "vitest"
import { browserNotice } from "../../local/how-to-try.ts"
import { startPage } from "../../local/page.ts"

it("the example page ends with the notice, whose addresses are links, or without a footer", async () => {
  const htmlOf = async (notice: object) => {
    const config = { apiUrl: "http://127.0.0.1:8787", delivery: "cookie", clientId: "the-client" } as const
    const page = await startPage({ ...config, authorizationEndpoint: "http://127.0.0.1:8789/", ...notice })
    onTestFinished(() => page.close())
    return await (await fetch(page.url)).text()
  }
  const link = (url: string) => `<a href="${url}">${url}</a>`
  const [first, second] = ["https://127.0.0.1:8787", "https://localhost:8787"]
  expect(await htmlOf({ notice: `Open ${first} and ${second}, <once>.` })).toContain(
    `<footer class="small"><p>Open ${link(first)} and ${link(second)}, &lt;once>.</p></footer>\n  </body>`,
  )
  expect(await htmlOf({})).not.toContain("<footer")
})

describe("the notice for the users of some browsers", () => {
  const served = {
    stack: { url: "http://127.0.0.1:8787" },
    origin: "http://localhost:5173",
    pageUrl: "http://127.0.0.1:8788",
    delivery: "cookie",
  } as const
  const certificate = { stack: { url: "https://127.0.0.1:8787" }, certificate: "certificate.pem" }

  const addressesIn = (notice: string) => [...notice.matchAll(/https?:\S*\d/g)].map(([address]) => address)

  it("sends Safari to https, where a cookie is needed", () => {
    expect(browserNotice(served)).toMatch(
      /^Safari keeps no cookie of an http address, .* start -- --https\.$/,
    )
    expect(browserNotice({ ...served, delivery: "sealed" })).toBe("")
  })

  it("names every address of a self-signed certificate, under each name that a page uses", () => {
    const ownApi = { url: "https://127.0.0.1:8790" }
    expect(addressesIn(browserNotice({ ...served, ...certificate, ownApi }))).toEqual([
      "https://127.0.0.1:8787",
      "https://localhost:8787",
      "http://127.0.0.1:8788",
      "https://127.0.0.1:8790",
    ])
    const withoutPage = { ...served, ...certificate, pageUrl: undefined }
    expect(addressesIn(browserNotice(withoutPage))).toEqual(["https://localhost:8787"])
  })
})
