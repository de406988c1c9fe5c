import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createClient, type ClientOptions } from "../../../client/browser.ts"
import type { BrowserTokenResponse, ErrorResponse } from "../../../lib/contract.ts"

const api = "https://login.example.com"
const redirectUri = "https://app.example.com/callback"
const cookie: ClientOptions = { api, redirectUri }
const sealed: ClientOptions = {
  api,
  redirectUri,
  delivery: "sealed",
  clientId: "db1834037c58c02b6bd9898feef19845",
  authorizationEndpoint: "https://sod.superoffice.com/login/common/oauth/authorize",
}
const start = new Date("2026-11-23T10:00:00Z")

type Answer = () => Response | Promise<Response>

/** The page's surroundings: what it is on, what it keeps, and the functions' next answers by name. */
interface World {
  readonly posts: { readonly name: string; readonly body: unknown; readonly init: RequestInit }[]
  readonly answers: Record<string, Answer[]>
  readonly storage: Map<string, string>
  readonly visited: string[]
  goTo(address: string): void
}

let world: World

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ["Date"] })
  world = createWorld()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function createWorld(): World {
  const storage = new Map<string, string>()
  const location = { href: "https://app.example.com/", assign: (url: string) => visited.push(url) }
  const [posts, answers, visited]: [World["posts"], World["answers"], string[]] = [[], {}, []]
  vi.stubGlobal("location", location)
  vi.stubGlobal("history", {
    state: { kept: true },
    replaceState: (state: unknown, _unused: string, url: URL) => {
      expect(state).toEqual({ kept: true })
      location.href = url.href
    },
  })
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  })
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const name = url.replace(`${api}/`, "")
    const answer = answers[name]?.shift()
    expect(answer, `a request to ${name} that was not expected`).toBeDefined()
    posts.push({ name, body: typeof init.body === "string" && JSON.parse(init.body), init })
    return Promise.resolve(answer?.())
  })
  return { posts, answers, storage, visited, goTo: (address) => void (location.href = address) }
}

function tokens(more: Partial<BrowserTokenResponse> = {}): BrowserTokenResponse {
  return {
    token_type: "Bearer",
    access_token: "8A:Cust12020.first",
    expires_in: 3600,
    expires_at: 1,
    scope: "openid",
    session_expires_at: 2,
    claims: {
      iss: "https://sod.superoffice.com",
      sub: "tony@example.com",
      aud: "db1834037c58c02b6bd9898feef19845",
      iat: 1,
      nbf: 1,
      exp: 301,
      ctx: "Cust12020",
    },
    ...more,
  }
}

const answerWith =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status })

function failWith(code: ErrorResponse["code"], more: Partial<ErrorResponse> = {}, status = 400): Answer {
  const body = {
    error: "e",
    error_description: "In words.",
    code,
    retryable: false,
    request_id: "r1",
    ...more,
  }
  return answerWith(body, status)
}

const names = () => world.posts.map(({ name }) => name)
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

/** Signs in and comes back; the first token is in memory. */
async function signedIn(options = cookie, first = tokens()) {
  const client = createClient(options)
  world.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
  await client.signIn()
  const state = new URL(world.visited[0] ?? "").searchParams.get("state") ?? "s1"
  world.goTo(`${redirectUri}?code=c1&state=${state}`)
  world.answers["exchange-code"] = [answerWith(first)]
  await client.handleCallback()
  world.posts.length = 0
  return client
}

describe("signing in, with the cookie deliveries", () => {
  it("lets the functions begin, keeps the state and leaves for the login page", async () => {
    world.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
    await createClient(cookie).signIn({ tenant: "Cust12020", loginHint: "tony@example.com" })
    expect(world.posts).toMatchObject([
      {
        name: "start-login",
        body: { redirect_uri: redirectUri, tenant: "Cust12020", login_hint: "tony@example.com" },
        init: { method: "POST", credentials: "include", headers: { "content-type": "application/json" } },
      },
    ])
    expect([...world.storage.values()]).toEqual([`{"state":"s1"}`])
    expect(world.visited).toEqual(["https://sod.example/a"])
  })

  it("says so when the functions refuse, and stays", async () => {
    world.answers["start-login"] = [failWith("configuration_invalid", {}, 500)]
    const signIn = createClient(cookie).signIn()
    await expect(signIn).rejects.toMatchObject({ code: "configuration_invalid", requestId: "r1" })
    expect(world.visited).toEqual([])
  })

  it("goes where it is told, for a pop-up", async () => {
    world.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
    const navigate = vi.fn()
    await createClient(cookie).signIn({ navigate })
    expect(navigate).toHaveBeenCalledExactlyOnceWith("https://sod.example/a")
    expect(world.visited).toEqual([])
  })
})

