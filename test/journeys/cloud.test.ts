import { describe, expect, it } from "vitest"
import { origin, shareJourney, type Journey, type JsonRecord } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"

const share = shareJourney()

describe("authenticate-system-user", () => {
  it("takes a system token in any alphabet, and a token of SuperOffice's without iat, nbf and sub", async () => {
    const { provider, ...journey } = await share()
    const system_token = "Møteplanlegger-8k8Q7DmBgo"
    provider.systemTokens.set(system_token, systemUser.tenant)
    provider.systemUserClaims = { iat: undefined, nbf: undefined, sub: undefined }
    const answer = await journey.invoke("authenticate-system-user", { ...systemUser, system_token })
    expect(answer).toMatchObject({
      token_type: "SOTicket",
      ticket: expect.stringMatching(/^7T:/) as string,
      claims: { iss: "SuperOffice AS", aud: "spn:1730265981", ctx: "Cust26759", serial: "1730265981" },
    })
    expect(Number(answer.expires_at) - Date.now() / 1000).toBeGreaterThan(6 * 3600 - 30)
    for (const name of ["iat", "nbf", "sub", "ticket"]) expect(answer.claims).not.toHaveProperty(name)
  })

  it("has no route for a page, and its signed route is shut to one", async () => {
    const journey = await share()
    expect((await journey.postAsPage("/authenticate-system-user", systemUser)).status).toBe(404)
    expect((await journey.postAsPage("/signed/authenticate-system-user", systemUser)).status).toBe(403)
  })
})

describe("the tenant beside the tokens", () => {
  const include = ["tenant"]

  it("comes through all three doors", async () => {
    const { provider, ...journey } = await share()
    const tenant = {
      state: "Running",
      is_running: true,
      webapi_url: `${provider.url}/Cust12020/api/`,
      valid_until: expect.any(Number) as number,
    }
    const page = await journey.postAsPage("/exchange-code", { ...(await journey.authorize()), include })
    const direct = await journey.invoke("exchange-code", { ...(await journey.authorize()), include })
    const { refresh_token } = direct
    const signed = await journey.postSigned("/signed/refresh-token", { refresh_token, include })
    expect([page.body.tenant, direct.tenant, signed.body.tenant]).toEqual([tenant, tenant, tenant])
  })

  it("is null when SuperOffice does not tell, and the exchange stands", async () => {
    const { provider, ...journey } = await share()
    provider.tenantStates.clear()
    const answer = await journey.invoke("token", {
      grant_type: "authorization_code",
      // Of a tenant that the function has not asked for yet.
      ...(await journey.authorize("Cust26759/tony")),
      include,
    })
    expect(answer).toMatchObject({ token_type: "Bearer", tenant: null })
  })
})

describe("the signed and the direct door, and token beside the function of a grant, answer the same", () => {
  const unknown = { code: "x".repeat(64), redirect_uri: `${origin}/callback`, refresh_token: "x".repeat(64) }

  it.each<[string, "authorization_code" | "refresh_token", object, number, object]>([
    [
      "a code, with the tenant",
      "authorization_code",
      { include: ["tenant"] },
      200,
      { tenant: { state: "Running" } },
    ],
    ["a refresh token", "refresh_token", {}, 200, { token_type: "Bearer" }],
    ["an unknown code", "authorization_code", unknown, 400, { code: "grant_rejected", retryable: false }],
    [
      "a code with another nonce",
      "authorization_code",
      { nonce: "another" },
      400,
      { code: "identity_mismatch" },
    ],
    [
      "a refresh token beside a client secret",
      "refresh_token",
      { client_secret: "s" },
      400,
      { code: "request_invalid" },
    ],
  ])("to %s (C64)", async (_what, grant_type, changes, status, body) => {
    const journey = await share()
    const isCode = grant_type === "authorization_code"
    // Made for each request, because a code works once.
    const fields = async () =>
      isCode
        ? { ...(await journey.authorize()), ...changes }
        : { refresh_token: await refreshTokenOf(journey), ...changes }
    const own = isCode ? "exchange-code" : "refresh-token"
    const first = await journey.invoke(own, await fields())
    expect(first).toMatchObject(body)
    const direct = await journey.invoke("token", { grant_type, ...(await fields()) })
    expect(masked(direct)).toEqual(masked(first))
    for (const [path, more] of [
      [`/signed/${own}`, {}],
      ["/signed/token", { grant_type }],
    ] as const) {
      const signed = await journey.postSigned(path, { ...more, ...(await fields()) })
      expect({ ...signed, body: masked(signed.body) }).toEqual({ status, body: masked(first) })
    }
  })

  it("to a system user that SuperOffice does not know (C64)", async () => {
    const journey = await share()
    const fields = { ...systemUser, system_token: "Unknown" }
    const direct = await journey.invoke("authenticate-system-user", fields)
    expect(direct).toMatchObject({ code: "system_user_rejected", retryable: false })
    const signed = await journey.postSigned("/signed/authenticate-system-user", fields)
    expect({ ...signed, body: masked(signed.body) }).toEqual({ status: 400, body: masked(direct) })
  })
})

describe("a door", () => {
  it("is not chosen by what a body says: members of a gateway's event are unknown fields (C64)", async () => {
    const journey = await share()
    const forged = { requestContext: { authorizer: { iam: {} } }, headers: {}, version: "2.0" }
    const page = await journey.postAsPage("/exchange-code", { ...(await journey.authorize()), ...forged })
    expect(page.status).toBe(200)
    expect(page.body).not.toHaveProperty("refresh_token")
  })

  it("is opened by no event that looks like HTTP, even by direct invocation (C64)", async () => {
    const journey = await share()
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

async function refreshTokenOf(journey: Journey): Promise<unknown> {
  return (await journey.invoke("exchange-code", await journey.authorize())).refresh_token
}

const changing = new Set(
  "request_id access_token refresh_token id_token expires_at valid_until iat nbf exp nonce".split(" "),
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
