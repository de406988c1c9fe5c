import { describe, expect, it } from "vitest"
import type { Endpoint, Fault } from "../../local/provider/faults.ts"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { origin, shareJourney, startJourney, type Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { call, form, type CallAnswer, type ExampleCallOptions } from "./calls.ts"
import { expectDescribed, operationOf, operations, requestExample, type Operation } from "./document.ts"

// So short a time-out that SuperOffice's silence costs little.
const share = shareJourney({ timeoutMs: 3_000 })
const shareSealed = shareJourney({ env: { REFRESH_TOKEN_DELIVERY: "sealed" } })

const ok = { status: 200 }
const asForm = { mediaType: form }

/**
 * Sends an example, with `changes` in the places of what nobody issued, expects that the document describes the answer, and
 * gives it.
 */
async function send(
  journey: Journey,
  path: string,
  example: string,
  changes: object = {},
  options: ExampleCallOptions = {},
): Promise<CallAnswer> {
  const operation = operationOf(path)
  const answer = await call(journey, operation, { ...requestExample(path, example), ...changes }, options)
  expectDescribed(operation, answer)
  return answer
}

/** What a page has after its sign-in: a cookie or, in delivery `sealed`, a sealed value. */
async function signIn(journey: Journey) {
  const { body, cookie } = await send(journey, "/exchange-code", "own_pkce", await journey.authorize())
  return { cookie, sealed: body.refresh_token }
}

describe("the document describes the answers to a page", () => {
  it.each([
    ["/exchange-code", "with_tenant", {}],
    ["/token", "code_with_tenant", asForm],
  ])("that sends its code and PKCE to %s and asks for the tenant", async (path, example, options) => {
    const journey = await share()
    const answer = await send(journey, path, example, await journey.authorize(), options)
    expect(answer).toMatchObject({ ...ok, body: { tenant: { state: "Running" } } })
  })

  it("whose session is in a cookie, from start-login to its end", async () => {
    const journey = await share()
    const begun = await send(journey, "/start-login", "one_tenant", { redirect_uri: `${origin}/callback` })
    const { state } = begun.body
    const kept = await send(journey, "/start-login", "kept", { state }, { cookie: begun.cookie })
    expect(kept).toMatchObject({ body: { kept: true }, cookie: "" })
    const lost = await send(journey, "/start-login", "kept", { state })
    expect(lost).toMatchObject({ body: { kept: false }, cookie: "" })
    const url = new URL(String(begun.body.authorization_url))
    const { searchParams } = await signInWithoutBrowser(url, "Cust12020/tony")
    const code = { ...Object.fromEntries(searchParams), iss: journey.provider.issuer }
    const signedIn = await send(journey, "/exchange-code", "after_start_login", code, {
      cookie: begun.cookie,
    })
    expect(signedIn.status).toBe(200)
    expect(signedIn.body).not.toHaveProperty("refresh_token")

    const { cookie } = signedIn
    const { sub, ctx } = signedIn.body.claims as { readonly sub: string; readonly ctx: string }
    for (const [path, example, changes, status] of [
      ["/refresh-token", "cookie", {}, 200],
      ["/refresh-token", "same_user", { sub, ctx }, 200],
      ["/refresh-token", "same_user", {}, 400],
      ["/token", "refresh", {}, 200],
      ["/revoke-token", "cookie", {}, 200],
    ] as const)
      expect(await send(journey, path, example, changes, { cookie })).toMatchObject({ status })
  })

  it("whose session is sealed, from its code to its end", async () => {
    const journey = await shareSealed()
    const { sealed } = await signIn(journey)
    expect(sealed).toMatch(/^ey/)
    const { body } = await send(journey, "/refresh-token", "sealed", { refresh_token: sealed })
    const { refresh_token } = body
    expect(await send(journey, "/token", "refresh_sealed", { refresh_token }, asForm)).toMatchObject(ok)
    expect(await send(journey, "/revoke-token", "sealed", { token: refresh_token })).toMatchObject(ok)
    const begun = await send(journey, "/start-login", "any_tenant")
    expect(begun.body).toMatchObject({ code: "request_invalid" })
  })
})

it("the document describes the answers to a signed caller: tokens, a revocation, a ticket, and health", async () => {
  const journey = await share()
  const { body } = await send(journey, "/signed/exchange-code", "with_tenant", await journey.authorize())
  const { sub, ctx } = body.claims as { readonly sub: string; readonly ctx: string }
  const token = { refresh_token: body.refresh_token }
  for (const [path, example, changes, options] of [
    ["/signed/token", "code", await journey.authorize(), asForm],
    ["/signed/refresh-token", "refresh", token, {}],
    ["/signed/refresh-token", "same_user", { ...token, sub, ctx }, {}],
    ["/signed/token", "refresh", token, asForm],
    ["/signed/revoke-token", "revoke", { token: token.refresh_token }, {}],
    ["/signed/authenticate-system-user", "system_user", systemUser, {}],
    ["/signed/health", "health", {}, {}],
  ] as const)
    expect(await send(journey, path, example, changes, options), path).toMatchObject(ok)
})

describe("the document describes the refusal by every operation", () => {
  it("of callers and requests", async () => {
    const journey = await share()
    const refused = async (
      operation: Operation,
      body: object | string,
      options: ExampleCallOptions,
      expected: object,
    ) => {
      const answer = await call(journey, operation, body, options)
      expectDescribed(operation, answer)
      expect(answer, operation.path).toMatchObject(expected)
    }
    for (const operation of operations) {
      const fromElsewhere = { headers: { origin: "https://elsewhere.example" } }
      await refused(operation, {}, fromElsewhere, { status: 403, body: { code: "origin_not_allowed" } })
      const text = { mediaType: "text/plain" }
      await refused(operation, "x", text, { status: 415, body: { code: "media_type_unsupported" } })
      await refused(operation, "[]", {}, { status: 400, body: { code: "request_invalid" } })
      await refused(operation, { client_secret: "s" }, {}, { status: 400, body: { code: "request_invalid" } })
      const large = { padding: "x".repeat(32 * 1024) }
      await refused(operation, large, {}, { status: 413, body: { code: "request_too_large" } })
    }
    for (const operation of operations.filter(({ isSigned }) => isSigned)) {
      const unsigned = { headers: { authorization: "none" } }
      await refused(operation, {}, unsigned, { status: 403, body: { message: "Forbidden" } })
    }
  })

  it("of a deployment with wrong settings", async () => {
    const journey = await startJourney({ env: { CLIENT_SECRET_ID: "" } })
    for (const operation of operations) {
      const answer = await call(journey, operation, {})
      expectDescribed(operation, answer)
      expect(answer).toMatchObject({ status: 500, body: { code: "configuration_invalid" } })
    }
  })
})

/** Where an operation's request goes, and the example that it goes there with. */
const atSuperOffice: readonly (readonly [string, Endpoint, string])[] = [
  ["/exchange-code", "token", "own_pkce"],
  ["/refresh-token", "token", "cookie"],
  ["/token", "token", "refresh"],
  ["/revoke-token", "revocation", "cookie"],
  ["/signed/exchange-code", "token", "pkce"],
  ["/signed/refresh-token", "token", "refresh"],
  ["/signed/token", "token", "refresh"],
  ["/signed/revoke-token", "revocation", "revoke"],
  ["/signed/authenticate-system-user", "system user", "system_user"],
]

/** What the examples need to get there; to the others unknown fields, which are passed over. */
const known = { redirect_uri: `${origin}/callback`, ...systemUser }

/** Sends every one of them, and gives the code of each answer by its path. */
async function sendAll(journey: Journey, cookie = ""): Promise<Readonly<Record<string, unknown>>> {
  const answers = atSuperOffice.map(async ([path, , example]) => {
    const options = path.startsWith("/signed/") ? {} : { cookie }
    const { body, headers } = await send(journey, path, example, known, options)
    expect(headers.has("retry-after"), path).toBe(body.retryable === true)
    return [path, body.code] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

function everywhere(code: string): Readonly<Record<string, string>> {
  return Object.fromEntries(atSuperOffice.map(([path]) => [path, code]))
}

describe("the document describes the answers of an outage", () => {
  it.each<[Fault, string, Readonly<Record<string, string>>?]>([
    ["status 500", "upstream_unavailable"],
    ["status 429", "upstream_unavailable"],
    ["reset before the work", "upstream_unavailable"],
    ["a redirect", "upstream_invalid"],
    ["silence", "upstream_timeout"],
    [
      "status 401 with a message",
      "client_rejected",
      { "/signed/authenticate-system-user": "system_user_rejected" },
    ],
  ])("in which SuperOffice's answer is %s", async (fault, code, others = {}) => {
    const journey = await share()
    const { cookie } = await signIn(journey)
    for (const [, endpoint] of atSuperOffice) journey.provider.faults[endpoint] = fault
    expect(await sendAll(journey, cookie)).toEqual({ ...everywhere(code), ...others })
  })

  it("of Secrets Manager before the secret was read", async () => {
    const journey = await startJourney()
    const withoutCookie = { "/refresh-token": "session_expired", "/token": "session_expired" }
    for (const [outage, code] of [
      ["down", "secret_unavailable"],
      ["denied", "configuration_invalid"],
    ] as const) {
      journey.stack.secretsManager.outage = outage
      expect(await sendAll(journey)).toEqual({ ...everywhere(code), ...withoutCookie })
      const begun = await send(journey, "/start-login", "any_tenant", known)
      expect(begun.body).toMatchObject({ code })
    }
  })

  it("of SuperOffice before the key set was read", async () => {
    const journey = await startJourney()
    await journey.provider.close()
    for (const [path, example] of [
      ["/signed/token", "refresh"],
      ["/signed/authenticate-system-user", "system_user"],
    ] as const)
      expect((await send(journey, path, example, known)).body.code).toBe("key_set_unavailable")
    const degraded = await send(journey, "/signed/health", "health", {}, asForm)
    expect(degraded).toMatchObject({ ...ok, body: { status: "degraded", clock_skew_seconds: null } })
  })
})

describe("the document describes the rejection", () => {
  it.each([
    ["/exchange-code", "own_pkce"],
    ["/token", "code"],
    ["/signed/exchange-code", "pkce"],
    ["/signed/token", "code"],
  ])("by %s of a grant, its ID Token, or its type", async (path, example) => {
    const journey = await share()
    const refused = await send(journey, path, example, known)
    expect(refused).toMatchObject({ status: 400, body: { code: "grant_rejected" } })
    const another = { ...(await journey.authorize()), nonce: "another" }
    const replayed = await send(journey, path, example, another)
    expect(replayed).toMatchObject({ status: 400, body: { code: "identity_mismatch" } })
    const unsupported = await send(journey, path, example, { grant_type: "password" })
    expect(unsupported).toMatchObject({ status: 400, body: { code: "grant_unsupported" } })
  })

  it.each<[string, object, Partial<Journey["provider"]>]>([
    ["system_user_rejected", {}, {}],
    ["tenant_mismatch", systemUser, { systemUserTenant: "Cust12020" }],
    ["clock_rejected", systemUser, { clockOffsetSeconds: 600 }],
    ["signing_key_rejected", systemUser, { systemUserKey: undefined }],
  ])("of a system user by %s", async (code, changes, shapes) => {
    const journey = await share()
    Object.assign(journey.provider, shapes)
    const { body } = await send(journey, "/signed/authenticate-system-user", "system_user", changes)
    expect(body.code).toBe(code)
  })
})
