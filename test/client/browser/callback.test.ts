import { describe, expect, it } from "vitest"
import { createClient } from "../../../client/browser.ts"
import { answerWith, failWith, noAnswer, tokens } from "./answers.ts"
import { arrive, cookie, redirectUri } from "./client.ts"
import { api, names, browser } from "./fake-browser.ts"

describe("coming back from the login page", () => {
  it("does nothing on a page that is not a callback", async () => {
    for (const address of ["/", "/?code=summer-sale", "/?state=open"]) {
      arrive()
      browser.goTo(`https://app.example.com${address}`)
      expect(await createClient(cookie).handleCallback()).toBe(false)
      expect(location.href).toBe(`https://app.example.com${address}`)
    }
    expect(browser.posts).toEqual([])
    expect(browser.storage.size).toBe(1)
  })

  it("redeems the code once, though React's StrictMode asks twice, and has the token in memory", async () => {
    arrive("code=c1&state=s1&iss=https%3A%2F%2Fsod.superoffice.com")
    const client = createClient(cookie)
    // Whoever wants a token meanwhile waits for this one.
    const all = Promise.all([client.handleCallback(), client.handleCallback(), client.getAccessToken()])
    expect(await all).toEqual([true, true, "8A:Cust12020.first"])
    expect(await client.handleCallback()).toBe(true)
    expect(browser.posts).toMatchObject([
      {
        name: "authorization_code",
        body: { code: "c1", state: "s1", iss: "https://sod.superoffice.com" },
        init: { credentials: "include", headers: { "x-csrf": "1" } },
      },
    ])
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    expect(browser.storage.has(`${api} login`)).toBe(false)
  })

  it("cleans the address bar before it posts, and leaves the rest of it alone", () => {
    arrive("tab=2&code=c1&state=s1&iss=i#top")
    void createClient(cookie).handleCallback()
    expect(location.href).toBe(`${redirectUri}?tab=2#top`)
  })

  it.each([
    ["another one is", true],
    ["none is", false],
  ])("refuses a state that is not this tab's, and does not use the code: %s", async (_which, hasBegun) => {
    arrive(undefined, undefined, "other")
    if (!hasBegun) browser.storage.clear()
    await expect(createClient(cookie).handleCallback()).rejects.toMatchObject({
      code: "state_mismatch",
      message: "state_mismatch",
      cause: { state: "s1" },
      retryable: false,
    })
    expect(location.href).toBe(redirectUri)
    expect(browser.posts).toEqual([])
  })

  it.each([
    ["access_denied", "sign_in_cancelled"],
    ["server_error", "sign_in_failed"],
  ])("names the login page's %s %s", async (error, code) => {
    arrive(`error=${error}&error_description=x&state=s1`)
    await expect(createClient(cookie).handleCallback()).rejects.toMatchObject({
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
    ["no answer", noAnswer, "network_error"],
  ])("never posts a code again after %s", async (_name, answer, code) => {
    arrive(undefined, answer)
    const client = createClient(cookie)
    await expect(client.handleCallback()).rejects.toMatchObject({ code, retryable: false })
    await expect(client.handleCallback()).rejects.toMatchObject({ code })
    expect(names()).toEqual(["authorization_code"])
  })

  it("wins over a refresh that was under way", async () => {
    arrive()
    browser.answers.refresh_token = [answerWith(tokens({ access_token: "8A:Cust12020.older" }))]
    const client = createClient(cookie)
    const older = client.getAccessToken()
    await client.handleCallback()
    expect(await older).toBe("8A:Cust12020.older")
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(names()).toEqual(["refresh_token", "authorization_code"])
  })
})
