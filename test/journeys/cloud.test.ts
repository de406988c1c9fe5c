import type { Socket } from "node:net"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { clientSecretText, secretId, type Stack } from "../../local/stack.ts"
import { createSigningKey } from "../support/id-tokens.ts"
import { origin, startJourney, type Journey, type JsonRecord } from "../support/journey.ts"
import { http, startScriptedServer, type ScriptedServer } from "../support/scripted-server.ts"
import { privateKeyPem, startWithSystemUser, systemUser } from "../support/system-user.ts"

const signingKey = createSigningKey()

/** At the level where most is logged. */
function startWithPrivateKey(secret?: string): Promise<Journey> {
  return startWithSystemUser({ LOG_LEVEL: "DEBUG" }, secret)
}

describe("the system user", () => {
  it("is authenticated by direct invocation, and its ticket opens the tenant's REST API", async () => {
    const { stack, ...journey } = await startWithPrivateKey()
    const answer = await journey.invoke("authenticate-system-user", systemUser)
    expect(answer).toMatchObject({
      token_type: "SOTicket",
      ticket: expect.stringMatching(/^7T:/) as string,
      claims: { iss: "SuperOffice AS", aud: "spn:1730265981", ctx: "Cust26759", serial: "1730265981" },
    })
    expect(Number(answer.expires_at) - Date.now() / 1000).toBeGreaterThan(6 * 3600 - 30)
    expect(answer.claims).not.toHaveProperty("ticket")
    const { webapi_url } = answer.claims as { readonly webapi_url: string }
    const { client_secret } = await currentSecret(stack)
    const response = await fetch(`${webapi_url}v1/User/currentPrincipal`, {
      headers: { authorization: `SOTicket ${String(answer.ticket)}`, "so-apptoken": client_secret },
    })
    expect(await response.json()).toMatchObject({ UserType: "SystemAssociate" })
  })

  it("is not there for a page: there is no such route, and the signed one is shut", async () => {
    const journey = await startWithPrivateKey()
    expect((await journey.postAsPage("/authenticate-system-user", systemUser)).status).toBe(404)
    expect((await journey.postAsPage("/signed/authenticate-system-user", systemUser)).status).toBe(403)
  })

  it("is authenticated within one request after the client secret was replaced", async () => {
    const { stack, provider, ...journey } = await startWithPrivateKey()
    await journey.invoke("authenticate-system-user", systemUser)
    provider.replaceClientSecret("the-new-one")
    stack.secretsManager.put(secretId, clientSecretText(provider.clientId, "the-new-one"))
    expect(await journey.invoke("authenticate-system-user", systemUser)).toHaveProperty("ticket")
  })

  it("leaves nothing secret in the log, whatever the outcome", async () => {
    const { provider, ...journey } = await startWithPrivateKey()
    const { ticket } = await journey.invoke("authenticate-system-user", systemUser)
    provider.systemUserTenant = "Cust12020"
    await journey.postSigned("/signed/authenticate-system-user", systemUser)
    provider.clockOffsetSeconds = 600
    await journey.invoke("authenticate-system-user", systemUser)
    const log = journey.log.join("\n")
    expect(log).toContain('"code":"tenant_mismatch"')
    expect(log).toContain('"code":"clock_rejected"')
    const [, keyLine = ""] = privateKeyPem.split("\n")
    for (const secret of [
      systemUser.system_token,
      String(ticket),
      keyLine,
      "BEGIN PRIVATE KEY",
      "system@cust26759",
    ]) {
      expect(log).not.toContain(secret)
    }
  })
})

