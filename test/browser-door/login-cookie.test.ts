import { createHash, createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import type { FunctionSpec } from "../../lib/request/handler.ts"
import type { HttpAnswer, HttpRequest } from "../../lib/ports.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { Secret } from "../../lib/secret.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { bodyOf, browserEvent, signedEvent } from "../support/events.ts"
import {
  accessToken,
  codeVerifier,
  completeEnv,
  credentials,
  jsonAnswer,
  openFrontDoor,
  pageOrigin,
  refreshTokenText,
  rejectedAnswer,
  requestId,
  signingKey,
  tokenAnswer,
} from "../support/front-door.ts"
import {
  clientId,
  issuer,
  namespace,
  signedAt,
  signIdToken,
  superOfficeClaims,
} from "../support/id-tokens.ts"

const cookieDeliveries = ["cookie", "partitioned"] as const
const deliveries = [...cookieDeliveries, "sealed"] as const
type Delivery = (typeof deliveries)[number]

const site = { cookie: "SameSite=Strict", partitioned: "SameSite=None; Partitioned" } as const
const otherOrigin = "https://other.example.com"
const callback = `${pageOrigin}/callback`
const now = signedAt.getTime() / 1000
const formType = "application/x-www-form-urlencoded"
const revocationUrl = "https://sod.superoffice.com/login/common/oauth/revoke"
const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }
const revokedAnswer: HttpAnswer = { status: 200, retryAfterSeconds: undefined, body: "" }
const reset = new ExchangeError("upstream_unavailable", "reset")
const ownPkce = { code: "a-code", redirect_uri: callback, code_verifier: codeVerifier }

const oldKey = credentials.sealingKeys.slice(0, 1)
const newKey = [{ kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }]

interface VisitOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly answers?: readonly (HttpAnswer | Error)[]
  readonly changes?: Partial<typeof credentials>
  readonly env?: Readonly<Record<string, string>>
  readonly secondsLater?: number
  /** Form-encoded, as ordinary OAuth libraries send it. */
  readonly asForm?: boolean
  /** Our own secret cannot be read. */
  readonly secretIsDown?: boolean
}

/** A page in a browser that keeps cookies, and in delivery `sealed` a page that keeps what it was given. */
function openPage(delivery: Delivery, origin = pageOrigin) {
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
      credentials: () =>
        options.secretIsDown
          ? Promise.reject(new ExchangeError("secret_unavailable", "down"))
          : Promise.resolve({ value: { ...credentials, ...options.changes }, stale: false }),
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
      cookies: [...jar].map(([name, value]) => `${name}=${value}`),
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
      return await visit(exchangeCode, { code: "a-code", state }, { answers: [answer], ...options })
    },
    begin,
    refresh: (options?: VisitOptions) =>
      visit(refreshToken, delivery === "sealed" ? { refresh_token: kept.sealed } : {}, options),
    revoke: (options: VisitOptions = {}) =>
      visit(revokeToken, delivery === "sealed" ? { token: kept.sealed } : {}, {
        answers: [revokedAnswer],
        ...options,
      }),
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

function nameOf(kind: "session" | "login", text: string): string {
  return `__Host-so-${kind}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`
}

function clearedIn(delivery: "cookie" | "partitioned", name: string): string {
  return `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${site[delivery]}`
}

function failure(code: string, changes: object = {}): object {
  return { code, request_id: requestId, retryable: false, ...changes }
}

const sessionName = nameOf("session", pageOrigin)

