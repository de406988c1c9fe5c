import { describe, expect, it, vi } from "vitest"
import { createClient, type ClientOptions, type TokenExchangeError } from "../../../client/browser.ts"
import { answerWith, failWith, tokens, type Answer } from "./answers.ts"
import { cookie, redirectUri, signedIn } from "./client.ts"
import { api, browser, later } from "./fake-browser.ts"

const refresh = (options: ClientOptions = cookie) => createClient(options).getAccessToken()

describe("what a client takes for success", () => {
  const { claims } = tokens()
  it.each<[string, Answer]>([
    ["an empty object", answerWith({})],
    ["null", answerWith(null)],
    ["a list", answerWith([])],
    ["a token without claims", answerWith({ access_token: "8A:x", expires_in: 3600 })],
    ["claims without a tenant", answerWith(tokens({ claims: { ...claims, ctx: "" } }))],
    ["an empty token", answerWith(tokens({ access_token: "" }))],
    ["no body", () => new Response(null, { status: 204 })],
    ["tokens with status 302", answerWith(tokens(), 302)],
    ["tokens with status 500", answerWith(tokens(), 500)],
  ])("is not %s (C77)", async (_what, answer) => {
    browser.answers["refresh-token"] = [answer]
    const client = createClient(cookie)
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: "gateway_error" })
    expect(client.session()).toBeUndefined()
  })

  it("is no sign-in and no sign-out without the members of their answers (C77)", async () => {
    browser.answers["start-login"] = [answerWith({ state: "s1" })]
    browser.answers["revoke-token"] = [answerWith({})]
    const client = createClient(cookie)
    await expect(client.signIn()).rejects.toMatchObject({ code: "gateway_error" })
    await expect(client.signOut()).rejects.toMatchObject({ code: "gateway_error" })
    expect(browser.visited).toEqual([])
  })

  it("is no answer to whether a cookie is kept that does not say so (C77)", async () => {
    browser.answers["start-login"] = [
      answerWith({ authorization_url: "https://sod.example/a", state: "s1" }),
      answerWith({}),
    ]
    const client = createClient({ ...cookie, delivery: "partitioned" })
    await expect(client.signIn()).rejects.toMatchObject({ code: "gateway_error" })
    expect(browser.visited).toEqual([])
  })
})

describe("an error", () => {
  it("names what was asked and what came back, with the Response as its cause", async () => {
    browser.answers["refresh-token"] = [failWith("grant_rejected")]
    await expect(refresh()).rejects.toMatchObject({
      message: `${api}/refresh-token: 400 In words.`,
      cause: { status: 400 },
      requestId: "r1",
    })
  })

  it("has the error of fetch as its cause when no answer came", async () => {
    const cause = new TypeError("Failed to fetch")
    browser.answers["refresh-token"] = [() => Promise.reject(cause)]
    await expect(refresh()).rejects.toMatchObject({
      code: "network_error",
      message: `${api}/refresh-token: no answer network_error`,
      cause,
    })
  })

  it.each([
    ["a proxy", answerWith({ code: "AccessDenied", error: "Forbidden" }, 403), 403],
    ["a content delivery network", () => new Response("<html>", { status: 502 }), 502],
  ])("is gateway_error when it is of %s and not of a function", async (_whose, answer, status) => {
    browser.answers["refresh-token"] = [answer]
    await expect(refresh()).rejects.toMatchObject({
      code: "gateway_error",
      message: `${api}/refresh-token: ${status} gateway_error`,
    })
  })

  it("has a sentence when this tab did not begin the sign-in, and no code in its cause", async () => {
    browser.goTo(`${redirectUri}?code=c1&state=foreign`)
    const error = await createClient(cookie)
      .handleCallback()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: "state_mismatch",
      message: "Not of this tab",
      cause: { state: "foreign" },
    })
    expect(JSON.stringify((error as TokenExchangeError).cause)).not.toContain("c1")
  })
})

describe("a request", () => {
  it("follows no redirect, so that no other host gets a code or a session (C77)", async () => {
    const client = await signedIn()
    browser.answers["refresh-token"] = [answerWith(tokens())]
    await client.getAccessToken({ refresh: true })
    expect(browser.posts[0]?.init.redirect).toBe("error")
  })

  it.each([
    "http://login.example.com",
    "login.example.com",
    "http://localhost.example.com",
    "ws://localhost",
  ])("is never sent to %s, which is neither https nor loopback (C77)", (address) => {
    expect(() => createClient({ ...cookie, api: address })).toThrow(
      expect.objectContaining({ code: "request_invalid", message: `Not https: ${address}` }),
    )
  })

  it.each(["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000", "https://login.example.com"])(
    "may be sent to %s",
    (address) => {
      expect(createClient({ ...cookie, api: address }).session()).toBeUndefined()
    },
  )

  it("goes to the same address with a slash at the end of api", async () => {
    browser.answers["refresh-token"] = [answerWith(tokens())]
    const urls: string[] = []
    const send: typeof fetch = (url, init) => {
      urls.push(url as string)
      return fetch(url, init)
    }
    await refresh({ ...cookie, api: `${api}/`, fetch: send })
    expect(urls).toEqual([`${api}/refresh-token`])
    expect([...browser.storage.keys()]).toEqual([`${api} tenant`])
  })

  it("works in a browser without AbortSignal.timeout, e.g. Safari 15", async () => {
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      throw new TypeError("AbortSignal.timeout is not a function")
    })
    browser.answers["refresh-token"] = [answerWith(tokens())]
    expect(await refresh()).toBe("8A:Cust12020.first")
    vi.restoreAllMocks()
  })

  it("is given up after 32 seconds", async () => {
    // Node's own locks, of Node 24, do not wait for fake timers.
    vi.stubGlobal("navigator", {})
    vi.useFakeTimers()
    browser.answers["refresh-token"] = [
      () =>
        new Promise((_resolve, reject) => {
          const { signal } = browser.posts[0]?.init ?? {}
          signal?.addEventListener("abort", () => {
            reject(new DOMException("aborted", "AbortError"))
          })
        }),
    ]
    const refreshed = expect(refresh()).rejects.toMatchObject({ code: "network_error", retryable: true })
    await vi.advanceTimersByTimeAsync(32_000)
    await refreshed
  })
})

describe("a caller's signal", () => {
  it("ends the wait for a token, and the request goes on for other callers", async () => {
    const client = await signedIn()
    later(3600)
    browser.answers["refresh-token"] = [answerWith(tokens({ access_token: "8A:Cust12020.second" }))]
    const controller = new AbortController()
    const cancelled = client.getAccessToken({ signal: controller.signal })
    const other = client.getAccessToken()
    controller.abort("changed my mind")
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled", cause: "changed my mind" })
    expect(await other).toBe("8A:Cust12020.second")
  })

  it("prevents that a sign-in leaves the page", async () => {
    browser.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
    const signal = AbortSignal.abort()
    await expect(createClient(cookie).signIn({ signal })).rejects.toMatchObject({ code: "cancelled" })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(browser.visited).toEqual([])
  })

  it("ends the wait for a sign-out, which takes place nevertheless", async () => {
    const client = await signedIn()
    browser.answers["revoke-token"] = [
      answerWith({ revoked: true, end_session_url: "https://sod.example/logout" }),
    ]
    const signedOut = client.signOut({ signal: AbortSignal.abort() })
    await expect(signedOut).rejects.toMatchObject({ code: "cancelled" })
    await vi.waitFor(() => {
      expect(client.session()).toBeUndefined()
    })
  })
})
