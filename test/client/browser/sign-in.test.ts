import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { createClient } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { cookie, redirectUri, sealed, started } from "./client.ts"
import { api, browser } from "./fake-browser.ts"

describe("signing in, with the cookie deliveries", () => {
  it("lets the functions begin, keeps the state and leaves for the login page", async () => {
    browser.answers["start-login"] = [started]
    await createClient(cookie).signIn({ tenant: "Cust12020", loginHint: "tony@example.com" })
    // No question about the cookie, which is of the same site, over https.
    expect(browser.posts).toMatchObject([
      {
        name: "start-login",
        body: { redirect_uri: redirectUri, tenant: "Cust12020", login_hint: "tony@example.com" },
        init: { method: "POST", credentials: "include", headers: { "content-type": "application/json" } },
      },
    ])
    expect([...browser.storage.values()]).toEqual([`{"state":"s1"}`])
    expect(browser.visited).toEqual(["https://sod.example/a"])
  })

  it("says so when the functions refuse, and stays", async () => {
    browser.answers["start-login"] = [failWith("configuration_invalid", {}, 500)]
    const signIn = createClient(cookie).signIn()
    await expect(signIn).rejects.toMatchObject({ code: "configuration_invalid", requestId: "r1" })
    expect(browser.visited).toEqual([])
  })

  it.each([
    ["partitioned cookies", { ...cookie, delivery: "partitioned" } as const],
    ["Secure cookies on plain http", { ...cookie, api: "http://127.0.0.1:3000" }],
  ])("leaves for the login page only when the browser keeps %s", async (_what, options) => {
    browser.answers["start-login"] = [started, answerWith({ kept: false })]
    await expect(createClient(options).signIn()).rejects.toMatchObject({
      code: "cookies_blocked",
      message: `Allow cookies of ${options.api}`,
      retryable: false,
    })
    expect(browser.posts.map(({ body }) => body)).toEqual([{ redirect_uri: redirectUri }, { state: "s1" }])
    expect(browser.visited).toEqual([])
    expect(browser.storage.size).toBe(0)

    browser.answers["start-login"] = [started, answerWith({ kept: true })]
    await createClient(options).signIn()
    expect(browser.visited).toEqual(["https://sod.example/a"])
  })
})

describe("signing in, with delivery sealed", () => {
  /** What the tab keeps until it comes back. */
  const kept = () => JSON.parse([...browser.storage.values()][0] ?? "") as Record<string, string>

  it("builds the authorization request itself, with PKCE (RFC 7636 §4.3)", async () => {
    await createClient(sealed).signIn({ tenant: "Cust12020", loginHint: "tony@example.com" })
    expect(browser.posts).toEqual([])
    const url = new URL(browser.visited[0] ?? "")
    expect(url.origin + url.pathname).toBe("https://sod.superoffice.com/login/common/oauth/authorize")
    const { state, nonce, code_verifier = "" } = kept()
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "db1834037c58c02b6bd9898feef19845",
      response_type: "code",
      scope: "openid",
      redirect_uri: redirectUri,
      state,
      nonce,
      code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
      code_challenge_method: "S256",
      acr_values: "tenant:Cust12020",
      login_hint: "tony@example.com",
    })
  })

  it("makes state, nonce and verifier anew each time, 256 bits each", async () => {
    const client = createClient(sealed)
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      await client.signIn()
      for (const value of Object.values(kept())) seen.add(value)
    }
    expect(seen.size).toBe(60)
    for (const value of seen) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("redeems the code with redirect URI, verifier and nonce, and keeps the sealed value", async () => {
    const client = createClient(sealed)
    await client.signIn()
    expect(browser.visited[0]).not.toMatch(/acr_values|login_hint/)
    const { state, ...secrets } = kept()
    browser.goTo(`${redirectUri}?code=c1&state=${state ?? ""}`)
    browser.answers.authorization_code = [answerWith(tokens({ refresh_token: "sealed-1" }))]
    await client.handleCallback()
    expect(browser.posts[0]?.body).toEqual({ code: "c1", redirect_uri: redirectUri, ...secrets })
    expect(browser.storage.get(`${api} sealed`)).toBe("sealed-1")
    expect(client.session()).not.toHaveProperty("refresh_token")
  })
})
