import { afterEach, describe, expect, it, vi } from "vitest"
import { createClient, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, tokens, type Answer } from "./answers.ts"
import { cookie, done, refreshed, signedIn, started } from "./client.ts"
import { api, browser, later } from "./fake-browser.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const refresh = (answer: Answer, options: ClientOptions = cookie) => refreshed(createClient(options), answer)

describe("what a client takes for success", () => {
  const { claims } = tokens()
  it.each<[string, Answer, isRetryable?: boolean]>([
    ["null", answerWith(null)],
    ["a token without claims", answerWith({ access_token: "8A:x", expires_in: 3600 })],
    ["claims without a tenant", answerWith(tokens({ claims: { ...claims, ctx: "" } }))],
    ["an empty token", answerWith(tokens({ access_token: "" }))],
    ["no body", () => new Response(null, { status: 204 })],
    ["tokens with status 302", answerWith(tokens(), 302)],
    ["tokens with status 500", answerWith(tokens(), 500), true],
    ["an error of a proxy", answerWith({ code: "AccessDenied", error: "Forbidden" }, 403)],
    ["the gateway's throttle", answerWith({ message: "Too Many Requests" }, 429), true],
    ["HTML of a content delivery network", () => new Response("<html>", { status: 502 }), true],
  ])("is not %s (C77)", async (_what, answer, retryable = false) => {
    const client = createClient(cookie)
    await expect(refreshed(client, answer)).rejects.toMatchObject({
      code: "gateway_error",
      retryable,
      message: expect.stringMatching(`^${api}/token: \\d{3} gateway_error$`) as unknown,
    })
    expect(client.session()).toBeUndefined()
  })

  it.each<[string, readonly Answer[]]>([
    ["a sign-in without its address", [answerWith({ state: "s1" })]],
    ["a sign-in whose cookie may not be kept", [started, answerWith({})]],
  ])("is not %s (C77)", async (_what, answers) => {
    browser.answers["start-login"] = [...answers]
    const client = createClient({ ...cookie, delivery: "partitioned" })
    await expect(client.signIn()).rejects.toMatchObject({ code: "gateway_error" })
    expect(browser.visited).toEqual([])
  })

  it("is not a sign-out that does not say so (C77)", async () => {
    browser.answers["revoke-token"] = [answerWith({})]
    await expect(createClient(cookie).signOut()).rejects.toMatchObject({ code: "gateway_error" })
  })
})

it("an error has that of fetch as its cause when no answer came", async () => {
  const cause = new TypeError("Failed to fetch")
  await expect(refresh(() => Promise.reject(cause))).rejects.toMatchObject({
    code: "network_error",
    message: `${api}/token: no answer network_error`,
    cause,
    retryable: true,
  })
})

describe("a request", () => {
  it("follows no redirect, so that no other host gets a code or a session (C77)", async () => {
    await refresh(answerWith(tokens()))
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
    const send = vi.fn<typeof fetch>((url, init) => fetch(url, init))
    await refresh(answerWith(tokens()), { ...cookie, api: `${api}/`, fetch: send })
    expect(send).toHaveBeenCalledExactlyOnceWith(`${api}/token`, expect.anything())
    expect([...browser.storage.keys()]).toEqual([`${api} tenant`])
  })

  it("works in a browser without AbortSignal.timeout, e.g. Safari 15", async () => {
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      throw new TypeError("AbortSignal.timeout is not a function")
    })
    expect(await refresh(answerWith(tokens()))).toBe("8A:Cust12020.first")
  })

  it("is given up after 32 seconds", async () => {
    // Node's own locks, of Node 24, do not wait for fake timers.
    vi.stubGlobal("navigator", {})
    vi.useFakeTimers()
    const silence: Answer = () =>
      new Promise((_resolve, reject) => {
        browser.posts[0]?.init.signal?.addEventListener("abort", () => {
          reject(new DOMException("aborted", "AbortError"))
        })
      })
    const given = expect(refresh(silence)).rejects.toMatchObject({ code: "network_error", retryable: true })
    await vi.advanceTimersByTimeAsync(32_000)
    await given
  })
})

describe("a caller's signal", () => {
  it("ends the wait for a token, and the request goes on for other callers", async () => {
    const client = await signedIn()
    later(3600)
    browser.answers.refresh_token = [answerWith(tokens({ access_token: "8A:Cust12020.second" }))]
    const controller = new AbortController()
    const cancelled = client.getAccessToken({ signal: controller.signal })
    const other = client.getAccessToken()
    controller.abort("changed my mind")
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled", cause: "changed my mind" })
    expect(await other).toBe("8A:Cust12020.second")
  })

  it("prevents that a sign-in leaves the page", async () => {
    browser.answers["start-login"] = [started]
    const signal = AbortSignal.abort()
    await expect(createClient(cookie).signIn({ signal })).rejects.toMatchObject({ code: "cancelled" })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(browser.visited).toEqual([])
  })

  it("ends the wait for a sign-out, which takes place nevertheless", async () => {
    const client = await signedIn()
    browser.answers["revoke-token"] = [done]
    const signedOut = client.signOut({ signal: AbortSignal.abort() })
    await expect(signedOut).rejects.toMatchObject({ code: "cancelled" })
    await vi.waitFor(() => {
      expect(client.session()).toBeUndefined()
    })
  })
})
