import { describe, expect, it } from "vitest"
import { answerWith, tokens } from "./answers.ts"
import { sealed, signedIn } from "./client.ts"
import { names, browser } from "./fake-browser.ts"

describe("signing out", () => {
  const done = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" } as const

  it("revokes by cookie and forgets the token", async () => {
    const client = await signedIn()
    browser.answers["revoke-token"] = [answerWith(done)]
    expect(await client.signOut()).toEqual(done)
    expect(browser.posts).toMatchObject([{ name: "revoke-token", init: { credentials: "include" } }])
    expect(browser.posts[0]?.body).toEqual({ sub: "tony@example.com", ctx: "Cust12020" })
    expect(client.session()).toBeUndefined()
    expect(browser.storage.size).toBe(0)
  })

  it("revokes the sealed value and forgets it", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    browser.answers["revoke-token"] = [answerWith(done)]
    await client.signOut()
    expect(browser.posts[0]?.body).toEqual({
      token: "sealed-1",
      sub: "tony@example.com",
      ctx: "Cust12020",
    })
    expect(browser.storage.size).toBe(0)
    expect(await client.signOut()).toBeUndefined()
  })

  it("can be tried again when it failed", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    browser.answers["revoke-token"] = [
      () => Promise.reject(new TypeError("Failed to fetch")),
      answerWith(done),
    ]
    await expect(client.signOut()).rejects.toMatchObject({ code: "network_error", retryable: true })
    expect(client.session()).toBeDefined()
    expect(await client.signOut()).toEqual(done)
  })

  it("waits for a refresh that is under way, so that it does not bring the session back", async () => {
    const client = await signedIn()
    browser.answers["refresh-token"] = [answerWith(tokens())]
    browser.answers["revoke-token"] = [answerWith(done)]
    const refreshed = client.getAccessToken({ refresh: true })
    await client.signOut()
    await refreshed
    expect(names()).toEqual(["refresh-token", "revoke-token"])
    expect(client.session()).toBeUndefined()
  })
})
