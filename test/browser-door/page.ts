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
  signingKey,
  tokenAnswer,
} from "../support/front-door.ts"
import { signedAt, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { revokedAnswer } from "./answers.ts"

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

type Changes = Partial<typeof credentials>

export interface VisitOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly answers?: readonly (HttpAnswer | Error)[]
  /** To our credentials, or to what a forced read of them finds. */
  readonly changes?: Changes | ((freshness: Freshness) => Changes)
  readonly env?: Readonly<Record<string, string>>
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
    const time = new Date(signedAt.getTime() + (options.secondsLater ?? 0) * 1000)
    const seconds = time.getTime() / 1000
    const idToken = signIdToken(
      signingKey,
      superOfficeClaims({ iat: seconds, nbf: seconds, exp: seconds + 300 }),
    )
    const door = openFrontDoor(spec, {
      env: {
        ...completeEnv,
        ALLOWED_ORIGINS: `${pageOrigin},${otherOrigin}`,
        REFRESH_TOKEN_DELIVERY: delivery,
        LOG_LEVEL: "DEBUG",
        ...options.env,
      },
      now: time,
      answers: options.answers ?? [tokenAnswer({}, idToken)],
      credentials: (freshness) =>
        options.secretIsDown
          ? Promise.reject(new ExchangeError("secret_unavailable", "down"))
          : Promise.resolve({ value: { ...credentials, ...changesOf(options, freshness) }, stale: false }),
    })
    const event = browserEvent(fields, {
      headers: {
        origin,
        "x-csrf": "1",
        ...(options.asForm && { "content-type": formType }),
        ...options.headers,
      },
      ...(options.asForm && { body: new URLSearchParams(Object.entries(fields)).toString() }),
    })
    const result = await door.invoke({
      ...event,
      cookies: options.cookies ?? [...jar].map(([name, value]) => `${name}=${value}`),
    })
    const cookies = (result.cookies ?? []) as string[]
    for (const cookie of cookies) keepCookie(jar, cookie)
    const body = bodyOf(result)
    if (typeof body.refresh_token === "string") kept.sealed = body.refresh_token
    kept.log += door.log.join("\n")
    return {
      status: result.statusCode,
      headers: result.headers,
      body,
      cookies,
      posts: door.requests.map(formOf),
    }
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

function changesOf({ changes }: VisitOptions, freshness: Freshness): Changes | undefined {
  return typeof changes === "function" ? changes(freshness) : changes
}

function keepCookie(jar: Map<string, string>, cookie: string): void {
  const [, name = "", value = "", maxAge] = /^([^=]+)=([^;]*); Max-Age=(\d+)/.exec(cookie) ?? []
  jar.delete(name)
  if (maxAge !== "0") jar.set(name, value)
}

export function formOf({ body }: HttpRequest): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body?.text))
}
