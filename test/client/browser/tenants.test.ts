import { describe, expect, it, vi } from "vitest"
import { createClient, type Client } from "../../../client/browser.ts"
import type { BrowserTokenResponse } from "../../../lib/contract.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { cookie, redirectUri, sealed, signedIn } from "./client.ts"
import { api, browser, names } from "./fake-browser.ts"

const anna = tokensOf("anna@example.com", "Cust12020")
const liv = tokensOf("liv@example.com", "Cust26759")
const done = answerWith({ revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" })

describe("a tab, when the browser holds sessions of several tenants", () => {
  it("names no tenant before it has one, so that it gets the newest sign-in", async () => {
    await refreshed(createClient(cookie), liv)
    expect(lastBody()).toEqual({})
  })

  it("names the user and the tenant of the latest token response", async () => {
    const client = createClient(cookie)
    await refreshed(client, liv)
    await refreshed(client, liv)
    expect(lastBody()).toEqual({ sub: "liv@example.com", ctx: "Cust26759" })
  })

  it("names its tenant after a reload, and no user", async () => {
    await signedIn(cookie, anna)
    await refreshed(createClient(cookie), anna)
    expect(lastBody()).toEqual({ ctx: "Cust12020" })
  })

  it("names its tenant beside the sealed value after a reload", async () => {
    await signedIn(sealed, { ...anna, refresh_token: "sealed-1" })
    await refreshed(createClient(sealed), anna)
    expect(lastBody()).toEqual({ refresh_token: "sealed-1", ctx: "Cust12020" })
  })

  it("sends no sealed value that an earlier version of the page left, if the delivery has cookies", async () => {
    browser.storage.set(`${api} sealed`, "sealed-1")
    const client = createClient(cookie)
    await refreshed(client, anna)
    expect(lastBody()).toEqual({})
    browser.answers["revoke-token"] = [done]
    await client.signOut()
    expect(lastBody()).not.toHaveProperty("token")
  })

  it("stores the name of the tenant, and neither a user nor a token", async () => {
    await signedIn(cookie, anna)
    expect([...browser.storage]).toEqual([[`${api} tenant`, "Cust12020"]])
  })

  it("keeps its tenant in memory where the browser denies it sessionStorage", async () => {
    const denied = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError")
    }
    vi.stubGlobal("sessionStorage", { getItem: denied, setItem: denied, removeItem: denied })
    const client = createClient({ ...cookie, delivery: "partitioned" })
    await refreshed(client, anna)
    await refreshed(client, anna)
    expect(lastBody()).toEqual({ sub: "anna@example.com", ctx: "Cust12020" })
    browser.answers["revoke-token"] = [done]
    await client.signOut()
    await refreshed(client, liv)
    expect(lastBody()).toEqual({})
  })

  it("takes the tenant that the answer to a sign-in names, whichever it asked for", async () => {
    const client = await signedIn(cookie, anna)
    await comeBack(client, liv)
    await refreshed(client, liv)
    expect(lastBody()).toEqual({ sub: "liv@example.com", ctx: "Cust26759" })
  })

  it("takes the tenant of a sign-in that a refresh preceded", async () => {
    const client = await signedIn(cookie, anna)
    browser.answers["refresh-token"] = [answerWith(anna)]
    const older = client.getAccessToken({ refresh: true })
    await Promise.all([older, comeBack(client, liv)])
    await refreshed(client, liv)
    expect(lastBody()).toEqual({ sub: "liv@example.com", ctx: "Cust26759" })
  })

  it.each([
    ["the functions refuse the code", failWith("identity_mismatch"), "identity_mismatch"],
    ["the login cookie is gone", failWith("session_expired"), "session_expired"],
    ["no answer arrives", () => Promise.reject(new TypeError("Failed to fetch")), "network_error"],
  ])("keeps its tenant when a sign-in to another one fails because %s", async (_why, answer, code) => {
    const client = await signedIn(cookie, anna)
    browser.storage.set(`${api} login`, JSON.stringify({ state: "s2" }))
    browser.answers["exchange-code"] = [answer]
    browser.goTo(`${redirectUri}?code=c2&state=s2`)
    await expect(client.handleCallback()).rejects.toMatchObject({ code })
    await refreshed(client, anna)
    expect(lastBody()).toEqual({ sub: "anna@example.com", ctx: "Cust12020" })
  })

  const failures = ["upstream_unavailable", "grant_rejected", "session_expired"] as const
  it.each(failures)("keeps its tenant and its user after %s", async (code) => {
    const client = await signedIn(cookie, anna)
    browser.answers["refresh-token"] = [failWith(code)]
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code })
    await refreshed(client, anna)
    expect(lastBody()).toEqual({ sub: "anna@example.com", ctx: "Cust12020" })
  })

  it("does not turn to another tenant on the reload after session_expired", async () => {
    const client = await signedIn(cookie, anna)
    const expired = failWith("session_expired")
    browser.answers["refresh-token"] = [expired, expired]
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code: "session_expired" })
    await expect(createClient(cookie).getAccessToken()).rejects.toMatchObject({ code: "session_expired" })
    expect(lastBody()).toEqual({ ctx: "Cust12020" })
  })

  it("asks for the new tenant after session_expired and a sign-in", async () => {
    const client = await signedIn(cookie, anna)
    browser.answers["refresh-token"] = [failWith("session_expired")]
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code: "session_expired" })
    await comeBack(client, liv)
    await refreshed(createClient(cookie), liv)
    expect(lastBody()).toEqual({ ctx: "Cust26759" })
  })
})

