import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { obtainAuthorizationCode } from "../../local/authorization-code.ts"
import type { LocalProvider } from "../../local/provider.ts"
import { startStackWithProvider, type Stack } from "../../local/stack.ts"
import { ctxClaim } from "../../lib/id-token/id-token.ts"

const origins = ["http://localhost:5173", "http://localhost:5174"] as const
const tenants = ["Cust10001", "Cust10002", "Cust10003", "Cust10004"] as const

let stack: Stack & { readonly provider: LocalProvider }

beforeAll(async () => {
  stack = await startStackWithProvider({ origins })
})
afterAll(() => stack.close())

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A browser that keeps the cookies of the API, whichever origin's page calls it. */
function openBrowser() {
  const jar = new Map<string, string>()
  async function post(origin: string, path: string, fields: object): Promise<Answer> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
    const headers = { origin, cookie, "content-type": "application/json", "x-csrf": "1" }
    const response = await fetch(stack.url + path, { method: "POST", headers, body: JSON.stringify(fields) })
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === "") jar.delete(name)
      else jar.set(name, value)
    }
    return { status: response.status, body: (await response.json()) as Answer["body"] }
  }
  return {
    jar,
    post,
    /** Signs in as a user of a tenant, which SuperOffice writes into every ID Token until another sign-in. */
    async signIn(origin: string, ctx: string) {
      issueFor(ctx)
      const { code, redirect_uri, code_verifier } = await obtainAuthorizationCode(stack.provider, { origin })
      expect(await post(origin, "/exchange-code", { code, redirect_uri, code_verifier })).toMatchObject({
        status: 200,
        body: { claims: { ctx } },
      })
    },
    bytes: () => [...jar].reduce((sum, [name, value]) => sum + `${name}=${value}; `.length, 0),
  }
}

function issueFor(ctx: string): void {
  stack.provider.changeClaims = (claims) => ({ ...claims, [ctxClaim]: ctx })
}

describe("a consultant with four tenants on each of two origins", { timeout: 60_000 }, () => {
  it("goes on working, and a fifth sign-in ends the oldest of its origin alone (C69)", async () => {
    const browser = openBrowser()
    for (const ctx of tenants) for (const origin of origins) await browser.signIn(origin, ctx)
    expect(browser.jar.size).toBe(8)
    expect(browser.bytes()).toBeLessThanOrEqual(6 * 1024)

    for (const ctx of tenants) {
      for (const origin of origins) {
        issueFor(ctx)
        const refreshed = await browser.post(origin, "/refresh-token", { ctx })
        expect(refreshed).toMatchObject({ status: 200, body: { claims: { ctx } } })
      }
    }

    const [first, second] = origins
    await browser.signIn(first, "Cust10005")
    expect(browser.jar.size).toBe(8)
    const ended = await browser.post(first, "/refresh-token", { ctx: tenants[0] })
    expect(ended).toMatchObject({ status: 400, body: { code: "session_expired" } })
    issueFor(tenants[0])
    const other = await browser.post(second, "/refresh-token", { ctx: tenants[0] })
    expect(other).toMatchObject({ status: 200, body: { claims: { ctx: tenants[0] } } })

    // A sign-out of one origin without a name ends its sessions, and those of the other stay.
    expect(await browser.post(first, "/revoke-token", {})).toMatchObject({
      status: 200,
      body: { revoked: true },
    })
    expect(browser.jar.size).toBe(4)
  })
})