describe("health", () => {
  it("tells the same by both doors, once the environment is warm", async () => {
    const journey = await startJourney()
    await journey.invoke("health", {})
    const direct = await journey.invoke("health", {})
    const signed = await journey.postSigned("/signed/health", {})
    expect(direct).toMatchObject({
      status: "ok",
      environment: "sod",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      secret: { stale: false, error: null, version: expect.any(String) as string },
      key_set: { stale: false, error: null, key_ids: [expect.any(String)] },
    })
    expect(signed.status).toBe(200)
    const ages = { secret: { age_seconds: 0 }, key_set: { age_seconds: 0 }, clock_skew_seconds: 0 }
    expect(masked({ ...signed.body, ...ages })).toEqual(masked({ ...direct, ...ages }))
    expect((await journey.postAsPage("/signed/health", {})).status).toBe(403)
  })

  it.each([
    [600, 600],
    [-600, -600],
  ])("tells that SuperOffice's clock is %i s ahead", async (seconds, told) => {
    const { provider, ...journey } = await startJourney()
    provider.clockOffsetSeconds = seconds
    const { clock_skew_seconds } = await journey.invoke("health", {})
    expect(Math.abs(Number(clock_skew_seconds) - told)).toBeLessThanOrEqual(2)
  })

  it("is degraded while Secrets Manager or SuperOffice is away, and says which", async () => {
    const { stack, provider, ...journey } = await startJourney()
    stack.secretsManager.outage = "denied"
    await provider.close()
    expect(await journey.invoke("health", {})).toMatchObject({
      status: "degraded",
      secret: { error: "configuration_invalid", version: null },
      key_set: { error: "key_set_unavailable", key_ids: [] },
      clock_skew_seconds: null,
    })
  })

  it("says that the secret's current version cannot be used, and why, while an older one is in use", async () => {
    const { stack, provider, ...journey } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
    await journey.invoke("health", {})
    stack.secretsManager.put(secretId, clientSecretText(`${provider.clientId} `, "canary"))
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const answer = await journey.invoke("health", {})
    const problem =
      'a secret in Secrets Manager cannot be used: its "client_id" begins or ends with white space or an invisible character'
    expect(answer).toMatchObject({ status: "degraded", secret: { stale: true, error: null, problem } })
    expect(JSON.stringify(answer)).not.toContain("canary")
  })
})

describe("the tenant beside the tokens", () => {
  const include = ["tenant"]

  it("comes through all three doors", async () => {
    const { provider, ...journey } = await startJourney()
    const tenant = {
      state: "Running",
      is_running: true,
      webapi_url: `${provider.url}/Cust12020/api/`,
      valid_until: expect.any(Number) as number,
    }
    const page = await journey.postAsPage("/exchange-code", { ...(await journey.authorize()), include })
    expect(page.body).toMatchObject({ tenant })
    const direct = await journey.invoke("exchange-code", { ...(await journey.authorize()), include })
    expect(direct).toMatchObject({ tenant })
    const { refresh_token } = direct
    const signed = await journey.postSigned("/signed/refresh-token", { refresh_token, include })
    expect(signed.body).toMatchObject({ tenant })
  })

  it("says what state the tenant is in", async () => {
    const { provider, ...journey } = await startJourney()
    provider.tenantStates.set("Cust12020", "OfflineMaintenance")
    expect(await journey.invoke("exchange-code", { ...(await journey.authorize()), include })).toMatchObject({
      token_type: "Bearer",
      tenant: { state: "OfflineMaintenance", is_running: false },
    })
  })

  it("is null when SuperOffice does not tell, and the exchange stands", async () => {
    const { provider, ...journey } = await startJourney()
    provider.tenantStates.clear()
    expect(await journey.invoke("exchange-code", { ...(await journey.authorize()), include })).toMatchObject({
      token_type: "Bearer",
      tenant: null,
    })
  })
})

describe("revocation", () => {
  it("is done for a token that nobody knows too (C58)", async () => {
    const journey = await startJourney()
    const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
    const direct = await journey.invoke("revoke-token", { token: refresh_token })
    const signed = await journey.postSigned("/signed/revoke-token", { token: refresh_token })
    expect(direct).toMatchObject({ revoked: true })
    expect(signed).toEqual({ status: 200, body: direct })
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ code: "grant_rejected" })
  })
})

/** How a grant may be redeemed from the cloud: directly or signed, by its own function or by `token`. */
const ways = ["exchange-code or refresh-token, direct", "the same, signed", "token, direct", "token, signed"]

type Fields = Readonly<Record<string, unknown>>
type MakeFields = (journey: Journey) => Fields | Promise<Fields>

