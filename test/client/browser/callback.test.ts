import { describe, expect, it } from "vitest"
import { createClient } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { cookie, redirectUri } from "./client.ts"
import { api, names, browser } from "./fake-browser.ts"

describe("coming back from the login page", () => {
  const begin = (state = "s1") => browser.storage.set(`${api} login`, JSON.stringify({ state }))

  it("does nothing on a page that is not a callback", async () => {
    begin()
    for (const address of ["/", "/?code=summer-sale", "/?state=open"]) {
      browser.goTo(`https://app.example.com${address}`)
      expect(await createClient(cookie).handleCallback()).toBe(false)
      expect(location.href).toBe(`https://app.example.com${address}`)
    }
    expect(browser.posts).toEqual([])
    expect(browser.storage.size).toBe(1)
  })

  it("redeems the code once, and has the token in memory", async () => {
    begin()
    browser.goTo(`${redirectUri}?code=c1&state=s1&iss=https%3A%2F%2Fsod.superoffice.com`)
    browser.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    expect(await client.handleCallback()).toBe(true)
    expect(browser.posts).toMatchObject([
      {
        name: "exchange-code",
        body: { code: "c1", state: "s1", iss: "https://sod.superoffice.com" },
        init: { credentials: "include", headers: { "x-csrf": "1" } },
      },
    ])
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    expect(browser.storage.has(`${api} login`)).toBe(false)
  })

  it("posts once when it is called twice, as React's StrictMode does", async () => {
    begin()
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    browser.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    expect(await Promise.all([client.handleCallback(), client.handleCallback()])).toEqual([true, true])
    expect(await client.handleCallback()).toBe(true)
    expect(names()).toEqual(["exchange-code"])
  })

  it("cleans the address bar before it posts, and leaves the rest of it alone", () => {
    begin()
    browser.goTo(`${redirectUri}?tab=2&code=c1&state=s1&iss=i#top`)
    browser.answers["exchange-code"] = [answerWith(tokens())]
    void createClient(cookie).handleCallback()
    expect(location.href).toBe(`${redirectUri}?tab=2#top`)
  })

  it("refuses a state that is not this tab's, and does not use the code", async () => {
    for (const kept of ["other", undefined]) {
      browser.storage.clear()
      if (kept) begin(kept)
      browser.goTo(`${redirectUri}?code=c1&state=s1`)
      await expect(createClient(cookie).handleCallback()).rejects.toMatchObject({
        code: "state_mismatch",
        retryable: false,
      })
      expect(location.href).toBe(redirectUri)
    }
    expect(browser.posts).toEqual([])
  })

  it.each([
    ["access_denied", "sign_in_cancelled"],
    ["server_error", "sign_in_failed"],
  ])("names the login page's %s %s", async (error, code) => {
    begin()
    browser.goTo(`${redirectUri}?error=${error}&error_description=x&state=s1`)
    const callback = createClient(cookie).handleCallback()
    await expect(callback).rejects.toMatchObject({
      name: "TokenExchangeError",
      code,
      message: error,
      cause: { error, error_description: "x", state: "s1" },
      retryable: false,
    })
    expect(location.href).toBe(redirectUri)
    expect(browser.posts).toEqual([])
  })

  it.each([
    ["the functions' own refusal", failWith("grant_rejected"), "grant_rejected"],
    ["the gateway's 503", answerWith({ message: "Service Unavailable" }, 503), "gateway_error"],
    ["no answer", () => Promise.reject(new TypeError("Failed to fetch")), "network_error"],
  ])("never posts a code again: %s", async (_name, answer, code) => {
    begin()
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    browser.answers["exchange-code"] = [answer]
    const client = createClient(cookie)
    await expect(client.handleCallback()).rejects.toMatchObject({ code, retryable: false })
    await expect(client.handleCallback()).rejects.toMatchObject({ code })
    expect(names()).toEqual(["exchange-code"])
  })

  it("lets whoever wants a token meanwhile wait for this one", async () => {
    begin()
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    browser.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    void client.handleCallback()
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(names()).toEqual(["exchange-code"])
  })

  it("wins over a refresh that was under way", async () => {
    begin()
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    browser.answers["refresh-token"] = [answerWith(tokens({ access_token: "8A:Cust12020.older" }))]
    browser.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    const older = client.getAccessToken()
    await client.handleCallback()
    expect(await older).toBe("8A:Cust12020.older")
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(names()).toEqual(["refresh-token", "exchange-code"])
  })
})
