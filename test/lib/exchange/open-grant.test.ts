import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { openGrant } from "../../../lib/exchange/open-grant.ts"
import type { BrowserCaller } from "../../../lib/request/caller.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { LoginCode, SealedRefresh } from "../../../lib/exchange/grant.ts"
import { loginCookieName, sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealLogin, type Login } from "../../../lib/session/login.ts"
import { Secret } from "../../../lib/secret.ts"
import type { Binding } from "../../../lib/session/binding.ts"
import { sealSession, type Session } from "../../../lib/session/session.ts"
import { codeVerifier, credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../support/id-tokens.ts"
import {
  codeGrant,
  completeConfig,
  fakeContext,
  refreshGrant,
  requestCookies,
} from "../../support/context.ts"

const env = { ALLOWED_ORIGINS: pageOrigin }
const binding: Binding = { config: completeConfig(env), credentials, origin: pageOrigin }
const sessionName = sessionCookieName(pageOrigin, "Cust12020")
const otherBinding: Binding = { ...binding, origin: "https://other.example.com" }

/** A request of a page with some cookies, some seconds after everything was sealed. */
function fromPage(cookies: Readonly<Record<string, string>> = {}, secondsLater = 0) {
  const now = new Date(signedAt.getTime() + secondsLater * 1000)
  const caller: BrowserCaller = {
    door: "browser",
    origin: pageOrigin,
    cookies: requestCookies(cookies),
    hasCsrfHeader: true,
  }
  return { ...fakeContext({ env, now }), caller }
}

function expired(why: string): ExchangeError {
  return new ExchangeError("session_expired", why)
}

describe("a grant in clear", () => {
  it.each([codeGrant, refreshGrant])("is complete already: $type", async (grant) => {
    expect(await openGrant(grant, credentials, fakeContext())).toEqual({ grant, credentials })
  })
})

describe("a sealed refresh", () => {
  const session: Session = {
    refreshToken: new Secret("a-refresh-token"),
    sub: "tony@example.com",
    ctx: "Cust12020",
    signedInAt: signedAt,
  }
  const refresh = async (there = binding): Promise<SealedRefresh> => ({
    type: "sealed_refresh",
    sealed: [{ value: await sealSession(session, there), cookie: sessionName }],
    sub: undefined,
    ctx: undefined,
    clientId: "given",
  })
  const complete = { ...session, type: "refresh_token", clientId: "given" }

  it("is for the user of the sign-in, and remembers when that was", async () => {
    const { grant } = await openGrant(await refresh(), credentials, fromPage())
    expect(grant).toEqual(complete)
    expect(grant).toHaveProperty("refreshToken", expect.objectContaining({}))
    expect(grant.type === "refresh_token" && grant.refreshToken.reveal()).toBe("a-refresh-token")
  })

  it("is good to the last second of the session, and no longer (C45)", async () => {
    const requested = await refresh()
    expect(await openGrant(requested, credentials, fromPage({}, 28_799.999))).toEqual({
      grant: complete,
      credentials,
    })
    await expect(openGrant(requested, credentials, fromPage({}, 28_800))).rejects.toThrow(
      expired("the session is too old"),
    )
  })

  it.each([
    ["user", { sub: "eve@example.com" }],
    ["tenant", { ctx: "Cust99999" }],
  ])("is refused when the page expects another %s (C34)", async (_what, expected) => {
    const asked = { ...(await refresh()), ...expected }
    await expect(openGrant(asked, credentials, fromPage())).rejects.toThrow(
      expired("the session is not of the user or tenant that the page expects"),
    )
  })

  it("is refused when it was sealed for another page", async () => {
    await expect(openGrant(await refresh(otherBinding), credentials, fromPage())).rejects.toThrow(
      expired("the sealed session does not open"),
    )
  })

  it("is refused when it is a refresh token in clear", async () => {
    const raw: SealedRefresh = {
      type: "sealed_refresh",
      sealed: [{ value: "a-refresh-token", cookie: sessionName }],
      sub: undefined,
      ctx: undefined,
      clientId: undefined,
    }
    await expect(openGrant(raw, credentials, fromPage())).rejects.toThrow(
      expired("the sealed session does not open"),
    )
  })

  it("of several tenants is the newest sign-in that the page may mean (C69)", async () => {
    const sessionOf = async (changes: Partial<Session>) => ({
      value: await sealSession({ ...session, ...changes }, binding),
      cookie: sessionCookieName(pageOrigin, changes.ctx ?? session.ctx),
    })
    const earlier = (ms: number) => new Date(signedAt.getTime() - ms)
    const requested = {
      ...(await refresh()),
      sealed: [
        await sessionOf({ ctx: "Cust1", signedInAt: earlier(2) }),
        await sessionOf({ ctx: "Cust2", signedInAt: earlier(1) }),
        await sessionOf({ ctx: "Cust3", sub: "eve@example.com", signedInAt: earlier(3) }),
        { value: "garbage", cookie: sessionCookieName(pageOrigin, "Cust4") },
      ],
    }
    const chosen = async (changes: Partial<SealedRefresh>) => {
      const { grant } = await openGrant({ ...requested, ...changes }, credentials, fromPage())
      return grant.type === "refresh_token" && grant.ctx
    }
    expect(await chosen({})).toBe("Cust2")
    expect(await chosen({ sub: "eve@example.com" })).toBe("Cust3")
    expect(await chosen({ ctx: "cust1" })).toBe("Cust1")
    // One that is too old is none.
    const old = await sessionOf({ ctx: "Cust5", signedInAt: earlier(28_800_000) })
    expect(await chosen({ sealed: [old, ...requested.sealed] })).toBe("Cust2")
  })

  it("is only ever a page's", async () => {
    await expect(openGrant(await refresh(), credentials, fakeContext({ env }))).rejects.toThrow(
      new Error("only a page has something sealed"),
    )
  })
})

describe("a code of a sign-in that began here", () => {
  const login: Login = {
    state: "the-state",
    nonce: "the-nonce",
    codeVerifier,
    redirectUri: `${pageOrigin}/callback`,
  }
  const code = new Secret("a-code")
  const requested: LoginCode = { type: "login_code", code, state: "the-state", clientId: "given" }
  const name = loginCookieName("the-state")
  const cookieOf = async (there = binding, of = login) => ({ [name]: await sealLogin(of, signedAt, there) })
  const cleared = [`${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]
  const doesNotOpen = expired("the login cookie does not open for this state")

  it("gets redirect URI, verifier and nonce from the cookie of its state, which stays for now (C17, C19)", async () => {
    const context = fromPage(await cookieOf())
    const { grant } = await openGrant(requested, credentials, context)
    expect(grant).toEqual({
      type: "authorization_code",
      code,
      redirectUri: `${pageOrigin}/callback`,
      codeVerifier: new Secret(codeVerifier),
      nonce: "the-nonce",
      clientId: "given",
    })
    expect(grant.type === "authorization_code" && grant.codeVerifier?.reveal()).toBe(codeVerifier)
    expect(context.cookies.lines).toEqual([])
  })

  it("is refused without a cookie of its state, and other tabs keep theirs (C18, R24)", async () => {
    const { [name]: sealed = "" } = await cookieOf()
    const context = fromPage({ [loginCookieName("another-state")]: sealed })
    await expect(openGrant(requested, credentials, context)).rejects.toThrow(
      expired("there is no login cookie for this state"),
    )
    expect(context.cookies.lines).toEqual([])
  })

  it.each([
    ["is for another state", () => cookieOf(binding, { ...login, state: "another-state" })],
    ["was sealed for another page", () => cookieOf(otherBinding)],
    ["is garbage", () => Promise.resolve({ [name]: "garbage" })],
    ["is empty", () => Promise.resolve({ [name]: "" })],
  ])("is refused, and its cookie ends, when that %s (C19, R24)", async (_what, cookies) => {
    const context = fromPage(await cookies())
    await expect(openGrant(requested, credentials, context)).rejects.toThrow(doesNotOpen)
    expect(context.cookies.lines).toEqual(cleared)
  })

  it("is refused, and its cookie stays, when its key may be one that other environments have read already", async () => {
    const newer = { kid: "newer", key: createSecretKey(Buffer.alloc(32, 9)) }
    const there = { ...binding, credentials: { ...credentials, sealingKeys: [newer] } }
    const context = fromPage(await cookieOf(there))
    await expect(openGrant(requested, credentials, context)).rejects.toThrow(doesNotOpen)
    expect(context.cookies.lines).toEqual([])
  })

  it("is good for ten minutes, to the second", async () => {
    const cookies = await cookieOf()
    expect(await openGrant(requested, credentials, fromPage(cookies, 600))).toMatchObject({
      grant: { code },
    })
    await expect(openGrant(requested, credentials, fromPage(cookies, 601))).rejects.toThrow(doesNotOpen)
  })
})
