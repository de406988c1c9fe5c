import { describe, expect, it, onTestFinished } from "vitest"
import { browserNotice } from "../../local/how-to-try.ts"
import { startPage } from "../../local/page.ts"

const config = {
  apiUrl: "http://127.0.0.1:8787",
  delivery: "cookie",
  clientId: "the-client",
  authorizationEndpoint: "http://127.0.0.1:8789/authorize",
} as const

it("the example page ends with the notice, whose addresses are links, or without a footer", async () => {
  const htmlOf = async (notice: object) => {
    const page = await startPage({ ...config, ...notice })
    onTestFinished(() => page.close())
    return await (await fetch(page.url)).text()
  }
  expect(
    await htmlOf({ notice: "Open https://127.0.0.1:8787 and https://localhost:8787, <once>." }),
  ).toContain(
    '<footer class="small"><p>Open <a href="https://127.0.0.1:8787">https://127.0.0.1:8787</a> and ' +
      '<a href="https://localhost:8787">https://localhost:8787</a>, &lt;once>.</p></footer>\n  </body>',
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

  it("sends Safari to https, where a cookie is needed", () => {
    expect(browserNotice(served)).toMatch(
      /^Safari keeps no cookie of an http address, .*npm(\.cmd)? start -- --https\.$/,
    )
    expect(browserNotice({ ...served, delivery: "sealed" })).toBe("")
  })

  it("names every address of a self-signed certificate, under each name that a page uses", () => {
    expect(addressesIn(browserNotice({ ...served, ...certificate }))).toEqual([
      "https://127.0.0.1:8787",
      "https://localhost:8787",
      "http://127.0.0.1:8788",
    ])
    const withoutPage = { ...served, ...certificate, pageUrl: undefined }
    expect(addressesIn(browserNotice(withoutPage))).toEqual(["https://localhost:8787"])
  })
})

function addressesIn(notice: string): readonly string[] {
  return [...notice.matchAll(/https?:\S*\d/g)].map(([address]) => address)
}