describe.each(cookieDeliveries)("in delivery %s, the life of a page", (delivery) => {
  it("goes from a sign-in through refreshes and a new sealing key to its end (C17, C43, C45)", async () => {
    const page = openPage(delivery)
    const { state, nonce, answer } = await page.begin()
    expect([...page.jar.keys()]).toEqual([nameOf("login", state)])

    const signedIn = await page.visit(
      exchangeCode,
      { code: "a-code", state, iss: issuer },
      { answers: [answer] },
    )
    expect(signedIn.posts).toEqual([
      {
        grant_type: "authorization_code",
        client_id: clientId,
        client_secret: "client-secret-one",
        code: "a-code",
        redirect_uri: callback,
        code_verifier: expect.stringMatching(/^[\w-]{43}$/) as string,
      },
    ])
    expect(signedIn.body).toMatchObject({ session_expires_at: now + 28_800, claims: { nonce } })
    expect(signedIn.body).not.toHaveProperty("refresh_token")
    expect([...page.jar.keys()]).toEqual([sessionName])

    const refreshed = await page.refresh({ secondsLater: 100 })
    expect(refreshed).toMatchObject({ status: 200, posts: [{ refresh_token: refreshTokenText }] })
    expect(refreshed.body).toMatchObject({ access_token: accessToken, session_expires_at: now + 28_800 })
    expect(refreshed.cookies).toEqual([
      expect.stringMatching(
        `^${sessionName}=[\\w.-]+; Max-Age=28700; Path=/; Secure; HttpOnly; ${site[delivery]}$`,
      ),
    ])

    const before = page.jar.get(sessionName)
    await page.refresh({ changes: { sealingKeys: [...newKey, ...oldKey] } })
    expect(page.jar.get(sessionName)).not.toBe(before)
    expect(await page.refresh({ changes: { sealingKeys: newKey } })).toMatchObject({ status: 200 })
    expect(await page.refresh({ changes: { sealingKeys: oldKey } })).toMatchObject({
      body: failure("session_expired"),
      posts: [],
    })

    const end = await page.revoke({ changes: { sealingKeys: newKey } })
    expect(end).toMatchObject({ status: 200, body: revoked, posts: [{ token: refreshTokenText }] })
    expect(end.cookies).toEqual([clearedIn(delivery, sessionName)])
    expect(await page.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("sends the user to SuperOffice with a challenge by S256 of what it then redeems (C16)", async () => {
    const page = openPage(delivery)
    const { url, state, answer } = await page.begin()
    const { posts } = await page.visit(exchangeCode, { code: "a-code", state }, { answers: [answer] })
    const challenge = createHash("sha256")
      .update(posts[0]?.code_verifier ?? "")
      .digest("base64url")
    expect(url.searchParams.get("code_challenge")).toBe(challenge)
  })

  it("needs the nonce of its own sign-in, or gets nothing, and the login ends (C20)", async () => {
    const page = openPage(delivery)
    const { state } = await page.begin()
    const result = await page.visit(exchangeCode, { code: "a-code", state })
    expect(result.body).toEqual({
      error: "server_error",
      error_description: "SuperOffice's ID Token did not pass validation.",
      ...failure("id_token_invalid"),
    })
    expect(result.cookies).toEqual([clearedIn(delivery, nameOf("login", state))])
  })
})

describe("in delivery sealed, the life of a page", () => {
  it("goes from its own PKCE through refreshes and a new sealing key to its end, without a cookie", async () => {
    const page = openPage("sealed")
    const signedIn = await page.signIn()
    expect(signedIn.body).toMatchObject({ session_expires_at: now + 3_600 })
    const first = page.kept.sealed

    const refreshed = await page.refresh({
      changes: { sealingKeys: [...newKey, ...oldKey] },
      secondsLater: 100,
    })
    expect(refreshed).toMatchObject({ posts: [{ refresh_token: refreshTokenText }] })
    expect(refreshed.body).toMatchObject({ session_expires_at: now + 3_600, refresh_token: page.kept.sealed })
    expect(page.kept.sealed).not.toBe(first)

    const form = { grant_type: "refresh_token", refresh_token: page.kept.sealed }
    expect(await page.visit(token, form, { changes: { sealingKeys: newKey } })).toMatchObject({ status: 200 })
    const old = await page.visit(refreshToken, { refresh_token: first }, { changes: { sealingKeys: newKey } })
    expect(old).toMatchObject({ body: failure("session_expired"), posts: [] })

    const end = await page.revoke({ changes: { sealingKeys: newKey } })
    expect(end).toMatchObject({ status: 200, body: revoked, posts: [{ token: refreshTokenText }] })
    expect(page.jar.size).toBe(0)
  })

  it("does not begin with start-login, since no cookies are kept", async () => {
    const { body, cookies } = await openPage("sealed").visit(startLogin, { redirect_uri: callback })
    expect(body).toMatchObject(failure("request_invalid"))
    expect(cookies).toEqual([])
  })

  it("does not redeem a code by its state", async () => {
    const { body, posts } = await openPage("sealed").visit(exchangeCode, { code: "a-code", state: "a-state" })
    expect(body).toMatchObject(failure("request_invalid"))
    expect(posts).toEqual([])
  })
})

describe.each(deliveries)("in delivery %s", (delivery) => {
  it.each([false, true])("a page may bring its own PKCE, without X-CSRF (as a form: %s)", async (asForm) => {
    const page = openPage(delivery)
    const options = { asForm, headers: { "x-csrf": "" } }
    const { status, posts } = await page.visit(exchangeCode, { ...ownPkce, state: "its-own" }, options)
    expect(status).toBe(200)
    expect(posts).toMatchObject([{ code_verifier: codeVerifier, redirect_uri: callback }])
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it("a page without a verifier or a state is refused before anything is posted (C18)", async () => {
    const page = openPage(delivery)
    const { body, posts } = await page.visit(exchangeCode, { code: "a-code", redirect_uri: callback })
    expect(body).toMatchObject(failure("request_invalid"))
    expect(posts).toEqual([])
  })

  it("a refresh token in clear never reaches SuperOffice", async () => {
    const page = openPage(delivery)
    const fields = { refresh_token: refreshTokenText, token: refreshTokenText, grant_type: "refresh_token" }
    for (const spec of [refreshToken, token]) {
      expect(await page.visit(spec, fields)).toMatchObject({ body: failure("session_expired"), posts: [] })
    }
    expect(await page.visit(revokeToken, fields)).toMatchObject({ body: revoked, posts: [] })
    page.jar.set(sessionName, refreshTokenText)
    expect(await page.visit(refreshToken, {})).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("a session lasts to its last second, however often it was sealed anew (C45)", async () => {
    const page = openPage(delivery)
    const lasts = delivery === "sealed" ? 3_600 : 28_800
    await page.signIn()
    const { body } = await page.refresh({ secondsLater: lasts - 1 })
    expect(body).toMatchObject({ access_token: accessToken, session_expires_at: now + lasts })
    expect(await page.refresh({ secondsLater: lasts })).toMatchObject({
      status: 400,
      body: failure("session_expired"),
      posts: [],
      cookies: [],
    })
  })

  it.each<[string, VisitOptions]>([
    ["client", { changes: { clientId: "another-client" } }],
    ["environment", { env: { SUPEROFFICE_ENVIRONMENT: "online" } }],
  ])("a session of another %s does not open", async (_what, elsewhere) => {
    const page = openPage(delivery)
    await page.signIn()
    expect(await page.refresh(elsewhere)).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("a session of another listed origin does not open", async () => {
    const [page, other] = [openPage(delivery), openPage(delivery, otherOrigin)]
    await page.signIn()
    other.kept.sealed = page.kept.sealed
    other.jar.set(nameOf("session", otherOrigin), page.jar.get(sessionName) ?? "")
    expect(await other.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it("a rejected refresh leaves the session as it was (C45)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const rejected = await page.refresh({ answers: [rejectedAnswer] })
    expect(rejected).toMatchObject({ status: 400, body: failure("grant_rejected"), cookies: [] })
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it.each([
    ["user", { sub: "eve@example.com" }],
    ["tenant", { [`${namespace}ctx`]: "Cust99999" }],
    ["issuer", { iss: "https://online.superoffice.com" }],
    ["client", { aud: "another-client" }],
  ])(
    "a refreshed ID Token for another %s is refused, and no token leaves (C34, R16)",
    async (_what, claims) => {
      const page = openPage(delivery)
      await page.signIn()
      const idToken = signIdToken(signingKey, superOfficeClaims(claims))
      const { body, cookies } = await page.refresh({ answers: [tokenAnswer({}, idToken)] })
      expect(body).toEqual({
        error: "server_error",
        error_description: "SuperOffice's ID Token did not pass validation.",
        ...failure("id_token_invalid"),
      })
      expect(cookies).toEqual([])
    },
  )

  it.each([
    ["user", { sub: "eve@example.com" }],
    ["tenant", { ctx: "Cust99999" }],
  ])(
    "a page that expects another %s than the session's gets no tokens (OIDC Core §12.2)",
    async (_what, expected) => {
      const page = openPage(delivery)
      await page.signIn()
      const fields = { ...(delivery === "sealed" && { refresh_token: page.kept.sealed }), ...expected }
      expect((await page.visit(refreshToken, fields)).body).not.toHaveProperty("access_token")
    },
  )

  it("SuperOffice's new refresh token takes the place of the old one (C13)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    await page.refresh({ answers: [tokenAnswer({ refresh_token: "a-newer-one" })] })
    const { posts } = await page.refresh({ answers: [tokenAnswer({ refresh_token: undefined })] })
    expect(posts).toMatchObject([{ refresh_token: "a-newer-one" }])
    expect((await page.refresh()).posts).toMatchObject([{ refresh_token: "a-newer-one" }])
  })

  it("errors carry the headers that let the page read them (C52)", async () => {
    const { headers } = await openPage(delivery).refresh()
    expect(headers).toEqual({
      "access-control-allow-credentials": "true",
      "access-control-allow-origin": pageOrigin,
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "application/json; charset=utf-8",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      vary: "Origin",
      "x-content-type-options": "nosniff",
    })
  })

  it.each([
    [{ client_secret: "theirs" }, '"client_secret" must not be sent.'],
    [{ client_id: "another-client" }, '"client_id" must be the one of this service, or left out.'],
  ])("a page gets nothing from any function with %j", async (wrong, sentence) => {
    const page = openPage(delivery)
    await page.signIn()
    const sealed = delivery === "sealed" && { refresh_token: page.kept.sealed, token: page.kept.sealed }
    const fields = { ...ownPkce, ...sealed, ...wrong }
    for (const result of [
      ...(sealed ? [] : [await page.visit(startLogin, fields)]),
      await page.visit(exchangeCode, fields),
      await page.visit(refreshToken, fields),
      await page.visit(token, { ...fields, grant_type: "refresh_token" }),
      await page.visit(revokeToken, fields),
    ]) {
      const body = failure("request_invalid", { error_description: sentence })
      expect(result).toMatchObject({ body, posts: [], cookies: [] })
    }
  })

  it("a page of an origin that is not listed gets nothing from any function (C48)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const headers = { origin: "https://evil.example.com" }
    for (const result of [
      await page.visit(startLogin, { redirect_uri: callback }, { headers }),
      await page.visit(exchangeCode, ownPkce, { headers }),
      await page.refresh({ headers }),
      await page.revoke({ headers }),
    ]) {
      expect(result).toMatchObject({
        status: 403,
        body: failure("origin_not_allowed"),
        posts: [],
        cookies: [],
      })
      expect(result.headers).not.toHaveProperty("access-control-allow-origin")
    }
  })

  it("a page on another site is refused where its cookie could not be kept, and only there", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const headers = { "sec-fetch-site": "cross-site" }
    const results = [
      await page.visit(exchangeCode, ownPkce, { headers }),
      await page.refresh({ headers }),
      await page.revoke({ headers }),
    ]
    for (const { status, body, posts } of results) {
      if (delivery === "cookie") {
        expect(body).toMatchObject({
          code: "request_invalid",
          error_description: expect.stringContaining("REFRESH_TOKEN_DELIVERY") as string,
        })
      }
      expect([status, posts.length]).toEqual(delivery === "cookie" ? [400, 0] : [200, 1])
    }
  })

  it("a page on the same site is let in", async () => {
    const headers = { "sec-fetch-site": "same-site" }
    expect(await openPage(delivery).signIn({ headers })).toMatchObject({ status: 200 })
  })
})

describe.each(cookieDeliveries)("in delivery %s, a login cookie", (delivery) => {
  it("is one for each tab: neither ends the other's sign-in", async () => {
    const page = openPage(delivery)
    const [first, second] = [await page.begin(), await page.begin()]
    for (const { state, answer } of [second, first]) {
      const { status, posts } = await page.visit(
        exchangeCode,
        { code: "a-code", state },
        { answers: [answer] },
      )
      expect([status, posts.length]).toEqual([200, 1])
    }
    expect([...page.jar.keys()]).toEqual([sessionName])
  })

  it("makes room for itself: at most four, the oldest goes", async () => {
    const page = openPage(delivery)
    const states = []
    for (let i = 0; i < 6; i++) states.push((await page.begin()).state)
    expect([...page.jar.keys()]).toEqual(states.slice(2).map((state) => nameOf("login", state)))
  })

  it.each<[string, (state: string) => object, string]>([
    ["no state", () => ({}), "request_invalid"],
    ["an empty state", () => ({ state: "" }), "request_invalid"],
    ["a state that is not text", (state) => ({ state: [state] }), "request_invalid"],
    ["another state", () => ({ state: "another-state" }), "session_expired"],
    ["a state cut short", (state) => ({ state: state.slice(0, -1) }), "session_expired"],
    ["another issuer", (state) => ({ state, iss: "https://online.superoffice.com" }), "request_invalid"],
    ["the issuer with a slash", (state) => ({ state, iss: `${issuer}/` }), "request_invalid"],
    ["another application", (state) => ({ state, client_id: "another-client" }), "request_invalid"],
    ["a secret of ours", (state) => ({ state, client_secret: "theirs" }), "request_invalid"],
  ])(
    "is kept, and nothing is posted, when a code comes with %s (C18, C19, C21, R23, R24)",
    async (_what, fields, code) => {
      const page = openPage(delivery)
      const { state, answer } = await page.begin()
      const refused = await page.visit(exchangeCode, { code: "a-code", ...fields(state) })
      expect(refused).toMatchObject({ status: 400, body: failure(code), posts: [], cookies: [] })
      const { status } = await page.visit(exchangeCode, { code: "a-code", state }, { answers: [answer] })
      expect(status).toBe(200)
    },
  )

  it("of another state under this one's name is refused, and ends (C19, R24)", async () => {
    const page = openPage(delivery)
    const { state } = await page.begin()
    page.jar.set(nameOf("login", "foreign"), page.jar.get(nameOf("login", state)) ?? "")
    const { body, posts, cookies } = await page.visit(exchangeCode, { code: "a-code", state: "foreign" })
    expect(body).toMatchObject(failure("session_expired"))
    expect(posts).toEqual([])
    expect(cookies).toEqual([clearedIn(delivery, nameOf("login", "foreign"))])
  })

  it("of another origin, or older than ten minutes, is refused", async () => {
    const [page, other] = [openPage(delivery), openPage(delivery, otherOrigin)]
    const { state } = await page.begin()
    const fields = { code: "a-code", state }
    other.jar.set(nameOf("login", state), page.jar.get(nameOf("login", state)) ?? "")
    const expired = { body: failure("session_expired"), posts: [] }
    expect(await other.visit(exchangeCode, fields)).toMatchObject(expired)
    expect(await page.visit(exchangeCode, fields, { secondsLater: 601 })).toMatchObject(expired)
  })

  it.each<[string, HttpAnswer | Error]>([
    ["is refused", rejectedAnswer],
    ["meets a 503", jsonAnswer(503, {})],
    ["meets a reset", reset],
    ["meets a time-out", new ExchangeError("upstream_timeout", "late")],
  ])(
    "ends once its code was posted, though that %s, and is not to be tried again (C07, C19)",
    async (_what, answer) => {
      const page = openPage(delivery)
      const { state } = await page.begin()
      const { body, cookies } = await page.visit(
        exchangeCode,
        { code: "a-code", state },
        { answers: [answer] },
      )
      expect(body).toMatchObject({ retryable: false })
      expect(cookies).toEqual([clearedIn(delivery, nameOf("login", state))])
    },
  )

  it.each<[string, VisitOptions]>([
    [
      "SuperOffice was never reached",
      { answers: [new ExchangeError("upstream_unavailable", "x", { neverSent: true })] },
    ],
    ["our own secret cannot be read", { secretIsDown: true }],
  ])("is kept for another try when %s", async (_why, options) => {
    const page = openPage(delivery)
    const { state, answer } = await page.begin()
    const fields = { code: "a-code", state }
    expect(await page.visit(exchangeCode, fields, options)).toMatchObject({
      body: { retryable: true },
      cookies: [],
    })
    expect(await page.visit(exchangeCode, fields, { answers: [answer] })).toMatchObject({ status: 200 })
  })
})

describe.each(cookieDeliveries)("in delivery %s, a request that relies on a cookie", (delivery) => {
  const rule = "A request that relies on a cookie must be application/json with the header X-CSRF: 1."

  it.each<[string, VisitOptions]>([
    ["without X-CSRF", { headers: { "x-csrf": "" } }],
    ["with X-CSRF of another value", { headers: { "x-csrf": "true" } }],
    ["with X-CSRF twice", { headers: { "X-CSRF": "1" } }],
    ["that is a form", { asForm: true }],
    [
      "that is a form by its name",
      { asForm: true, headers: { "content-type": `${formType}; x=application/json` } },
    ],
  ])("%s is refused, and nothing is posted (C46, C47, C51)", async (_how, options) => {
    const page = openPage(delivery)
    await page.signIn()
    const { state } = await page.begin()
    const jar = [...page.jar]
    const form = { grant_type: "refresh_token" }
    for (const result of [
      await page.visit(exchangeCode, { code: "a-code", state }, options),
      await page.visit(token, form, options),
      await page.refresh(options),
      await page.revoke(options),
    ]) {
      const body = failure("request_invalid", { error_description: rule })
      expect(result).toMatchObject({ status: 400, body, posts: [], cookies: [] })
    }
    expect([...page.jar]).toEqual(jar)
  })

  it("that is neither JSON nor a form gets as far as its door", async () => {
    const { body, posts } = await openPage(delivery).refresh({ headers: { "content-type": "text/plain" } })
    expect(body).toMatchObject(failure("media_type_unsupported"))
    expect(posts).toEqual([])
  })
})

describe.each(cookieDeliveries)("in delivery %s, a sign-in", (delivery) => {
  it("brings tokens without a session when that would be too large for a cookie (C44)", async () => {
    const { status, body, cookies } = await openPage(delivery).visit(exchangeCode, ownPkce, {
      answers: [tokenAnswer({ refresh_token: "r".repeat(3_500) })],
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ access_token: accessToken })
    expect(body).not.toHaveProperty("session_expires_at")
    expect(cookies.filter((cookie) => !cookie.includes("Max-Age=0"))).toEqual([])
  })

  it.each([
    ["would be too large for a cookie", "r".repeat(3_500)],
    ["came without a refresh token", undefined],
  ])("ends the session of whoever was here before, though its own %s", async (_why, refresh_token) => {
    const page = openPage(delivery)
    await page.signIn()
    const idToken = signIdToken(signingKey, superOfficeClaims({ sub: "another-user@example.com" }))
    await page.visit(exchangeCode, ownPkce, { answers: [tokenAnswer({ refresh_token }, idToken)] })
    expect(await page.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("takes the place of the session before it, of its own origin only", async () => {
    const page = openPage(delivery)
    await page.signIn()
    page.jar.set(nameOf("session", otherOrigin), "theirs")
    const idToken = signIdToken(signingKey, superOfficeClaims({ sub: "another-user@example.com" }))
    await page.visit(exchangeCode, ownPkce, { answers: [tokenAnswer({ refresh_token: "another" }, idToken)] })
    expect((await page.refresh()).posts).toMatchObject([{ refresh_token: "another" }])
    expect(page.jar.get(nameOf("session", otherOrigin))).toBe("theirs")
  })
})

describe.each(deliveries)("in delivery %s, a revocation", (delivery) => {
  const cleared = delivery === "sealed" ? [] : [clearedIn(delivery, sessionName)]
  const stillLives = "SuperOffice could not revoke the token now: it may still live."

  it.each<[string, readonly (HttpAnswer | Error)[], number, object]>([
    ["200", [revokedAnswer], 200, revoked],
    ["400 for a dead token", [rejectedAnswer], 200, revoked],
    ["429", [jsonAnswer(429, {})], 503, { code: "upstream_unavailable", error_description: stillLives }],
    ["503", [jsonAnswer(503, {})], 503, { code: "upstream_unavailable", error_description: stillLives }],
    ["a reset", [reset], 503, { code: "upstream_unavailable", error_description: stillLives }],
    ["HTML", [{ ...revokedAnswer, status: 404, body: "<html>" }], 502, { code: "upstream_invalid" }],
    ["invalid_client", [jsonAnswer(401, { error: "invalid_client" })], 502, { code: "client_rejected" }],
  ])("ends the cookie whatever SuperOffice says: %s (C45, C58)", async (_what, answers, status, body) => {
    const page = openPage(delivery)
    await page.signIn()
    const result = await page.revoke({ answers })
    expect(result.cookies).toEqual(cleared)
    expect(result).toMatchObject({ status, body })
  })

  it("that failed is never called done when it is tried again as told", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const { body } = await page.revoke({ answers: [jsonAnswer(503, {})] })
    const again = body.retryable === true ? await page.revoke() : undefined
    expect(again?.posts ?? [{ token: refreshTokenText }]).toMatchObject([{ token: refreshTokenText }])
  })

  it("ends nothing when our own secret cannot be read, so that it can be tried again", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const down = await page.revoke({ secretIsDown: true })
    expect(down).toMatchObject({ status: 503, body: { code: "secret_unavailable" }, posts: [], cookies: [] })
    expect(await page.revoke()).toMatchObject({ body: revoked, posts: [{ token: refreshTokenText }] })
  })

  it("reaches SuperOffice also for a session that is too old to refresh", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const { body, posts } = await page.revoke({ secondsLater: 1_000_000 })
    expect(body).toEqual(revoked)
    expect(posts).toMatchObject([{ token: refreshTokenText }])
  })

  it("of what nobody knows is done, with nothing posted (RFC 7009 §2.2)", async () => {
    const page = openPage(delivery)
    page.kept.sealed = "unknown"
    page.jar.set(sessionName, "unknown")
    expect(await page.revoke()).toMatchObject({ status: 200, body: revoked, posts: [], cookies: cleared })
  })
})

describe("a cloud function", () => {
  const signed = (fields: object) => signedEvent(fields)

  it("revokes a token in clear, in the form body, with our client authentication once (C03, C04, C63)", async () => {
    const door = openFrontDoor(revokeToken, { answers: [revokedAnswer] })
    expect(bodyOf(await door.invoke(signed({ token: refreshTokenText })))).toEqual(revoked)
    expect(await door.invoke({ token: refreshTokenText })).toEqual(revoked)
    expect(door.requests).toHaveLength(2)
    for (const request of door.requests) {
      expect(request).toMatchObject({ method: "POST", url: revocationUrl, body: { type: "form" } })
      expect([...new URLSearchParams(request.body?.text)].sort()).toEqual([
        ["client_id", clientId],
        ["client_secret", "client-secret-one"],
        ["token", refreshTokenText],
        ["token_type_hint", "refresh_token"],
      ])
    }
  })

  it("learns when to come back from a 503 (C58)", async () => {
    const door = openFrontDoor(revokeToken, { answers: [{ ...jsonAnswer(503, {}), retryAfterSeconds: 7 }] })
    expect(await door.invoke(signed({ token: refreshTokenText }))).toMatchObject({
      statusCode: 503,
      headers: { "retry-after": "7" },
    })
  })

  it("has no start-login, and no cookies", async () => {
    const door = openFrontDoor(startLogin)
    expect(bodyOf(await door.invoke(signed({ redirect_uri: callback })))).toMatchObject({
      code: "origin_not_allowed",
    })
    expect(await door.invoke({ redirect_uri: callback })).toMatchObject({ code: "origin_not_allowed" })
    const event = { ...signed({ code: "a-code", state: "s", redirect_uri: callback }), cookies: ["a=b"] }
    expect(await openFrontDoor(exchangeCode).invoke(event)).not.toHaveProperty("cookies")
  })

  it("cannot redeem what was sealed for a page: SuperOffice gets it as it is, and refuses it", async () => {
    const page = openPage("sealed")
    await page.signIn()
    const door = openFrontDoor(refreshToken, { answers: [rejectedAnswer] })
    expect(await door.invoke({ refresh_token: page.kept.sealed })).toMatchObject({ code: "grant_rejected" })
    expect(door.requests.map(formOf)).toMatchObject([{ refresh_token: page.kept.sealed }])
  })
})

describe("a replaced secret", () => {
  it("seals what it redeemed with its own first key", async () => {
    const replaced = { ...credentials, clientSecret: new Secret("client-secret-two"), sealingKeys: newKey }
    const door = openFrontDoor(exchangeCode, {
      env: { ...completeEnv, REFRESH_TOKEN_DELIVERY: "sealed" },
      answers: [rejectedAnswer, tokenAnswer()],
      credentials: (freshness) =>
        Promise.resolve({
          value: freshness === "reread" ? { ...replaced, version: "v2" } : credentials,
          stale: false,
        }),
    })
    const [header = ""] = String(bodyOf(await door.invoke(browserEvent(ownPkce))).refresh_token).split(".")
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: "k2" })
  })

  it("opens at once what another environment already seals with a new key", async () => {
    const page = openPage("cookie")
    await page.signIn({ changes: { sealingKeys: [...newKey, ...oldKey] } })
    const door = openFrontDoor(refreshToken, {
      credentials: (freshness) =>
        Promise.resolve({
          value:
            freshness === "reread"
              ? { ...credentials, version: "v2", sealingKeys: [...newKey, ...oldKey] }
              : credentials,
          stale: false,
        }),
    })
    const event = browserEvent({}, { headers: { "x-csrf": "1" } })
    const cookies = [...page.jar].map(([name, value]) => `${name}=${value}`)
    expect(await door.invoke({ ...event, cookies })).toMatchObject({ statusCode: 200 })
  })
})

describe.each(deliveries)("in delivery %s, nothing secret", (delivery) => {
  it("is in any answer, cookie or log line of a page's whole life (C62)", async () => {
    const page = openPage(delivery)
    const begun = delivery === "sealed" ? undefined : await page.begin()
    const answer = begun?.answer ?? tokenAnswer()
    const fields = begun ? { code: "canary-code", state: begun.state } : { ...ownPkce, code: "canary-code" }
    const visits = [
      await page.visit(exchangeCode, fields, { answers: [answer] }),
      await page.refresh(),
      await page.refresh({ answers: [rejectedAnswer] }),
      await page.refresh({ answers: [tokenAnswer({ id_token: "not.an.idtoken" })] }),
      await page.refresh({
        answers: [jsonAnswer(400, { error: "odd", error_description: refreshTokenText })],
      }),
      await page.refresh({ answers: [new Error(`cannot send ${refreshTokenText}`)] }),
      await page.refresh({ secondsLater: 1_000_000 }),
      await page.revoke({ answers: [jsonAnswer(503, { token: refreshTokenText })] }),
      await page.revoke(),
    ]
    const { code_verifier: verifier = "" } = visits[0]?.posts[0] ?? {}
    expect(verifier).toMatch(/^[\w-]{43}$/)

    const cookies = [...(begun?.cookies ?? []), ...visits.flatMap((visit) => visit.cookies)]
    const sealed = [...cookies, page.kept.sealed].map(
      (text) => text.replace(/^[^=]*=/, "").split(";")[0] ?? "",
    )
    const opened = sealed.flatMap((text) =>
      text.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1")),
    )
    const bodies = visits.map(({ body }) => JSON.stringify(body))
    const said = [...bodies, ...cookies, ...opened, page.kept.log].join("\n")
    for (const secret of [refreshTokenText, verifier, "canary-code", "client-secret-one"]) {
      expect(said).not.toContain(secret)
    }

    // A page may read the nonce in its claims and in the ID Token, and nowhere else.
    if (begun)
      expect([...bodies.slice(1), ...cookies, ...opened, page.kept.log].join("\n")).not.toContain(begun.nonce)
    // What was sealed for a page is worth a refresh token to whoever reads the log.
    for (const text of sealed) if (text !== "") expect(page.kept.log).not.toContain(text)
    expect(page.kept.log).not.toContain(accessToken)
    expect(page.kept.log).not.toContain("tony@example.com")
    // What was looked through is what there was to look through.
    expect(opened.join()).toContain('"typ":"so-session"')
    expect(page.kept.log).toContain('"code":"id_token_invalid"')
  })
})