/** One outcome of a grant, every way: status (of the signed ones) and body. The fields are made for each, as codes work once. */
async function everyWay(journey: Journey, grantType: string, make: MakeFields) {
  const name = grantType === "refresh_token" ? "refresh-token" : "exchange-code"
  const all = await Promise.all(ways.map(async () => await make(journey)))
  const [first = {}, second = {}, third = {}, fourth = {}] = all
  const grant = { grant_type: grantType }
  return await Promise.all([
    journey.invoke(name, first).then((body) => ({ status: undefined, body })),
    journey.postSigned(`/signed/${name}`, second),
    journey.invoke("token", { ...grant, ...third }).then((body) => ({ status: undefined, body })),
    journey.postSigned("/signed/token", { ...grant, ...fourth }),
  ])
}

/** Expects the same of every way, but for ids, times, and what SuperOffice makes anew each time. */
async function expectEverywhere(
  journey: Journey,
  grantType: string,
  make: MakeFields,
  expected: { readonly status: number; readonly body: object },
): Promise<void> {
  const answers = await everyWay(journey, grantType, make)
  const [first] = answers
  expect(first.body).toMatchObject(expected.body)
  for (const { status, body } of answers) {
    expect(masked(body)).toEqual(masked(first.body))
    expect(status ?? expected.status).toBe(expected.status)
  }
}

const changing = new Set(
  "request_id access_token refresh_token id_token ticket expires_at valid_until iat nbf exp nonce".split(" "),
)

/** The value with everything that changes from request to request replaced by its type. */
function masked(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => [
    name,
    changing.has(name) ? typeof member : masked(member),
  ])
  return Object.fromEntries(members) as unknown
}