describe("signing in, with delivery sealed", () => {
  it("builds the authorization request itself, with PKCE (RFC 7636 §4.3)", async () => {
    await createClient(sealed).signIn({ tenant: "Cust12020", loginHint: "tony@example.com" })
    expect(world.posts).toEqual([])
    const url = new URL(world.visited[0] ?? "")
    expect(url.origin + url.pathname).toBe("https://sod.superoffice.com/login/common/oauth/authorize")
    const login = JSON.parse([...world.storage.values()][0] ?? "") as Record<string, string>
    const challenge = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(login.code_verifier ?? ""),
    )
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "db1834037c58c02b6bd9898feef19845",
      response_type: "code",
      scope: "openid",
      redirect_uri: redirectUri,
      state: login.state,
      nonce: login.nonce,
      code_challenge: Buffer.from(challenge).toString("base64url"),
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
      for (const value of Object.values(JSON.parse([...world.storage.values()][0] ?? "") as object))
        seen.add(String(value))
    }
    expect(seen.size).toBe(60)
    for (const value of seen) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("leaves out what was not asked for", async () => {
    await createClient(sealed).signIn()
    expect(world.visited[0]).not.toMatch(/acr_values|login_hint/)
  })

  it("redeems the code with redirect URI, verifier and nonce, and keeps the sealed value", async () => {
    const client = createClient(sealed)
    await client.signIn()
    const { state, ...secrets } = JSON.parse([...world.storage.values()][0] ?? "") as Record<string, string>
    world.goTo(`${redirectUri}?code=c1&state=${state ?? ""}`)
    world.answers["exchange-code"] = [answerWith(tokens({ refresh_token: "sealed-1" }))]
    await client.handleCallback()
    expect(world.posts[0]?.body).toEqual({ code: "c1", redirect_uri: redirectUri, ...secrets })
    expect([...world.storage.values()]).toEqual(["sealed-1"])
    expect(client.session()).not.toHaveProperty("refresh_token")
  })
})

