import type {
  BrowserTokenResponse,
  CheckLoginResponse,
  RevokeTokenResponse,
  StartLoginResponse,
} from "../lib/contract.ts"
import { callerOf } from "./browser/call-function.ts"
import type { Client, Session } from "./browser/client.ts"
import { TokenExchangeError, type ClientErrorCode } from "./browser/error.ts"
import {
  createAuthorizationRequest,
  random,
  type AuthorizationRequest,
  type PendingLogin,
} from "./browser/login.ts"
import type { ClientOptions, TokenOptions } from "./browser/options.ts"
import { callbackFrom, handOver, type CallbackParameters } from "./browser/pop-up.ts"
import { readItem, storeItem } from "./browser/storage.ts"
import { connectTabs, type TabMessage } from "./browser/tabs.ts"
import { unlessAborted } from "./browser/timers.ts"

export { TokenExchangeError }
export type { Client, Session } from "./browser/client.ts"
export type { ClientErrorCode } from "./browser/error.ts"
export type {
  CallOptions,
  ClientOptions,
  CookieOptions,
  Expectation,
  SealedOptions,
  SignInOptions,
  TokenOptions,
} from "./browser/options.ts"

export type { Include } from "../lib/requests.ts"
export type { RevokeTokenResponse }

/**
 * Creates the client of one application. Call it once, when your module loads, because the access token is in its memory.
 *
 * Errors: `request_invalid` if `api` is neither https nor loopback.
 *
 * @example
 * const client = createClient({
 *   api: "https://login.example.com",
 *   redirectUri: "https://app.example.com/callback",
 * })
 */
