import { describe, expect, it } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { apiTokenEnv, secretText, storedKeys } from "../support/api-token.ts"
import { origin, shareJourney, startJourney, type Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { call, form, type CallAnswer, type ExampleCallOptions } from "./calls.ts"
import { expectDescribed, operationOf, operations, publications, requestExample } from "./document.ts"
import type { Publication, ReceivedAnswer } from "./document.ts"

const share = shareJourney()
const shareSealed = shareJourney({ env: { REFRESH_TOKEN_DELIVERY: "sealed" } })

const ok = { status: 200 }
/** What the examples need; to the others unknown fields, which are passed over. */
const known = { redirect_uri: `${origin}/callback`, ...systemUser }
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
    const signedIn = await send(journey, "/exchange-code", "own_pkce", await journey.authorize())
    expect(signedIn.body.refresh_token).toMatch(/^ey/)
    const sealed = { refresh_token: signedIn.body.refresh_token }
    const { refresh_token } = (await send(journey, "/refresh-token", "sealed", sealed)).body
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

const { API_TOKEN_AUDIENCE, API_TOKEN_ISSUER, API_TOKEN_KEYS_SECRET_ID } = apiTokenEnv
const withApiTokens = { API_TOKEN_AUDIENCE, API_TOKEN_ISSUER, API_TOKEN_KEYS_SECRET_ID }

/** A stack whose tokens for the partner's own API are on, and whose Secrets Manager has these keys. */
async function startWithKeys(keys = secretText(...storedKeys)): Promise<Journey> {
  const journey = await startJourney({ env: withApiTokens })
  journey.stack.secretsManager.put(API_TOKEN_KEYS_SECRET_ID, keys)
  return journey
}

/** Reads every document as anybody may, and expects that the document describes each answer. */
async function readPublications({ stack }: Journey): Promise<(readonly [string, ReceivedAnswer])[]> {
  const read = async (publication: Publication) => {
    const response = await fetch(stack.url + publication.path)
    const { status, headers } = response
    const text = await response.text()
    const answer = { status, headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) }
    expectDescribed(publication, answer)
    return [publication.path.replace("/.well-known/", ""), answer] as const
  }
  return await Promise.all(publications.map(read))
}

function statusesOf(answers: readonly (readonly [string, ReceivedAnswer])[]): Record<string, number> {
  return Object.fromEntries(answers.map(([name, { status }]) => [name, status]))
}

describe("the document describes what is told to verifiers of tokens for the partner's own API", () => {
  const ok = { "openid-configuration": 200, "oauth-authorization-server": 200, "jwks.json": 200 }

  it("where the tokens are on, and the tokens themselves", async () => {
    const journey = await startWithKeys()
    const page = await send(journey, "/exchange-code", "with_api_token", await journey.authorize())
    expect([page.status, page.body.api_token]).toEqual([200, expect.stringMatching(/^ey/)])
    expect(statusesOf(await readPublications(journey))).toEqual(ok)
  })

  it("where they are off: there is no document, and no token", async () => {
    const journey = await share()
    const page = await send(journey, "/exchange-code", "with_api_token", await journey.authorize())
    expect(page).toMatchObject({ status: 400, body: { code: "request_invalid" } })
    const gone = { "openid-configuration": 404, "oauth-authorization-server": 404, "jwks.json": 404 }
    expect(statusesOf(await readPublications(journey))).toEqual(gone)
  })

  it("where the keys cannot be read, or not be used: the metadata, and why there are no keys", async () => {
    const journey = await startWithKeys("{}")
    expect(statusesOf(await readPublications(journey))).toEqual({ ...ok, "jwks.json": 500 })
    const outage = await startWithKeys()
    outage.stack.secretsManager.outage = "down"
    expect(statusesOf(await readPublications(outage))).toEqual({ ...ok, "jwks.json": 503 })
  })

  it("where the settings are wrong", async () => {
    const journey = await startJourney({ env: { ...withApiTokens, API_TOKEN_ISSUER: "https://a.example/" } })
    const wrong = { "openid-configuration": 500, "oauth-authorization-server": 500, "jwks.json": 500 }
    expect(statusesOf(await readPublications(journey))).toEqual(wrong)
  })
})

describe("the document describes the refusal by every operation", () => {
  /** What is sent, how, by whom; and the answer. */
  type Refusal = readonly [object | string, ExampleCallOptions, status: number, body: object]

  async function refuse(journey: Journey, refusals: readonly Refusal[], by = operations): Promise<void> {
    for (const operation of by) {
      for (const [sent, options, status, body] of refusals) {
        const answer = await call(journey, operation, sent, options)
        expectDescribed(operation, answer)
        expect(answer, operation.path).toMatchObject({ status, body })
      }
    }
  }

  it("of callers and requests", async () => {
    const journey = await share()
    await refuse(journey, [
      [{}, { headers: { origin: "https://elsewhere.example" } }, 403, { code: "origin_not_allowed" }],
      ["x", { mediaType: "text/plain" }, 415, { code: "media_type_unsupported" }],
      ["[]", {}, 400, { code: "request_invalid" }],
      [{ client_secret: "s" }, {}, 400, { code: "request_invalid" }],
      [{ padding: "x".repeat(32 * 1024) }, {}, 413, { code: "request_too_large" }],
    ])
    const signed = operations.filter(({ isSigned }) => isSigned)
    const unsigned = { headers: { authorization: "none" } }
    await refuse(journey, [[{}, unsigned, 403, { message: "Forbidden" }]], signed)
  })

  it("of a deployment with wrong settings", async () => {
    const journey = await startJourney({ env: { CLIENT_SECRET_ID: "" } })
    await refuse(journey, [[{}, {}, 500, { code: "configuration_invalid" }]])
  })
})

// Every other operation, every other outage: test/proof/faults.
it("the document describes start-login and health in an outage", async () => {
  const journey = await startJourney()
  for (const [outage, code] of [
    ["down", "secret_unavailable"],
    ["denied", "configuration_invalid"],
  ] as const) {
    journey.stack.secretsManager.outage = outage
    expect(await send(journey, "/start-login", "any_tenant", known)).toMatchObject({ body: { code } })
  }
  journey.stack.secretsManager.outage = undefined
  await journey.provider.close()
  const degraded = await send(journey, "/signed/health", "health", {}, asForm)
  expect(degraded).toMatchObject({ ...ok, body: { status: "degraded", clock_skew_seconds: null } })
})

describe("the document describes the rejection", () => {
  it.each([
    ["/exchange-code", "own_pkce"],
    ["/token", "code"],
    ["/signed/exchange-code", "pkce"],
    ["/signed/token", "code"],
  ])("by %s of a grant, its ID Token, or its type", async (path, example) => {
    const journey = await share()
    const another = { ...(await journey.authorize()), nonce: "another" }
    for (const [changes, code] of [
      [known, "grant_rejected"],
      [another, "identity_mismatch"],
      [{ grant_type: "password" }, "grant_unsupported"],
    ] as const)
      expect(await send(journey, path, example, changes)).toMatchObject({ status: 400, body: { code } })
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