describe("coming back from the login page", () => {
  const begin = (state = "s1") => world.storage.set(`${api} login`, JSON.stringify({ state }))

  it("does nothing on a page that is not a callback", async () => {
    begin()
    for (const address of ["/", "/?code=summer-sale", "/?state=open"]) {
      world.goTo(`https://app.example.com${address}`)
      expect(await createClient(cookie).handleCallback()).toBe(false)
      expect(location.href).toBe(`https://app.example.com${address}`)
    }
    expect(world.posts).toEqual([])
    expect(world.storage.size).toBe(1)
  })

  it("redeems the code once, and has the token in memory", async () => {
    begin()
    world.goTo(`${redirectUri}?code=c1&state=s1&iss=https%3A%2F%2Fsod.superoffice.com`)
    world.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    expect(await client.handleCallback()).toBe(true)
    expect(world.posts).toMatchObject([
      {
        name: "exchange-code",
        body: { code: "c1", state: "s1", iss: "https://sod.superoffice.com" },
        init: { credentials: "include", headers: { "x-csrf": "1" } },
      },
    ])
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    expect(world.storage.size).toBe(0)
  })

  it("posts once when it is called twice, as React's StrictMode does", async () => {
    begin()
    world.goTo(`${redirectUri}?code=c1&state=s1`)
    world.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    expect(await Promise.all([client.handleCallback(), client.handleCallback()])).toEqual([true, true])
    expect(await client.handleCallback(`${redirectUri}?code=c1&state=s1`)).toBe(true)
    expect(names()).toEqual(["exchange-code"])
  })

  it("cleans the address bar before it posts, and leaves the rest of it alone", () => {
    begin()
    world.goTo(`${redirectUri}?tab=2&code=c1&state=s1&iss=i#top`)
    world.answers["exchange-code"] = [answerWith(tokens())]
    void createClient(cookie).handleCallback()
    expect(location.href).toBe(`${redirectUri}?tab=2#top`)
  })

  it("refuses a state that is not this tab's, and does not use the code", async () => {
    for (const kept of ["other", undefined]) {
      world.storage.clear()
      if (kept) begin(kept)
      world.goTo(`${redirectUri}?code=c1&state=s1`)
      await expect(createClient(cookie).handleCallback()).rejects.toMatchObject({
        code: "state_mismatch",
        retryable: false,
      })
      expect(location.href).toBe(redirectUri)
    }
    expect(world.posts).toEqual([])
  })

  it.each([
    ["access_denied", "sign_in_cancelled"],
    ["server_error", "sign_in_failed"],
  ])("names the login page's %s %s", async (error, code) => {
    begin()
    world.goTo(`${redirectUri}?error=${error}&error_description=x&state=s1`)
    const callback = createClient(cookie).handleCallback()
    await expect(callback).rejects.toMatchObject({ name: "TokenExchangeError", code, retryable: false })
    expect(location.href).toBe(redirectUri)
    expect(world.posts).toEqual([])
  })

  it.each([
    ["the functions' own refusal", failWith("grant_rejected"), "grant_rejected"],
    ["the gateway's 503", answerWith({ message: "Service Unavailable" }, 503), "gateway_error"],
    ["no answer", () => Promise.reject(new TypeError("Failed to fetch")), "network_error"],
  ])("never posts a code again: %s", async (_name, answer, code) => {
    begin()
    world.goTo(`${redirectUri}?code=c1&state=s1`)
    world.answers["exchange-code"] = [answer]
    const client = createClient(cookie)
    await expect(client.handleCallback()).rejects.toMatchObject({ code, retryable: false })
    await expect(client.handleCallback()).rejects.toMatchObject({ code })
    expect(names()).toEqual(["exchange-code"])
  })

  it("finishes a pop-up's sign-in in a frame that has no storage", async () => {
    const denied = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError")
    }
    vi.stubGlobal("sessionStorage", { getItem: denied, setItem: denied, removeItem: denied })
    world.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
    world.answers["exchange-code"] = [answerWith(tokens())]
    world.answers["refresh-token"] = [failWith("session_expired")]
    const client = createClient({ ...cookie, delivery: "partitioned" })
    await client.signIn({ navigate: () => undefined })
    expect(await client.handleCallback(`${redirectUri}?code=c1&state=s1`)).toBe(true)
    const refreshed = client.getAccessToken({ refresh: true })
    await expect(refreshed).rejects.toMatchObject({ code: "session_expired" })
    const again = client.handleCallback(`${redirectUri}?code=c2&state=s1`)
    await expect(again).rejects.toMatchObject({ code: "state_mismatch" })
  })

  it("takes the address that a pop-up came back with, and leaves the page's own alone", async () => {
    begin()
    world.goTo("https://app.example.com/panel?customer=7")
    world.answers["exchange-code"] = [answerWith(tokens())]
    expect(await createClient(cookie).handleCallback(`${redirectUri}?code=c1&state=s1`)).toBe(true)
    expect(location.href).toBe("https://app.example.com/panel?customer=7")
  })

  it("lets whoever wants a token meanwhile wait for this one", async () => {
    begin()
    world.goTo(`${redirectUri}?code=c1&state=s1`)
    world.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    void client.handleCallback()
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(names()).toEqual(["exchange-code"])
  })

  it("wins over a refresh that was under way", async () => {
    begin()
    world.goTo(`${redirectUri}?code=c1&state=s1`)
    world.answers["refresh-token"] = [answerWith(tokens({ access_token: "8A:Cust12020.older" }))]
    world.answers["exchange-code"] = [answerWith(tokens())]
    const client = createClient(cookie)
    const older = client.getAccessToken()
    await client.handleCallback()
    expect(await older).toBe("8A:Cust12020.older")
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    expect(names()).toEqual(["refresh-token", "exchange-code"])
  })
})

