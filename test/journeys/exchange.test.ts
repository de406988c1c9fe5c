import { describe, expect, it } from "vitest"
import { clientSecretText, secretId } from "../../local/stack.ts"
import { startJourney, type JsonRecord } from "../support/journey.ts"

describe("a sign-in through the whole stack", () => {
  it("gives a page its tokens and claims, and no refresh token (R01)", async () => {
    const journey = await startJourney()
    const code = await journey.authorize("Cust12020/tony")
    const { status, body } = await journey.postAsPage("/exchange-code", code)
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual([
      "token_type",
      "access_token",
      "expires_in",
      "expires_at",
      "scope",
      "id_token",
      "session_expires_at",
      "claims",
    ])
    expect(body.claims).toMatchObject({
      ctx: "Cust12020",
      associateid: 5,
      nonce: code.nonce,
      is_administrator: false,
    })
  })

  it("withholds from a page an ID Token with a system token, and hands it to a cloud function", async () => {
    const journey = await startJourney()
    const page = await journey.postAsPage("/exchange-code", await journey.authorize("Cust26759/liv"))
    expect(page.body).not.toHaveProperty("id_token")
    expect(page.body.claims).not.toHaveProperty("system_token")
    const direct = await journey.invoke("exchange-code", await journey.authorize("Cust26759/liv"))
    expect(direct).toMatchObject({ claims: { system_token: "Token Exchange-8k8Q7DmBgo" } })
  })

  it.each(["2018", "2022"] as const)(
    "passes with tokens of the %s generation and every form of kid",
    async (generation) => {
      const journey = await startJourney()
      journey.provider.generation = generation
      for (const keyIds of ["hex", "x5t", "absent"] as const) {
        journey.provider.keyIds = keyIds
        await journey.provider.rollSigningKey()
        expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty(
          "access_token",
        )
      }
    },
  )

  it("refreshes through every door that may, again and again with the same token (R15)", async () => {
    const journey = await startJourney()
    const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
    const refresh = { grant_type: "refresh_token", refresh_token }
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
    expect(await journey.invoke("token", refresh)).toMatchObject({ refresh_token })
    expect(await journey.postSigned("/signed/refresh-token", { refresh_token })).toMatchObject({
      status: 200,
    })
    expect(await journey.postAsPage("/refresh-token", { refresh_token })).toMatchObject({
      status: 400,
      body: { code: "request_invalid" },
    })
  })

  it("refuses a code that was used", async () => {
    const journey = await startJourney()
    const code = await journey.authorize()
    await journey.invoke("exchange-code", code)
    expect(await journey.invoke("exchange-code", code)).toMatchObject({
      code: "grant_rejected",
      retryable: false,
    })
  })

  it("keeps an unsigned request out of the signed door", async () => {
    const journey = await startJourney()
    expect((await journey.postAsPage("/signed/token", {})).status).toBe(403)
  })

  it("reads a form, as ordinary OAuth client libraries send it", async () => {
    const { stack, ...journey } = await startJourney()
    const form = new URLSearchParams({ grant_type: "authorization_code", ...(await journey.authorize()) })
    const response = await fetch(`${stack.url}/token`, {
      method: "POST",
      headers: { origin: "http://localhost:5173" },
      body: form,
    })
    expect(response.status).toBe(200)
  })
})

describe("when something is replaced", () => {
  it("a signing key that rolled just before signing costs one more read of the key set (R13, R14)", async () => {
    const journey = await startJourney()
    await journey.invoke("exchange-code", await journey.authorize())
    await journey.provider.rollSigningKey()
    expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
  })

  it("a replaced client secret works within one request, and no code is lost meanwhile", async () => {
    const { stack, provider, ...journey } = await startJourney()
    await journey.invoke("exchange-code", await journey.authorize())
    provider.replaceClientSecret("the-new-one")
    stack.secretsManager.put(secretId, clientSecretText(provider.clientId, "the-new-one"))
    expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
    expect(lastOutcome(journey.log)).toMatchObject({ posts: 2, client_secret_replaced: 1 })
  })
})

describe("while Secrets Manager is away", () => {
  it("a secret past its age is used", async () => {
    const { stack, ...journey } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
    const first = await journey.invoke("exchange-code", await journey.authorize())
    stack.secretsManager.outage = "down"
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const refreshed = await journey.invoke("exchange-code", await journey.authorize())
    expect([first, refreshed].map((body) => "access_token" in body)).toEqual([true, true])
    expect(lastOutcome(journey.log)).toMatchObject({ code: "ok", secret_stale: 1 })
  })

  it.each([
    ["down", "secret_unavailable", true],
    ["throttled", "secret_unavailable", true],
    ["slow", "secret_unavailable", true],
    ["denied", "configuration_invalid", false],
  ] as const)(
    "an environment that never had it (%s) answers %s, and a code survives",
    async (outage, code, retryable) => {
      const { stack, ...journey } = await startJourney()
      const grant = await journey.authorize()
      stack.secretsManager.outage = outage
      expect(await journey.invoke("exchange-code", grant)).toMatchObject({ code, retryable })
      stack.secretsManager.outage = undefined
      expect(await journey.invoke("exchange-code", grant)).toHaveProperty("access_token")
    },
  )
})

describe("the log", () => {
  it("says nothing secret, at any level", async () => {
    const { stack, ...journey } = await startJourney({ env: { LOG_LEVEL: "DEBUG" } })
    const code = await journey.authorize()
    const body = await journey.invoke("exchange-code", code)
    await journey.invoke("exchange-code", code)
    await journey.postAsPage("/exchange-code", code)
    const { claims, ...tokens } = body as { claims: JsonRecord } & JsonRecord
    const secrets = [
      code.code,
      code.code_verifier,
      code.nonce,
      stack.credentials.secretAccessKey,
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      claims.email,
    ].map(String)
    expect(journey.log.length).toBeGreaterThan(2)
    for (const secret of secrets) expect(journey.log.join("\n")).not.toContain(secret)
  })
})

function lastOutcome(log: readonly string[]): JsonRecord {
  return JSON.parse(log.findLast((line) => line.startsWith("{")) ?? "{}") as JsonRecord
}