describe("signing out, when the browser holds sessions of several tenants", () => {
  it("names the tenant after a reload, so that the sessions of other tenants stay", async () => {
    await signedIn(cookie, anna)
    browser.answers["revoke-token"] = [done]
    await createClient(cookie).signOut()
    expect(lastBody()).toEqual({ ctx: "Cust12020" })
  })

  it("names no tenant in a tab that has none, which ends every session of the origin", async () => {
    browser.answers["revoke-token"] = [done]
    await createClient(cookie).signOut()
    expect(lastBody()).toEqual({})
  })

  it.each([
    ["cookie", cookie],
    ["sealed", sealed],
  ])("forgets the tenant and the user: %s", async (_delivery, options) => {
    const client = await signedIn(options, { ...anna, refresh_token: "sealed-1" })
    browser.answers["revoke-token"] = [done]
    await client.signOut()
    expect(browser.storage.size).toBe(0)
    browser.storage.set(`${api} sealed`, "sealed-2")
    await refreshed(client, liv)
    expect(lastBody()).toEqual(options === sealed ? { refresh_token: "sealed-2" } : {})
  })

  it("forgets the tenant of a sealed session that has expired, without a request", async () => {
    const client = await signedIn(sealed, { ...anna, refresh_token: "sealed-1" })
    browser.answers["refresh-token"] = [failWith("session_expired")]
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code: "session_expired" })
    expect(await client.signOut()).toBeUndefined()
    expect(browser.storage.size).toBe(0)
    expect(names()).toEqual(["refresh-token"])
  })

  it("keeps everything after an error, so that it can be tried again", async () => {
    const client = await signedIn(cookie, anna)
    browser.answers["revoke-token"] = [failWith("upstream_unavailable", { retryable: true }, 503), done]
    await expect(client.signOut()).rejects.toMatchObject({ code: "upstream_unavailable" })
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    await client.signOut()
    expect(lastBody()).toEqual({ sub: "anna@example.com", ctx: "Cust12020" })
  })

  it("forgets the tokens but not the tenant when the session is another user's", async () => {
    const client = await signedIn(cookie, anna)
    browser.answers["revoke-token"] = [failWith("session_expired")]
    await expect(client.signOut()).rejects.toMatchObject({ code: "session_expired" })
    expect(client.session()).toBeUndefined()
    await refreshed(client, anna)
    expect(lastBody()).toEqual({ sub: "anna@example.com", ctx: "Cust12020" })
  })
})

function tokensOf(sub: string, ctx: string): BrowserTokenResponse {
  return tokens({ claims: { ...tokens().claims, sub, ctx } })
}

function lastBody(): unknown {
  return browser.posts.at(-1)?.body
}

async function refreshed(client: Client, answer: BrowserTokenResponse): Promise<void> {
  browser.answers["refresh-token"] = [answerWith(answer)]
  await client.getAccessToken({ refresh: true })
}

/** Finishes a second sign-in of this tab. */
async function comeBack(client: Client, answer: BrowserTokenResponse): Promise<void> {
  browser.storage.set(`${api} login`, JSON.stringify({ state: "s2" }))
  browser.answers["exchange-code"] = [answerWith(answer)]
  browser.goTo(`${redirectUri}?code=c2&state=s2`)
  await client.handleCallback()
}
