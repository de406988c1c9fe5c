import { createHash, createSecretKey } from "node:crypto"
import { ExchangeError } from "../../lib/errors.ts"
import type { Freshness, HttpAnswer, HttpRequest } from "../../lib/ports.ts"
import type { FunctionSpec } from "../../lib/request/handler.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken } from "../../lib/operations/token.ts"
import { bodyOf, browserEvent } from "../support/events.ts"
import {
  codeVerifier,
  completeEnv,
  credentials,
  openFrontDoor,
  pageOrigin,
  plainAnswer,
  requestId,
  signingKey,
  tokenAnswer,
} from "../support/front-door.ts"
import { signedAt, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"

export const cookieDeliveries = ["cookie", "partitioned"] as const
export const deliveries = [...cookieDeliveries, "sealed"] as const
type Delivery = (typeof deliveries)[number]

export const otherOrigin = "https://other.example.com"
export const callback = `${pageOrigin}/callback`

/** When a page is visited, unless later: in seconds. */
export const now = signedAt.getTime() / 1000

export const formType = "application/x-www-form-urlencoded"

/** A code with what a page that made its own PKCE redeems it by. */
export const ownPkce = { code: "a-code", redirect_uri: callback, code_verifier: codeVerifier }

/** SuperOffice's answer to a revocation, and what a page is told of it. */
export const revokedAnswer = plainAnswer(200, "")
export const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }

/** What a page is told of a failure, but for the words. */
export function failure(code: string, changes: object = {}): object {
  return { code, request_id: requestId, retryable: false, ...changes }
}

export const oldKey = credentials.sealingKeys.slice(0, 1)
export const newKey = [{ kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }]

/** What a cookie says of the sites that it is sent from. */
export const site = { cookie: "SameSite=Strict", partitioned: "SameSite=None; Partitioned" } as const

/** The name of a cookie: a session's by its origin and tenant, a login's by its state. */
export function nameOf(kind: "session" | "login", ...texts: readonly string[]): string {
  const hashes = texts.map((text) => createHash("sha256").update(text).digest("hex").slice(0, 8))
  return `__Host-so-${kind}-${hashes.join("-")}`
}

export function clearedIn(delivery: "cookie" | "partitioned", name: string): string {
  return `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${site[delivery]}`
}

/** The session of a page at `pageOrigin` with the tenant of the sample ID Token. */
export const sessionName = nameOf("session", pageOrigin, "cust12020")

type Changes = Partial<typeof credentials>

export interface VisitOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly answers?: readonly (HttpAnswer | Error)[]
  /** To our credentials, or to what a forced read of them finds. */
  readonly changes?: Changes | ((freshness: Freshness) => Changes)
  readonly secondsLater?: number
  /** As the gateway lists them; those of the jar unless given. */
  readonly cookies?: readonly string[]
  /** Form-encoded, as ordinary OAuth libraries send it. */
  readonly asForm?: boolean
  /** Our own secret cannot be read. */
  readonly secretIsDown?: boolean
}

/** A page in a browser that keeps cookies, and in delivery `sealed` a page that keeps what it was given. */
export function openPage(delivery: Delivery, origin = pageOrigin) {
  const jar = new Map<string, string>()
  const kept = { sealed: "", log: "" }

  async function visit<R>(spec: FunctionSpec<R>, fields: object, options: VisitOptions = {}) {
    const { changes, secondsLater = 0, asForm } = options
    const time = new Date(signedAt.getTime() + secondsLater * 1000)
    const iat = now + secondsLater
    const idToken = signIdToken(signingKey, superOfficeClaims({ iat, nbf: iat, exp: iat + 300 }))
    const door = openFrontDoor(spec, {
      env: {
        ...completeEnv,
        ALLOWED_ORIGINS: `${pageOrigin},${otherOrigin}`,
        REFRESH_TOKEN_DELIVERY: delivery,
        LOG_LEVEL: "DEBUG",
      },
      now: time,
      answers: options.answers ?? [tokenAnswer({}, idToken)],
      credentials: (freshness) => {
        if (options.secretIsDown) return Promise.reject(new ExchangeError("secret_unavailable", "down"))
        const changed = typeof changes === "function" ? changes(freshness) : changes
        return Promise.resolve({ value: { ...credentials, ...changed }, stale: false })
      },
    })
    const headers = { origin, "x-csrf": "1", ...(asForm && { "content-type": formType }), ...options.headers }
    const sent = asForm ? new URLSearchParams(Object.entries(fields)).toString() : JSON.stringify(fields)
    const result = await door.invoke({
      ...browserEvent(fields, { headers, body: sent }),
      cookies: options.cookies ?? [...jar].map(([name, value]) => `${name}=${value}`),
    })
    const cookies = (result.cookies ?? []) as string[]
    for (const cookie of cookies) keepCookie(jar, cookie)
    const body = bodyOf(result)
    if (typeof body.refresh_token === "string") kept.sealed = body.refresh_token
    kept.log += door.log.join("\n")
    const posts = door.requests.map(formOf)
    return { status: result.statusCode, headers: result.headers, body, cookies, posts }
  }

  return {
    jar,
    kept,
    visit,
    /** From `start-login` to the session, or with the page's own PKCE where there are no cookies. */
    signIn: async (options: VisitOptions = {}) => {
      if (delivery === "sealed") return await visit(exchangeCode, ownPkce, options)
      const { state, answer } = await begin(options)
      return await redeem({ state }, { answers: [answer], ...options })
    },
    begin,
    redeem,
    refresh: (options?: VisitOptions) =>
      visit(refreshToken, delivery === "sealed" ? { refresh_token: kept.sealed } : {}, options),
    revoke: (options: VisitOptions = {}) =>
      visit(revokeToken, delivery === "sealed" ? { token: kept.sealed } : {}, {
        answers: [revokedAnswer],
        ...options,
      }),
  }

  /** Comes back with a code. */
  async function redeem(fields: object, options?: VisitOptions) {
    return await visit(exchangeCode, { code: "a-code", ...fields }, options)
  }

  /** Begins a sign-in; `answer` is SuperOffice's to the code that comes of it. */
  async function begin(options: VisitOptions = {}) {
    const { body, ...rest } = await visit(startLogin, { redirect_uri: callback }, options)
    const url = new URL(String(body.authorization_url))
    const nonce = url.searchParams.get("nonce") ?? ""
    const answer = tokenAnswer({}, signIdToken(signingKey, superOfficeClaims({ nonce })))
    return { ...rest, body, url, nonce, state: String(body.state), answer }
  }
}

function keepCookie(jar: Map<string, string>, cookie: string): void {
  const [, name = "", value = "", maxAge] = /^([^=]+)=([^;]*); Max-Age=(\d+)/.exec(cookie) ?? []
  jar.delete(name)
  if (maxAge !== "0") jar.set(name, value)
}

function formOf({ body }: HttpRequest): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body?.text))
}
