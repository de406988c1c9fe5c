import { describe, expect, it } from "vitest"
import { createClient, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, tokens } from "./answers.ts"
import { arrive, cookie, done, refreshed, sealed, started } from "./client.ts"
import { api, browser } from "./fake-browser.ts"

const { claims } = tokens()
const tony = tokens({ claims: { ...claims, ctx: "Cust12020", associateid: 5 } })
const expected = { ctx: "cust12020", associateid: "5" }

function signInAs(answer: unknown, expect: ClientOptions["expect"] = expected) {
  const client = createClient({ ...cookie, expect })
  arrive(undefined, answerWith(answer))
  return { client, callback: client.handleCallback() }
}

describe("a page that expects a tenant and a user", () => {
  it("names that tenant in every request, whatever the caller or an earlier page of the tab named", async () => {
    browser.storage.set(`${api} tenant`, "Cust26759")
    browser.answers["start-login"] = [started]
    browser.answers["revoke-token"] = [done]
    const client = createClient({ ...cookie, expect: expected })
    await client.signIn({ tenant: "Cust26759" })
    await refreshed(client, answerWith(tony))
    await client.signOut()
    expect(browser.posts.map(({ body }) => body)).toMatchObject([
      { tenant: "cust12020" },
      { ctx: "cust12020" },
      { ctx: "cust12020" },
    ])
  })

  it.each([
    ["the tenant in another case, the associate id as text", expected],
    ["the associate id as a number", { ctx: "Cust12020", associateid: 5 }],
    ["the tenant alone", { ctx: "Cust12020" }],
  ])("takes the sign-in of the expected user: %s", async (_how, given) => {
    const { client, callback } = signInAs(tony, given)
    expect(await callback).toBe(true)
    expect(client.session()?.claims.ctx).toBe("Cust12020")
  })

  it.each([
    ["another tenant", { ctx: "Cust26759", associateid: 5 }],
    ["another user of the tenant", { ctx: "Cust12020", associateid: 6 }],
    ["a user without an associate id", { ctx: "Cust12020" }],
  ])("refuses a sign-in as %s, and says where to sign out", async (_who, others) => {
    const { client, callback } = signInAs(tokens({ claims: { ...claims, ...others } }))
    await expect(callback).rejects.toMatchObject({
      code: "identity_mismatch",
      message: "identity_mismatch",
      endSessionUrl: "https://sod.superoffice.com/login/logout",
      retryable: false,
    })
    expect(client.session()).toBeUndefined()
    expect([...browser.storage.values()].join()).not.toContain("Cust")
  })

  it.each([
    ["cookie", cookie],
    ["sealed", sealed],
  ])("has no session where that of the browser is somebody else's: %s", async (_delivery, options) => {
    browser.storage.set(`${api} sealed`, "sealed-1")
    const client = createClient({ ...options, expect: expected })
    const other = tokens({ claims: { ...claims, associateid: 6 }, refresh_token: "sealed-2" })
    await expect(refreshed(client, answerWith(other))).rejects.toMatchObject({
      code: "session_expired",
      retryable: false,
    })
    expect(client.session()).toBeUndefined()
    expect(browser.storage.size).toBe(0)
  })

  it.each([
    ["an empty tenant", { ctx: "" }],
    ["no tenant", { ctx: null as unknown as string }],
    ["no associate id in the page's URL", { ctx: "Cust12020", associateid: null as unknown as string }],
  ])("shows nobody's tokens where it names %s", async (_what, given) => {
    const { client, callback } = signInAs(tony, given)
    await expect(callback).rejects.toMatchObject({ code: "identity_mismatch" })
    expect(client.session()).toBeUndefined()
  })
})
