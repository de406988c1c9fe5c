import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { LoginCode, SealedRefresh } from "../../../lib/exchange/grant.ts"
import { openGrant } from "../../../lib/exchange/open-grant.ts"
import { Secret } from "../../../lib/secret.ts"
import { loginCookieName, sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealLogin, type Login } from "../../../lib/session/login.ts"
import { sealSession, type Session } from "../../../lib/session/session.ts"
import { codeGrant, fakeContext, pageBinding, pageCaller } from "../../support/context.ts"
import { refreshGrant, sessionOf } from "../../support/context.ts"
import { codeVerifier, credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const env = { ALLOWED_ORIGINS: pageOrigin }
const otherPage = pageBinding({ origin: "https://other.example.com" })

/** A request of a page with some cookies, some seconds after everything was sealed. */
function fromPage(cookies: Readonly<Record<string, string>> = {}, secondsLater = 0) {
  const now = new Date(signedAt.getTime() + secondsLater * 1000)
  return { ...fakeContext({ env, now }), caller: pageCaller(cookies) }
}

function expired(why: string): ExchangeError {
  return new ExchangeError("session_expired", why)
}

describe("openGrant", () => {
  it.each([codeGrant, refreshGrant])("leaves a grant of type $type as it is", async (grant) => {
    expect(await openGrant(grant, credentials, fakeContext())).toEqual({ grant, credentials })
  })
})

describe("a sealed refresh", () => {
  const nothing = { sub: undefined, ctx: undefined, clientId: "given" }
  const sealed = async (changes: Partial<Session> = {}, there = pageBinding()) => {
    const session = sessionOf(changes)
    return { value: await sealSession(session, there), cookie: sessionCookieName(pageOrigin, session.ctx) }
  }
  const refresh = async (changes: Partial<SealedRefresh> = {}): Promise<SealedRefresh> => {
    return { type: "sealed_refresh", sealed: [await sealed()], ...nothing, ...changes }
  }
  const isOurs = (token: Secret) => token.equals(sessionOf().refreshToken)

  it("is for the user of the sign-in, to the last second of the session and no longer (C45)", async () => {
    const requested = await refresh()
    const opened = await openGrant(requested, credentials, fromPage({}, 28_799.999))
    const grant = { ...sessionOf(), type: "refresh_token", clientId: "given" }
    expect(opened).toEqual({ grant, credentials })
    expect(opened.grant).toHaveProperty("refreshToken", expect.toSatisfy(isOurs))
    const tooLate = openGrant(requested, credentials, fromPage({}, 28_800))
    await expect(tooLate).rejects.toThrow(expired("the session is too old"))
  })

  it.each([{ sub: "eve@example.com" }, { ctx: "Cust99999" }])(
    "is refused when the page expects another user or tenant: %j (C34)",
    async (changes) => {
      const opening = openGrant(await refresh(changes), credentials, fromPage())
      const why = "the session is not of the user or tenant that the page expects"
      await expect(opening).rejects.toThrow(expired(why))
    },
  )

  it("is refused when it was sealed for another page, and when it is a refresh token in clear", async () => {
    for (const one of [await sealed({}, otherPage), { value: "a-refresh-token", cookie: undefined }]) {
      const opening = openGrant(await refresh({ sealed: [one] }), credentials, fromPage())
      await expect(opening).rejects.toThrow(expired("the sealed session does not open"))
    }
  })

  it("of several tenants is the newest sign-in that the page may mean (C69)", async () => {
    const earlier = (ms: number) => new Date(signedAt.getTime() - ms)
    const sessions = [
      await sealed({ ctx: "Cust1", signedInAt: earlier(2) }),
      await sealed({ ctx: "Cust2", signedInAt: earlier(1) }),
      await sealed({ ctx: "Cust3", sub: "eve@example.com", signedInAt: earlier(3) }),
      { value: "garbage", cookie: sessionCookieName(pageOrigin, "Cust4") },
      // One that is too old is none.
      await sealed({ ctx: "Cust5", signedInAt: earlier(28_800_000) }),
    ]
    const chosen = async (changes: Partial<SealedRefresh>) => {
      const requested = await refresh({ sealed: sessions, ...changes })
      const { grant } = await openGrant(requested, credentials, fromPage())
      return grant.type === "refresh_token" && grant.ctx
    }
    expect(await chosen({})).toBe("Cust2")
    expect(await chosen({ sub: "eve@example.com" })).toBe("Cust3")
    expect(await chosen({ ctx: "cust1" })).toBe("Cust1")
  })

  it("is only ever a page's", async () => {
    await expect(openGrant(await refresh(), credentials, fakeContext({ env }))).rejects.toThrow(
      new Error("only a page has something sealed"),
    )
  })
})

describe("a code of a sign-in that began here", () => {
  const state = "the-state"
  const redirectUri = `${pageOrigin}/callback`
  const login: Login = { state, nonce: "the-nonce", codeVerifier, redirectUri }
  const code = new Secret("a-code")
  const requested: LoginCode = { type: "login_code", code, state, clientId: "given" }
  const name = loginCookieName(state)
  const cookieOf = async (there = pageBinding(), changes: Partial<Login> = {}) => ({
    [name]: await sealLogin({ ...login, ...changes }, signedAt, there),
  })
  const cleared = [`${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]
  const newKey = { kid: "newer", key: createSecretKey(Buffer.alloc(32, 9)) }
  const withNewKey = pageBinding({ credentials: { ...credentials, sealingKeys: [newKey] } })

  it("gets redirect URI, verifier and nonce from the cookie of its state, which stays for now (C17, C19)", async () => {
    // Good for ten minutes, to the second.
    const context = fromPage(await cookieOf(), 600)
    const { grant } = await openGrant(requested, credentials, context)
    expect(grant).toEqual({
      type: "authorization_code",
      code,
      redirectUri,
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

  it("opens with a key that the secret has got since it was read", async () => {
    const rotated = { ...credentials, version: "v2", sealingKeys: [newKey, ...credentials.sealingKeys] }
    const fake = fakeContext({
      env,
      credentials: (freshness) => (freshness === "cached" ? credentials : rotated),
    })
    const context = { ...fake, caller: pageCaller(await cookieOf(withNewKey)) }
    expect(await openGrant(requested, credentials, context)).toMatchObject({
      grant: { nonce: "the-nonce" },
      credentials: rotated,
    })
  })

  it.each<[string, () => Promise<Record<string, string>>, number, string[]]>([
    ["ends, when it is for another state", () => cookieOf(pageBinding(), { state: "another" }), 0, cleared],
    ["ends, when it was sealed for another page", () => cookieOf(otherPage), 0, cleared],
    ["ends, when it is garbage", () => Promise.resolve({ [name]: "garbage" }), 0, cleared],
    ["ends, when it is older than ten minutes", () => cookieOf(), 601, cleared],
    ["stays, when only other instances may have its key yet", () => cookieOf(withNewKey), 0, []],
  ])("is refused, and its cookie %s (C19, R24)", async (_what, cookies, secondsLater, lines) => {
    const context = fromPage(await cookies(), secondsLater)
    await expect(openGrant(requested, credentials, context)).rejects.toThrow(
      expired("the login cookie does not open for this state"),
    )
    expect(context.cookies.lines).toEqual(lines)
  })
})