describe("the signed and the direct door say the same", () => {
  const code: MakeFields = async (journey) => ({ ...(await journey.authorize()) })
  const refresh: MakeFields = async (journey) => {
    const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
    return { refresh_token }
  }
  const fields: MakeFields = () => ({
    code: "x".repeat(64),
    redirect_uri: `${origin}/callback`,
    refresh_token: "x".repeat(64),
  })
  const plus = (make: MakeFields, changes: Fields): MakeFields => {
    return async (journey) => ({ ...(await make(journey)), ...changes })
  }
  const grants = ["authorization_code", "refresh_token"]

  it.each<[string, string, MakeFields, number, object]>([
    ["a code redeemed", "authorization_code", code, 200, { token_type: "Bearer" }],
    ["a refresh token redeemed", "refresh_token", refresh, 200, { token_type: "Bearer" }],
    [
      "a tenant included",
      "authorization_code",
      plus(code, { include: ["tenant"] }),
      200,
      { tenant: { state: "Running" } },
    ],
    ["a code refused", "authorization_code", fields, 400, { code: "grant_rejected", retryable: false }],
    ["a refresh token refused", "refresh_token", fields, 400, { code: "grant_rejected", retryable: false }],
    [
      "a code for another nonce",
      "authorization_code",
      plus(code, { nonce: "another" }),
      400,
      { code: "identity_mismatch" },
    ],
    [
      "a refresh token of another user",
      "refresh_token",
      plus(refresh, { sub: "another" }),
      400,
      { code: "identity_mismatch" },
    ],
    ["a code missing", "authorization_code", () => ({}), 400, { code: "request_invalid" }],
    ["a refresh token missing", "refresh_token", () => ({}), 400, { code: "request_invalid" }],
    [
      "a field too long",
      "refresh_token",
      () => ({ refresh_token: "x".repeat(8_193) }),
      400,
      { code: "request_invalid" },
    ],
    [
      "a client secret sent",
      "refresh_token",
      plus(fields, { client_secret: "s" }),
      400,
      { code: "request_invalid" },
    ],
    [
      "another client's id",
      "authorization_code",
      plus(fields, { client_id: "0" }),
      400,
      { code: "request_invalid" },
    ],
    [
      "another issuer's code",
      "authorization_code",
      plus(fields, { iss: "https://example.com" }),
      400,
      { code: "request_invalid" },
    ],
    [
      "an unknown wish",
      "authorization_code",
      plus(fields, { include: ["user"] }),
      400,
      { code: "request_invalid" },
    ],
    [
      "another grant",
      "authorization_code",
      plus(fields, { grant_type: "password" }),
      400,
      { code: "grant_unsupported" },
    ],
  ])("of %s (C64)", async (_outcome, grantType, make, status, body) => {
    await expectEverywhere(await startJourney(), grantType, make, { status, body })
  })

  it.each([
    ["down", 503, { code: "secret_unavailable", retryable: true, retry_after_seconds: 1 }],
    ["throttled", 503, { code: "secret_unavailable", retryable: true }],
    ["denied", 500, { code: "configuration_invalid", retryable: false }],
  ] as const)("of Secrets Manager that is %s (C64)", async (outage, status, body) => {
    const journey = await startJourney()
    journey.stack.secretsManager.outage = outage
    for (const grantType of grants) await expectEverywhere(journey, grantType, fields, { status, body })
  })

  it("of settings that are wrong (C64)", async () => {
    const journey = await startJourney({ env: { SUPEROFFICE_ENVIRONMENT: "stage" } })
    const body = { code: "configuration_invalid", retryable: false }
    for (const grantType of grants) await expectEverywhere(journey, grantType, fields, { status: 500, body })
  })

  it("of SuperOffice away before anything was read (C64)", async () => {
    const journey = await startJourney()
    await journey.provider.close()
    const body = { code: "key_set_unavailable", retryable: true }
    for (const grantType of grants) await expectEverywhere(journey, grantType, fields, { status: 503, body })
  })

  describe("of SuperOffice when it answers a grant with", () => {
    let upstream: ScriptedServer
    let answerGrant: (socket: Socket) => unknown

    beforeEach(async () => {
      upstream = await startScriptedServer({
        onRequest: (socket, request) => {
          if (request.startsWith("POST")) answerGrant(socket)
          else socket.write(http(200, JSON.stringify({ keys: [signingKey.jwk] })))
        },
      })
    })

    afterEach(() => upstream.close())

    const says = (status: number, body: string, head: readonly string[] = []) => {
      return (socket: Socket) => socket.write(http(status, body, head))
    }

    it.each<[string, (socket: Socket) => unknown, number, object, object]>([
      [
        "a page",
        says(200, "<html>"),
        502,
        { code: "upstream_invalid", retryable: false },
        { retryable: false },
      ],
      ["nothing", says(200, ""), 502, { code: "upstream_invalid" }, {}],
      ["a redirect", says(302, "", ["Location: /"]), 502, { code: "upstream_invalid" }, {}],
      ["a refused client", says(401, '{"error":"invalid_client"}'), 502, { code: "client_rejected" }, {}],
      ["a 500", says(500, "<html>"), 503, { code: "upstream_unavailable" }, { retryable: true }],
      [
        "a 503 and a time",
        says(503, "", ["Retry-After: 7"]),
        503,
        { code: "upstream_unavailable" },
        { retryable: true, retry_after_seconds: 7 },
      ],
      ["a 429", says(429, ""), 503, { code: "upstream_unavailable" }, { retryable: true }],
      ["a cut", (socket) => socket.destroy(), 503, { code: "upstream_unavailable" }, { retryable: true }],
      ["silence", () => undefined, 504, { code: "upstream_timeout" }, { retryable: true }],
    ])(
      "%s, but that a code is never tried again (C64)",
      async (_what, answer, status, body, ofRefresh) => {
        answerGrant = answer
        const journey = await startJourney({ env: { LOCAL_PROVIDER_URL: upstream.url } })
        await Promise.all([
          expectEverywhere(journey, "authorization_code", fields, {
            status,
            body: { ...body, retryable: false },
          }),
          expectEverywhere(journey, "refresh_token", fields, { status, body: { ...body, ...ofRefresh } }),
        ])
      },
      40_000,
    )

    it("a 503 to a revocation, after which the token is still alive (C58, C64)", async () => {
      answerGrant = says(503, "", ["Retry-After: 7"])
      const journey = await startJourney({ env: { LOCAL_PROVIDER_URL: upstream.url } })
      const direct = await journey.invoke("revoke-token", { token: "a-token" })
      const signed = await journey.postSigned("/signed/revoke-token", { token: "a-token" })
      expect(direct).toMatchObject({ code: "upstream_unavailable", retryable: true, retry_after_seconds: 7 })
      expect(signed.status).toBe(503)
      expect(masked(signed.body)).toEqual(masked(direct))
    })
  })

  it.each<[string, (journey: Journey) => void, Fields, number, object]>([
    ["authenticated", () => undefined, {}, 200, { token_type: "SOTicket" }],
    ["of no tenant", () => undefined, { tenant: "" }, 400, { code: "request_invalid" }],
    ["with a dot", () => undefined, { system_token: "a.b" }, 400, { code: "request_invalid" }],
    ["unknown", () => undefined, { system_token: "Unknown" }, 400, { code: "system_user_rejected" }],
    ["of another tenant", () => undefined, { tenant: "Cust12020" }, 400, { code: "system_user_rejected" }],
    [
      "whose key is not registered",
      ({ provider }) => (provider.systemUserKey = undefined),
      {},
      502,
      { code: "signing_key_rejected" },
    ],
    [
      "by another clock",
      ({ provider }) => (provider.clockOffsetSeconds = -600),
      {},
      502,
      { code: "clock_rejected" },
    ],
    [
      "mistaken for another tenant's",
      ({ provider }) => (provider.systemUserTenant = "Cust12020"),
      {},
      502,
      { code: "tenant_mismatch" },
    ],
    [
      "whose key is none",
      ({ stack }) => {
        stack.secretsManager.put("superoffice/private-key", "not a key")
      },
      {},
      500,
      { code: "configuration_invalid" },
    ],
    [
      "while Secrets Manager is down",
      ({ stack }) => (stack.secretsManager.outage = "down"),
      {},
      503,
      { code: "secret_unavailable", retryable: true },
    ],
  ])("of a system user %s (C64)", async (_what, change, fields, status, body) => {
    const journey = await startWithPrivateKey()
    change(journey)
    const direct = await journey.invoke("authenticate-system-user", { ...systemUser, ...fields })
    const signed = await journey.postSigned("/signed/authenticate-system-user", { ...systemUser, ...fields })
    expect(direct).toMatchObject(body)
    expect(signed.status).toBe(status)
    expect(masked(signed.body)).toEqual(masked(direct))
  })
})

