import { describe, expect, it, vi } from "vitest"
import { createClient, type Client } from "../../../client/browser.ts"
import { answerWith, failWith, noAnswer, tokensOf, type Answer } from "./answers.ts"
import { arrive, comeBack, cookie, done, refreshed, revoked, sealed, signedIn } from "./client.ts"
import { api, browser, names } from "./fake-browser.ts"

const anna = tokensOf("anna@example.com", "Cust12020")
const sealedAnna = { ...anna, refresh_token: "sealed-1" }
const liv = tokensOf("liv@example.com", "Cust26759")
const ofAnna = { sub: "anna@example.com", ctx: "Cust12020" }
const ofLiv = { sub: "liv@example.com", ctx: "Cust26759" }
const expired = failWith("session_expired")
const down = failWith("upstream_unavailable", { retryable: true }, 503)

/** What the client names in a refresh. */
async function namedBy(client: Client) {
  await refreshed(client, answerWith(anna))
  return lastBody()
}

const lastBody = () => browser.posts.at(-1)?.body

function signOut(client: Client, answer: Answer) {
  browser.answers["revoke-token"] = [answer]
  return client.signOut()
}

describe("a tab, when the browser holds sessions of several tenants", () => {
  it("names no tenant before it has one, so that it gets the newest sign-in, and then that user and tenant", async () => {
    const client = createClient(cookie)
    await refreshed(client, answerWith(liv))
    expect(lastBody()).toEqual({})
    expect(await namedBy(client)).toEqual(ofLiv)
  })

  it.each([
    ["cookie", cookie, {}],
    ["sealed", sealed, { refresh_token: "sealed-1" }],
  ])("names its tenant after a reload, and no user: %s", async (_delivery, options, sent) => {
    await signedIn(options, sealedAnna)
    expect(await namedBy(createClient(options))).toEqual({ ...sent, ctx: "Cust12020" })
  })

  it("sends no sealed value that an earlier version of the page left, if the delivery has cookies", async () => {
    browser.storage.set(`${api} sealed`, "sealed-1")
    const client = createClient(cookie)
    expect(await namedBy(client)).toEqual({})
    await signOut(client, done)
    expect(lastBody()).not.toHaveProperty("token")
  })

  it.each([
    ["cookie", cookie, anna, ["Cust12020"]],
    ["sealed", sealed, sealedAnna, ["sealed-1", "Cust12020"]],
  ])(
    "stores the name of the tenant, and neither a user nor an access token: %s",
    async (...[, options, answer, stored]) => {
      await signedIn(options, answer)
      expect([...browser.storage.values()]).toEqual(stored)
    },
  )

  it("keeps its tenant in memory where the browser denies it sessionStorage", async () => {
    const denied = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError")
    }
    vi.stubGlobal("sessionStorage", { getItem: denied, setItem: denied, removeItem: denied })
    const client = createClient({ ...cookie, delivery: "partitioned" })
    await refreshed(client, answerWith(anna))
    expect(await namedBy(client)).toEqual(ofAnna)
    await signOut(client, done)
    expect(await namedBy(client)).toEqual({})
  })

  it("takes the tenant that the answer to a sign-in names, whichever it asked for, also after a refresh", async () => {
    const client = await signedIn(cookie, anna)
    await Promise.all([refreshed(client, answerWith(anna)), comeBack(client, liv)])
    expect(await namedBy(client)).toEqual(ofLiv)
  })

  const signInElsewhere = (client: Client, answer: Answer) => {
    arrive(undefined, answer)
    return client.handleCallback()
  }
  it.each([
    ["a refresh in an outage", refreshed, down, "upstream_unavailable"],
    ["a refused refresh", refreshed, failWith("grant_rejected"), "grant_rejected"],
    ["a refresh after the session's end", refreshed, expired, "session_expired"],
    ["a refused sign-in to another one", signInElsewhere, failWith("identity_mismatch"), "identity_mismatch"],
    ["a sign-in to another one without its cookie", signInElsewhere, expired, "session_expired"],
    ["a sign-in to another one without an answer", signInElsewhere, noAnswer, "network_error"],
  ])("keeps its tenant and its user after %s", async (_what, ask, answer, code) => {
    const client = await signedIn(cookie, anna)
    await expect(ask(client, answer)).rejects.toMatchObject({ code })
    expect(await namedBy(client)).toEqual(ofAnna)
  })

  it("does not turn to another tenant on the reload after session_expired, but by a sign-in", async () => {
    const client = await signedIn(cookie, anna)
    for (const tab of [client, createClient(cookie)]) {
      await expect(refreshed(tab, expired)).rejects.toMatchObject({ code: "session_expired" })
    }
    expect(lastBody()).toEqual({ ctx: "Cust12020" })
    await comeBack(client, liv)
    expect(await namedBy(createClient(cookie))).toEqual({ ctx: "Cust26759" })
  })
})