export function createClient(options: ClientOptions): Client {
  const { redirectUri, expect, include } = options
  const api = options.api.replace(/\/+$/, "")
  if (!/^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1])(:|$)/.test(api)) {
    throw new TokenExchangeError("request_invalid", `Not https: ${api}`)
  }
  const sealed = options.delivery == "sealed" && options
  const [loginKey, sealedKey, tenantKey] = [`${api} login`, `${api} sealed`, `${api} tenant`]
  const call = callerOf(api, options.fetch)
  // In delivery sealed, each tab has a session of its own, which concerns no other tab.
  const [tell, inTurn] = connectTabs(sealed ? random() : api, hear)
  let session: Session | undefined
  let user: string | undefined
  let heard: TabMessage | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let pending: Promise<Session> | undefined
  let callback: Promise<boolean> | undefined

  /** The tenant that this tab names in its requests, because the browser may hold sessions of others on the same origin. */
  const tenant = (): string | undefined => expect?.ctx ?? readItem(tenantKey)

  /** Runs `work` after all that this tab began before, whether that succeeded or not. */
  function enqueue<Answer>(work: (named: string) => Promise<Answer>): Promise<Answer> {
    const current = queue.then(() => work(lowerCase(tenant())))
    queue = current.catch((error: unknown) => {
      // Not after `grant_rejected`: SuperOffice returns that also while the client secret is being replaced.
      if ((error as TokenExchangeError).code == "session_expired") forgetTokens()
    })
    return current
  }

  /** Requests tokens. `pending` lets other callers wait for the same request. */
  function requestTokens(request: (named: string) => Promise<Session>): Promise<Session> {
    const current = enqueue(request).finally(() => {
      if (pending == current) pending = undefined
    })
    return (pending = current)
  }

  function refresh(named: string): Promise<Session> {
    const asked = Date.now()
    heard = undefined
    return inTurn(named, async () => {
      const theirs = heard?.tenant == named && heard.at >= asked && heard.session
      // A tab with another version of the page may include less.
      const isComplete = theirs && !include?.some((name) => !(name in theirs))
      if (isComplete && isExpected(theirs) && (!user || user == theirs.claims.sub)) return adopt(theirs)
      if (sealed && !readItem(sealedKey)) throw new TokenExchangeError("session_expired")
      return keep(
        await call(
          "token",
          { include, grant_type: "refresh_token", ...fields("refresh_token") },
          isTokenResponse,
        ),
        named,
        "session_expired",
      )
    })
  }

  function fields(sealedField: string): object {
    return { sub: user, ctx: tenant(), [sealedField]: sealed ? readItem(sealedKey) : undefined }
  }

  /** Keeps the tokens of the expected user, and tells them to other tabs that asked the same. */
  function keep(
    { refresh_token: value, ...answer }: Writable<BrowserTokenResponse>,
    named: string,
    mismatch: ClientErrorCode,
  ): Session {
    if (!isExpected(answer)) {
      throw new TokenExchangeError(mismatch, undefined, {
        endSessionUrl: `${answer.claims.iss}/login/logout`,
      })
    }
    if (value) storeItem(sealedKey, value)
    // The function's clock may differ from this machine's.
    const ahead = Math.floor(Date.now() / 1e3) + answer.expires_in - answer.expires_at
    answer.expires_at += ahead
    if (answer.api_token_expires_at) answer.api_token_expires_at += ahead
    tell(named, answer)
    return adopt(answer)
  }

  function adopt(received: Session): Session {
    user = received.claims.sub
    storeItem(tenantKey, received.claims.ctx)
    return (session = received)
  }

  /** Keeps the user and the tenant, so that the next call cannot take the session of another one. */
  function forgetTokens(): void {
    session = undefined
    storeItem(sealedKey)
  }

  /** A tenant has one session in a browser. It ends with a sign-out, and when another user signs in to the tenant. */
  function hear({ data }: MessageEvent<TabMessage>): void {
    heard = data
    const { tenant: named, session: other } = data
    const ended = lowerCase(other?.claims.ctx) || named
    if (session && (!ended || ended == lowerCase(session.claims.ctx)) && other?.claims.sub != user) {
      forgetTokens()
      options.onSessionEnd?.()
    }
  }

  function isExpected({ claims }: Session): boolean {
    return (
      !expect ||
      (lowerCase(claims.ctx) == lowerCase(expect.ctx) &&
        (expect.associateid === undefined || expect.associateid == claims.associateid))
    )
  }

  async function redeem(parameters: CallbackParameters): Promise<boolean> {
    const { state: expected, ...secrets } = JSON.parse(readItem(loginKey) ?? "{}") as Partial<PendingLogin>
    storeItem(loginKey)
    const { code, ...cause } = parameters
    const { state, error, iss } = cause
    if (state !== expected) await handOver(parameters)
    const problem =
      state !== expected
        ? "state_mismatch"
        : error == "access_denied"
          ? "sign_in_cancelled"
          : error && "sign_in_failed"
    if (problem) throw new TokenExchangeError(problem, error, { cause })
    const body = {
      include,
      grant_type: "authorization_code",
      code,
      iss,
      ...(sealed ? { redirect_uri: redirectUri, ...secrets } : { state }),
    }
    await requestTokens(async () => {
      const answer = await call("token", body, isTokenResponse, false)
      return keep(answer, lowerCase(answer.claims.ctx), "identity_mismatch")
    })
    return true
  }

  /** Lets the function start-login create the authorization request. It keeps nonce and verifier in an `HttpOnly` cookie. */
  async function startLogin(ctx?: string, loginHint?: string): Promise<AuthorizationRequest> {
    const { authorization_url: url, state } = await call<StartLoginResponse>(
      "start-login",
      { redirect_uri: redirectUri, tenant: ctx, login_hint: loginHint },
      (answer) => answer.authorization_url && answer.state,
    )
    // A browser without partitioned cookies does not say so. Safari keeps no Secure cookie on plain http.
    if (options.delivery == "partitioned" || api.startsWith("http:")) {
      const { kept } = await call<CheckLoginResponse>("start-login", { state }, (answer) => "kept" in answer)
      if (!kept) {
        throw new TokenExchangeError("cookies_blocked", `Allow cookies of ${api}`)
      }
    }
    return { login: { state }, url }
  }

  /** The session if its token is valid for a minute. Otherwise refreshes it. */
  async function freshSession(
    expiry: "expires_at" | "api_token_expires_at",
    { refresh: always, signal }: TokenOptions = {},
  ): Promise<Session> {
    // Without an API token, a refresh before the access token expires would bring none either.
    const isValidFor = (seconds: number): boolean | undefined =>
      !always && session && (session[expiry] ?? session.expires_at) - Date.now() / 1e3 >= seconds
    try {
      return isValidFor(60) && session
        ? session
        : await unlessAborted(pending ?? requestTokens(refresh), signal)
    } catch (error) {
      // During an outage, use the old token until it expires.
      if ((error as TokenExchangeError).retryable && isValidFor(1) && session) return session
      throw error
    }
  }

  return {
    async signIn({ tenant: chosen, popUp: usesPopUp, signal, loginHint } = {}) {
      // At once, because browsers open windows in a click only.
      const popUp = usesPopUp && open("about:blank", "so-sign-in", "width=520,height=680")
      if (popUp === null) throw new TokenExchangeError("pop_up_blocked")
      try {
        const ctx = expect?.ctx ?? chosen
        const request = sealed
          ? createAuthorizationRequest(sealed, ctx, loginHint)
          : startLogin(ctx, loginHint)
        const { login, url } = await unlessAborted(request, signal)
        storeItem(loginKey, JSON.stringify(login))
        if (popUp) await redeem(await unlessAborted(callbackFrom(popUp, url, login.state), signal))
        else location.assign(url)
      } finally {
        if (popUp) popUp.close()
      }
    },

    async handleCallback() {
      const url = new URL(location.href)
      const parameters: CallbackParameters = Object.fromEntries(url.searchParams)
      if (parameters.state && (parameters.code || parameters.error)) {
        for (const name of ["code", "state", "iss", "error", "error_description"]) {
          url.searchParams.delete(name)
        }
        // Clean the address bar first, so that a reload, a bookmark or a second call cannot use the code.
        history.replaceState(history.state, "", url)
        callback = redeem(parameters)
      }
      return callback ?? false
    },

    async getAccessToken(callOptions) {
      return (await freshSession("expires_at", callOptions)).access_token
    },

    async getApiToken(callOptions) {
      const { api_token: token } = await freshSession("api_token_expires_at", callOptions)
      if (!token) throw new TokenExchangeError("api_token_missing")
      return token
    },

    session: () => session,

    signOut({ signal } = {}) {
      const done = enqueue(async (named) => {
        const isKnown = !sealed || readItem(sealedKey)
        const answer = isKnown
          ? await inTurn(named, () =>
              call<RevokeTokenResponse>("revoke-token", fields("token"), ({ revoked }) => revoked),
            )
          : undefined
        tell(named)
        forgetTokens()
        user = undefined
        storeItem(tenantKey)
        return answer
      })
      return unlessAborted(done, signal)
    },
  }
}

/** SuperOffice writes the name of a tenant in any case. */
function lowerCase(ctx: string | undefined): string {
  return (ctx ?? "").toLowerCase()
}

type Writable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

function isTokenResponse(answer: Partial<BrowserTokenResponse>): unknown {
  return answer.access_token && answer.expires_in && answer.claims?.ctx
}
