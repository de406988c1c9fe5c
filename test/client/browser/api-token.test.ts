import { describe, expect, it } from "vitest"
import type { Tenant } from "../../../lib/contract.ts"
import { createClient, type Client, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { arrive, comeBack, cookie, done, sealed, signedIn } from "./client.ts"
import { browser, later, names, start } from "./fake-browser.ts"

const withApiToken: ClientOptions = { ...cookie, include: ["api_token"] }
const now = start.getTime() / 1000

/** An answer with an API token of ten minutes, of functions whose clock is an hour behind this machine's. */
function answerNumber(n: number) {
  return tokens({
    access_token: `access-${n}`,
    expires_at: now,
    api_token: `api-${n}`,
    api_token_expires_at: now - 3600 + 600,
  })
}

/** An answer for a user that an API token cannot name. */
const withoutApiToken = tokens({ api_token: null })
const signIn = () => signedIn(withApiToken, answerNumber(1))
const outage = failWith("upstream_unavailable", { retryable: true }, 503)

/** What the client throws. */
async function failureOf(client: Client, options?: Parameters<Client["getApiToken"]>[0]): Promise<unknown> {
  return await client.getApiToken(options).then(
    () => expect.unreachable("an API token"),
    (error: unknown) => error,
  )
}

const missing = { code: "api_token_missing", message: "api_token_missing", retryable: false }

describe("an API token", () => {
  it("comes from memory until a minute before it expires, by this machine's clock", async () => {
    const client = await signIn()
    later(540)
    expect(await client.getApiToken()).toBe("api-1")
    later(1)
    browser.answers.refresh_token = [answerWith(answerNumber(2))]
    expect(await client.getApiToken()).toBe("api-2")
    expect(names()).toEqual(["refresh_token"])
  })

  it("is refreshed together with the access token, which comes from memory while it is good", async () => {
    const client = await signIn()
    later(600)
    expect(await client.getAccessToken()).toBe("access-1")
    browser.answers.refresh_token = [answerWith(answerNumber(2))]
    const both = await Promise.all([client.getApiToken(), client.getApiToken()])
    expect(both).toEqual(["api-2", "api-2"])
    expect(await client.getAccessToken()).toBe("access-2")
    expect(names()).toEqual(["refresh_token"])
  })

  it("shares one refresh with the access token when both are asked for at the same time", async () => {
    const client = await signIn()
    later(3600)
    browser.answers.refresh_token = [answerWith(answerNumber(2))]
    expect(await Promise.all([client.getAccessToken(), client.getApiToken()])).toEqual(["access-2", "api-2"])
    expect(names()).toEqual(["refresh_token"])
  })

  it("is refreshed from the session after a reload, and at any time on demand", async () => {
    browser.answers.refresh_token = [answerWith(answerNumber(2)), answerWith(answerNumber(3))]
    const client = createClient(withApiToken)
    expect(await client.getApiToken()).toBe("api-2")
    expect(await client.getApiToken({ refresh: true })).toBe("api-3")
  })

  it("is used to its end when an outage prevents a refresh", async () => {
    const client = await signIn()
    later(590)
    browser.answers.refresh_token = [outage, outage]
    expect(await client.getApiToken()).toBe("api-1")
    later(10)
    expect(await failureOf(client)).toMatchObject({ code: "upstream_unavailable", retryable: true })
    expect(await client.getAccessToken()).toBe("access-1")
  })

  it("is not there after the session has expired, nor after a sign-out", async () => {
    const client = await signIn()
    later(600)
    browser.answers.refresh_token = [failWith("session_expired")]
    expect(await failureOf(client)).toMatchObject({ code: "session_expired" })
    expect(client.session()).toBeUndefined()

    await comeBack(client, answerNumber(2))
    browser.answers["revoke-token"] = [done]
    await client.signOut()
    browser.answers.refresh_token = [failWith("session_expired")]
    expect(await failureOf(client)).toMatchObject({ code: "session_expired" })
  })

  it("is waited for until the caller's signal aborts, and the refresh goes on", async () => {
    const client = await signIn()
    later(600)
    browser.answers.refresh_token = [answerWith(answerNumber(2))]
    const controller = new AbortController()
    const cancelled = failureOf(client, { signal: controller.signal })
    const other = client.getApiToken()
    controller.abort()
    expect(await cancelled).toMatchObject({ code: "cancelled" })
    expect(await other).toBe("api-2")
  })
})

describe("a session without an API token", () => {
  it.each([
    ["the client does not include one", cookie, tokens()],
    ["the user cannot have one", withApiToken, withoutApiToken],
  ])(
    "throws api_token_missing without a request while its access token is good, because %s",
    async (...[, options, answer]) => {
      const client = await signedIn(options, answer)
      expect(await failureOf(client)).toMatchObject(missing)
      expect(names()).toEqual([])
      expect(await client.getAccessToken()).toBe("8A:Cust12020.first")

      later(3600)
      browser.answers.refresh_token = [answerWith(answer)]
      expect(await failureOf(client)).toMatchObject(missing)
      expect(names()).toEqual(["refresh_token"])
    },
  )

  it("gets one when a refresh on demand brings one", async () => {
    const client = await signedIn(withApiToken, withoutApiToken)
    browser.answers.refresh_token = [answerWith(answerNumber(2))]
    expect(await client.getApiToken({ refresh: true })).toBe("api-2")
  })

  it("throws the error of the outage when it cannot be refreshed, and api_token_missing while it is good", async () => {
    const client = await signedIn(withApiToken, withoutApiToken)
    later(3590)
    browser.answers.refresh_token = [outage, outage]
    expect(await failureOf(client)).toMatchObject(missing)
    later(10)
    expect(await failureOf(client)).toMatchObject({ code: "upstream_unavailable" })
  })
})

describe("what a client includes", () => {
  it.each([
    ["cookie", { ...cookie, include: ["api_token", "tenant"] } as const],
    ["sealed", { ...sealed, include: ["api_token", "tenant"] } as const],
  ])("is in every token request, and in no other: %s", async (_delivery, options) => {
    const client = createClient(options)
    await comeBack(client, { ...answerNumber(1), refresh_token: "sealed-1" })
    browser.answers.refresh_token = [answerWith(answerNumber(2)), answerWith(answerNumber(3))]
    await client.getAccessToken({ refresh: true })
    await createClient(options).getApiToken()
    browser.answers["revoke-token"] = [done]
    await client.signOut()
    expect(browser.posts.map(({ name, body }) => [name, (body as { include?: unknown }).include])).toEqual([
      ["authorization_code", ["api_token", "tenant"]],
      ["refresh_token", ["api_token", "tenant"]],
      ["refresh_token", ["api_token", "tenant"]],
      ["revoke-token", undefined],
    ])
  })

  it("is in the session, with times by this machine's clock", async () => {
    const tenant: Tenant = { state: "Running", is_running: true, webapi_url: null, valid_until: null }
    const client = await signedIn(withApiToken, { ...answerNumber(1), tenant })
    expect(client.session()).toEqual({
      ...answerNumber(1),
      expires_at: now + 3600,
      api_token_expires_at: now + 600,
      tenant,
    })
  })

  it.each([
    ["not asked for", cookie, tokens()],
    ["null", withApiToken, withoutApiToken],
  ])("has no end of an API token that is %s", async (_what, options, answer) => {
    const client = await signedIn(options, answer)
    expect(client.session()).not.toHaveProperty("api_token_expires_at")
  })

  it("fails a sign-in to a deployment that does not offer it", async () => {
    arrive(undefined, failWith("request_invalid"))
    const client = createClient(withApiToken)
    await expect(client.handleCallback()).rejects.toMatchObject({ code: "request_invalid", retryable: false })
    expect(client.session()).toBeUndefined()
  })

  it.each([
    ["cookie", withApiToken, answerNumber(1), ["Cust12020"]],
    [
      "sealed",
      { ...sealed, include: ["api_token"] } as const,
      { ...answerNumber(1), refresh_token: "sealed-1" },
      ["sealed-1", "Cust12020"],
    ],
  ])("is never stored: %s", async (...[, options, answer, stored]) => {
    await signedIn(options, answer)
    expect([...browser.storage.values()]).toEqual(stored)
  })
})