describe("signing out", () => {
  it.each([
    ["cookie", cookie, {}],
    ["sealed", sealed, { token: "sealed-1" }],
  ])("revokes the session and forgets tokens, tenant and user: %s", async (_delivery, options, sent) => {
    const client = await signedIn(options, sealedAnna)
    expect(await signOut(client, done)).toEqual(revoked)
    expect(browser.posts).toMatchObject([
      { name: "revoke-token", body: { ...sent, ...ofAnna }, init: { credentials: "include" } },
    ])
    expect(client.session()).toBeUndefined()
    expect(browser.storage.size).toBe(0)
    browser.storage.set(`${api} sealed`, "sealed-2")
    expect(await namedBy(client)).toEqual(options === sealed ? { refresh_token: "sealed-2" } : {})
  })

  it.each([
    ["the tenant after a reload, so that the sessions of other tenants stay", true, { ctx: "Cust12020" }],
    ["no tenant in a tab that has none, which ends every session of the origin", false, {}],
  ])("names %s", async (_what, hadSession, body) => {
    if (hadSession) await signedIn(cookie, anna)
    await signOut(createClient(cookie), done)
    expect(lastBody()).toEqual(body)
  })

  it("forgets the tenant of a sealed session that has expired, without a request", async () => {
    const client = await signedIn(sealed, sealedAnna)
    await expect(refreshed(client, expired)).rejects.toMatchObject({ code: "session_expired" })
    expect(await client.signOut()).toBeUndefined()
    expect(browser.storage.size).toBe(0)
    expect(names()).toEqual(["refresh_token"])
  })

  it.each([
    ["cookie", cookie, down, "upstream_unavailable", {}],
    ["sealed", sealed, noAnswer, "network_error", { token: "sealed-1" }],
  ])(
    "keeps everything after an error, so that it can be tried again: %s",
    async (_delivery, options, error, code, sent) => {
      const client = await signedIn(options, sealedAnna)
      await expect(signOut(client, error)).rejects.toMatchObject({ code, retryable: true })
      expect(client.session()?.claims.ctx).toBe("Cust12020")
      await signOut(client, done)
      expect(lastBody()).toEqual({ ...sent, ...ofAnna })
    },
  )

  it("forgets the tokens but not the tenant when the session is another user's", async () => {
    const client = await signedIn(cookie, anna)
    await expect(signOut(client, expired)).rejects.toMatchObject({ code: "session_expired" })
    expect(client.session()).toBeUndefined()
    expect(await namedBy(client)).toEqual(ofAnna)
  })

  it("waits for a refresh that is under way, so that it does not bring the session back", async () => {
    const client = await signedIn(cookie, anna)
    const older = refreshed(client, answerWith(anna))
    await signOut(client, done)
    await older
    expect(names()).toEqual(["refresh_token", "revoke-token"])
    expect(client.session()).toBeUndefined()
  })
})