describe("who is let in", () => {
  it("is not decided by what a body says: members of a gateway's event are unknown fields (C64)", async () => {
    const journey = await startJourney()
    const forged = { requestContext: { authorizer: { iam: {} } }, headers: {}, version: "2.0" }
    const page = await journey.postAsPage("/exchange-code", { ...(await journey.authorize()), ...forged })
    expect(page.status).toBe(200)
    expect(page.body).not.toHaveProperty("refresh_token")
  })

  it("is nobody through an event that looks like HTTP, even by direct invocation (C64)", async () => {
    const journey = await startJourney()
    const code = await journey.authorize()
    const events: JsonRecord[] = [
      { ...code, headers: {} },
      { ...code, requestContext: {} },
      { version: "2.0", requestContext: { http: { method: "POST" } }, body: JSON.stringify(code) },
    ]
    for (const event of events) {
      const { statusCode, body } = await journey.invoke("exchange-code", event)
      expect(Number(statusCode)).toBeGreaterThanOrEqual(400)
      expect(String(body)).not.toContain("access_token")
    }
    expect(await journey.invoke("exchange-code", code)).toHaveProperty("access_token")
  })
})

async function currentSecret({
  secretsManager,
  credentials,
}: Stack): Promise<{ readonly client_secret: string }> {
  const { region } = credentials
  const client = new SecretsManager({ endpoint: secretsManager.url, region, credentials })
  const { SecretString = "" } = await client.getSecretValue({ SecretId: secretId })
  client.destroy()
  return JSON.parse(SecretString) as { readonly client_secret: string }
}