describe("an access token", () => {
  const second = answerWith(tokens({ access_token: "8A:Cust12020.second" }))

  it("comes from memory until a minute before it expires, by this machine's clock", async () => {
    const client = await signedIn()
    expect(client.session()?.expires_at).toBe(start.getTime() / 1000 + 3600)
    later(3540)
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    later(1)
    world.answers["refresh-token"] = [second]
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
    expect(world.posts).toMatchObject([
      { name: "refresh-token", body: {}, init: { credentials: "include", headers: { "x-csrf": "1" } } },
    ])
  })

  it("is refreshed once for all who ask at the same time", async () => {
    const client = await signedIn()
    later(3600)
    world.answers["refresh-token"] = [second]
    const all = await Promise.all([client.getAccessToken(), client.getAccessToken(), client.getAccessToken()])
    expect(new Set(all)).toEqual(new Set(["8A:Cust12020.second"]))
    expect(names()).toEqual(["refresh-token"])
  })

  it("is refreshed from the session after a reload", async () => {
    world.answers["refresh-token"] = [second]
    const client = createClient(cookie)
    expect(client.session()).toBeUndefined()
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
  })

  it("is refreshed at any time on demand", async () => {
    const client = await signedIn()
    world.answers["refresh-token"] = [second]
    expect(await client.getAccessToken({ refresh: true })).toBe("8A:Cust12020.second")
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
  })

  it("is never in sessionStorage", async () => {
    await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    expect([...world.storage].join()).not.toContain("8A:")
  })

  it("is refreshed with the sealed value, which the answer replaces", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    world.answers["refresh-token"] = [answerWith(tokens({ refresh_token: "sealed-2" }))]
    await client.getAccessToken({ refresh: true })
    expect(world.posts[0]?.body).toEqual({ refresh_token: "sealed-1" })
    expect([...world.storage.values()]).toEqual(["sealed-2"])
  })

  it("is not asked for without a sealed value", async () => {
    await expect(createClient(sealed).getAccessToken()).rejects.toMatchObject({ code: "session_expired" })
    expect(world.posts).toEqual([])
  })

  it("is forgotten with everything when the session has expired", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    world.answers["refresh-token"] = [failWith("session_expired")]
    await expect(client.getAccessToken({ refresh: true })).rejects.toMatchObject({ code: "session_expired" })
    expect(client.session()).toBeUndefined()
    expect(world.storage.size).toBe(0)
  })

  it("keeps the sealed value when the grant is rejected, which may heal", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    later(3590)
    world.answers["refresh-token"] = [failWith("grant_rejected")]
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: "grant_rejected", retryable: false })
    expect([...world.storage.values()]).toEqual(["sealed-1"])
  })

  const outage = failWith("upstream_unavailable", { retryable: true, retry_after_seconds: 5 }, 503)

  it("is used to its end when an outage prevents a refresh", async () => {
    const client = await signedIn()
    later(3590)
    world.answers["refresh-token"] = [outage, outage]
    expect(await client.getAccessToken()).toBe("8A:Cust12020.first")
    later(10)
    await expect(client.getAccessToken()).rejects.toMatchObject({
      code: "upstream_unavailable",
      message: "In words.",
      retryable: true,
      retryAfterSeconds: 5,
      requestId: "r1",
    })
  })

  it("is asked for once per call in an outage: repeating is the caller's choice", async () => {
    world.answers["refresh-token"] = [outage, second]
    const client = createClient(cookie)
    await expect(client.getAccessToken()).rejects.toMatchObject({ retryable: true })
    expect(names()).toHaveLength(1)
    expect(await client.getAccessToken()).toBe("8A:Cust12020.second")
  })

  it.each([
    ["the gateway's 429", answerWith({ message: "Too Many Requests" }, 429), "gateway_error", true],
    ["the gateway's 403", answerWith({ message: "Forbidden" }, 403), "gateway_error", false],
    ["HTML with status 200", () => new Response("<p>hello"), "gateway_error", false],
    ["no answer", () => Promise.reject(new TypeError("Failed to fetch")), "network_error", true],
  ])("has a code for %s", async (_name, answer, code, retryable) => {
    world.answers["refresh-token"] = [answer]
    await expect(createClient(cookie).getAccessToken()).rejects.toMatchObject({ code, retryable })
  })
})

describe("signing out", () => {
  const done = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" } as const

  it("revokes by cookie and forgets the token", async () => {
    const client = await signedIn()
    world.answers["revoke-token"] = [answerWith(done)]
    expect(await client.signOut()).toEqual(done)
    expect(world.posts).toMatchObject([{ name: "revoke-token", body: {}, init: { credentials: "include" } }])
    expect(client.session()).toBeUndefined()
  })

  it("revokes the sealed value and forgets it", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    world.answers["revoke-token"] = [answerWith(done)]
    await client.signOut()
    expect(world.posts[0]?.body).toEqual({ token: "sealed-1" })
    expect(world.storage.size).toBe(0)
    expect(await client.signOut()).toBeUndefined()
  })

  it("can be tried again when it failed", async () => {
    const client = await signedIn(sealed, tokens({ refresh_token: "sealed-1" }))
    world.answers["revoke-token"] = [() => Promise.reject(new TypeError("Failed to fetch")), answerWith(done)]
    await expect(client.signOut()).rejects.toMatchObject({ code: "network_error", retryable: true })
    expect(client.session()).toBeDefined()
    expect(await client.signOut()).toEqual(done)
  })

  it("waits for a refresh that is under way, so that it does not bring the session back", async () => {
    const client = await signedIn()
    world.answers["refresh-token"] = [answerWith(tokens())]
    world.answers["revoke-token"] = [answerWith(done)]
    const refreshed = client.getAccessToken({ refresh: true })
    await client.signOut()
    await refreshed
    expect(names()).toEqual(["refresh-token", "revoke-token"])
    expect(client.session()).toBeUndefined()
  })
})

it("is at most 2048 bytes, minified and gzipped, and made of nothing but itself", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ["client/browser.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    metafile: true,
    write: false,
  })
  expect(gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length).toBeLessThanOrEqual(2048)
  expect(Object.keys(metafile.inputs).filter((file) => !file.startsWith("client/browser"))).toEqual([])
})
