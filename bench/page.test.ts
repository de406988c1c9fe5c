import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildPeers } from "./build.ts"
import { findNodes } from "./nodes.ts"
import { hasBrowser } from "./page/browser.ts"
import { openPages, type Pages } from "./page/measure.ts"
import { pageReport } from "./page/report.ts"
import { pageRows, type PageRow } from "./page/rows.ts"
import { problemsOf, visit, type Visit, type Wait } from "./page/visit.ts"

const [product, library, session] = pageRows as readonly [PageRow, PageRow, PageRow]

describe.skipIf(!hasBrowser() && !process.env.REQUIRE_BROWSER)("what a page waits for", () => {
  let pages: Pages
  beforeAll(async () => {
    await buildPeers()
    pages = await openPages(findNodes([])[0])
  })
  afterAll(() => pages.close())

  it.each([
    [product.label, product, { signIn: [2, 2], firstReload: [0, 1], reload: [0, 1] }],
    [library.label, library, { signIn: [0, 1], firstReload: [0, 1], reload: [0, 1] }],
    [session.label, session, { signIn: [0, 4], firstReload: [0, 1], reload: [0, 1] }],
  ] as const)(
    "%s: the expected preflights and other requests reach the front",
    async (_, row, expected) => {
      const { signIn, firstReload, reload, problems } = await visit(row, pages)
      expect(problems).toEqual([])
      expect({
        signIn: requestsOf(signIn),
        firstReload: requestsOf(firstReload),
        reload: requestsOf(reload),
      }).toEqual(expected)
      // A round trip to the front takes 40 ms, and one to SuperOffice 20.
      expect(reload.ms).toBeGreaterThanOrEqual(row.renews ? 60 : 40)
    },
    60_000,
  )

  it("a row that answers from memory what it should renew is not valid", async () => {
    const { isValid, problems } = await visit({ ...session, renews: true }, pages)
    expect(isValid).toBe(false)
    expect(problems).toContain("reload: the access token is the one from before")
  }, 60_000)

  it("a row that stores a session where it should store none is not valid", async () => {
    const { problems } = await visit({ ...library, storesSession: false }, pages)
    expect(problems).toContain("sign-in: web storage has a refresh token, or may have")
  }, 60_000)

  it("a row whose page fails is not valid", async () => {
    const { front } = pages.stacks.byRow.product
    const broken = { ...pages.stacks.byRow, product: { front, page: "about:blank" } }
    const { isValid, problems } = await visit(product, {
      ...pages,
      stacks: { ...pages.stacks, byRow: broken },
    })
    expect(isValid).toBe(false)
    expect(problems).toEqual([expect.stringContaining("signIn is not defined")])
  }, 60_000)
})

function requestsOf({ preflights, requests }: Wait): readonly [number, number] {
  return [preflights, requests]
}

describe("the check of what a page has", () => {
  const right = {
    startedAt: 0,
    endedAt: 1,
    accessToken: "access",
    tenant: "Cust12020",
    stored: ["Cust12020"],
  }
  const issued = { accessToken: "access", refreshToken: "refresh" }

  it("finds nothing wrong with SuperOffice's token of the right tenant", () => {
    expect(problemsOf(product, right, issued)).toEqual([])
  })

  it.each([
    ["another access token", { ...right, accessToken: "other" }, "the access token is not SuperOffice's"],
    ["another tenant", { ...right, tenant: "Cust26759" }, "the tenant is another"],
    [
      "a sealed refresh token",
      { ...right, stored: ["sealed"] },
      "web storage has a refresh token, or may have",
    ],
    ["an error", { ...right, error: "session_expired" }, "session_expired"],
  ])("finds %s", (_, outcome, problem) => {
    expect(problemsOf(product, outcome, issued)).toEqual([problem])
  })

  it("finds SuperOffice's refresh token in the storage of a page that may keep a sealed one", () => {
    const stored = [`{"refresh_token":"refresh"}`]
    expect(problemsOf(library, { ...right, stored }, issued)).toHaveLength(1)
  })
})

describe("the table of what a page waits for", () => {
  const wait = (ms: number): Wait => ({ ms, preflights: 0, requests: 1 })
  const visits = (ms: number, isValid = true): readonly Visit[] => [
    { signIn: wait(ms), firstReload: wait(ms), reload: wait(ms / 2), problems: [], isValid },
  ]
  const node = { path: "node", version: "v24.21.0", major: 24 }

  it("has the waits, their ratio to the server-side session, and the requests", () => {
    const runs = new Map([
      [product.name, visits(300)],
      [library.name, visits(400, false)],
      [session.name, visits(200)],
    ])
    const [, , ...lines] = pageReport({ chromium: "156.0", node, runs }).split("\n")
    expect(lines.slice(0, 3)).toEqual([
      `| ${product.label} | 300 (300–300) | 1.50 | 0, 1 | 150 (150–150) | 1.50 | 0, 1 |`,
      `| ${library.label} | **INVALID** |  |  | **INVALID** |  |  |`,
      `| ${session.label} | 200 (200–200) | 1.00 | 0, 1 | 100 (100–100) | 1.00 | 0, 1 |`,
    ])
  })
})
