import { describe, expect, it } from "vitest"
import { createClient } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { cookie, refreshed, sealed, signedIn } from "./client.ts"
import { api, later, names, start, browser } from "./fake-browser.ts"

describe("an access token", () => {
  const second = answerWith(tokens({ access_token: "8A:Cust12020.second" }))
  const signedInSealed = () => signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
  const user = { sub: "tony@example.com", ctx: "Cust12020" }

  it("comes from memory until a minute before it expires, by this machine's clock", async () => {
    const client = await signedIn()
    expect(client.session()?.expires_at).toBe(start.getTime() / 1000 + 3600)
    later(3540)
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    later(1)
    browser.answers.refresh_token = [second]
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
    expect(browser.posts).toMatchObject([
      { name: "refresh_token", body: user, init: { credentials: "include", headers: { "x-csrf": "1" } } },
    ])
  })

  it("is refreshed once for all who ask at the same time", async () => {
    const client = await signedIn()
    later(3600)
    browser.answers.refresh_token = [second]
    const all = await Promise.all([client.getAccessToken(), client.getAccessToken(), client.getAccessToken()])
    expect(new Set(all)).toEqual(new Set(["8A:Cust12020.second"]))
    expect(names()).toEqual(["refresh_token"])
  })

  it("is refreshed from the session after a reload, and at any time on demand", async () => {
    browser.answers.refresh_token = [second]
    const client = createClient(cookie)
    expect(client.session()).toBeUndefined()
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
    expect(await refreshed(client, answerWith(tokens()))).toBe("8A:Cust12020.first")
  })

  it("is refreshed with the sealed value, which the answer replaces", async () => {
    await refreshed(await signedInSealed(), answerWith(tokens({ refresh_token: "sealed-2" })))
    expect(browser.posts[0]?.body).toEqual({ refresh_token: "sealed-1", ...user })
    expect(browser.storage.get(`${api} sealed`)).toBe("sealed-2")
  })

  it("is not asked for without a sealed value, and forgotten when that is gone, e.g. because the user cleared the site's data", async () => {
    await expect(createClient(sealed).getAccessToken()).rejects.toMatchObject({ code: "session_expired" })

    const client = await signedInSealed()
    browser.storage.clear()
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code: "session_expired" })
    expect(client.session()).toBeUndefined()
    expect(browser.posts).toEqual([])
  })

  it("is forgotten with the sealed value when the session has expired", async () => {
    const client = await signedInSealed()
    const code = "session_expired"
    await expect(refreshed(client, failWith(code))).rejects.toMatchObject({ code })
    expect(client.session()).toBeUndefined()
    expect([...browser.storage]).toEqual([[`${api} tenant`, "Cust12020"]])
  })

  it("keeps the sealed value when the grant is rejected, because a later refresh may succeed", async () => {
    const client = await signedInSealed()
    later(3590)
    browser.answers.refresh_token = [failWith("grant_rejected")]
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: "grant_rejected", retryable: false })
    expect(browser.storage.get(`${api} sealed`)).toBe("sealed-1")
  })

  it("is used to its end when an outage prevents a refresh, which is asked for once per call", async () => {
    const outage = failWith("upstream_unavailable", { retryable: true, retry_after_seconds: 5 }, 503)
    const client = await signedIn()
    later(3590)
    browser.answers.refresh_token = [outage, outage, second]
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    later(10)
    await expect(client.getAccessToken()).rejects.toMatchObject({
      code: "upstream_unavailable",
      message: `${api}/token: 503 In words.`,
      cause: expect.any(Response) as unknown,
      retryable: true,
      retryAfterSeconds: 5,
      requestId: "r1",
    })
    expect(names()).toHaveLength(2)
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
  })
})
