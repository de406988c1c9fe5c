import { describe, expect, it } from "vitest"
import type { Tenant } from "../../../lib/contract.ts"
import { exchangeCode, refreshToken, token } from "../../../lib/operations/token.ts"
import { decodeJwt } from "jose"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { apiTokenEnv, signingKeysPort } from "../../support/api-token.ts"
import { bodyOf, browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import {
  codeVerifier,
  openFrontDoor,
  pageOrigin,
  refreshTokenText,
  rejectedAnswer,
  type FrontDoorOptions,
} from "../../support/front-door.ts"

const tenant: Tenant = {
  state: "Running",
  is_running: true,
  webapi_url: "https://online2.superoffice.com/Cust12020/api/",
  valid_until: 1_795_348_800,
}
const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
const withTenant = { ...code, include: ["tenant"] }

/** Opens a function with this state of every tenant, and remembers which tenants were asked for. */
function open(spec: typeof token, state: Tenant | null = tenant, options: FrontDoorOptions = {}) {
  const asked: { readonly ctx: string; readonly ms: number }[] = []
  const door = openFrontDoor(spec, {
    tenant: (ctx, deadline) => {
      asked.push({ ctx, ms: deadline.remainingMs() })
      return Promise.resolve(state ?? undefined)
    },
    ...options,
  })
  return { ...door, asked }
}

describe("the tenant's state in a token response", () => {
  it("comes with every grant, through every door, from JSON and from a form", async () => {
    const door = open(exchangeCode)
    expect(await door.invoke(withTenant)).toMatchObject({ tenant })
    expect(door.asked.map(({ ctx }) => ctx)).toEqual(["Cust12020"])
    const refresh = { refresh_token: refreshTokenText, include: ["tenant"] }
    expect(await open(refreshToken).invoke(refresh)).toMatchObject({ tenant })
    const fields = { ...withTenant, grant_type: "authorization_code" }
    const headers = { origin: pageOrigin, "content-type": "application/x-www-form-urlencoded" }
    const form = new URLSearchParams({ ...fields, include: "tenant" }).toString()
    for (const event of [signedEvent(fields), browserEvent(fields), httpEvent({ headers, body: form })])
      expect(bodyOf(await open(token).invoke(event))).toMatchObject({ tenant })
  })

  it("is absent when nobody asks for it, or when the grant is refused, and nobody looks for it", async () => {
    const door = open(exchangeCode)
    expect(await door.invoke(code)).not.toHaveProperty("tenant")
    expect(await door.invoke({ ...code, include: [] })).not.toHaveProperty("tenant")
    const refused = open(exchangeCode, tenant, { answers: [rejectedAnswer] })
    expect(await refused.invoke(withTenant)).toMatchObject({ code: "grant_rejected" })
    expect([...door.asked, ...refused.asked]).toEqual([])
  })

  it("is null when it cannot be read, and the exchange stands", async () => {
    const door = open(exchangeCode, null)
    expect(await door.invoke(withTenant)).toMatchObject({ token_type: "Bearer", tenant: null })
    expect(door.lastLine()).toMatchObject({ code: "ok", level: "INFO" })
  })

  it("is waited for two seconds at most, and not beyond Lambda's own time", async () => {
    const door = open(exchangeCode)
    await door.invoke(withTenant)
    await door.invoke(withTenant, 1_500)
    const [usual, hurried] = door.asked.map(({ ms }) => ms)
    expect(usual).toBeGreaterThan(1_900)
    expect(usual).toBeLessThanOrEqual(2_000)
    expect(hurried).toBeLessThanOrEqual(1_000)
  })
})

describe("the token for the partner's own API in a token response", () => {
  const withApiToken = { ...code, include: ["api_token"] }
  const on = { env: apiTokenEnv, signingKeys: signingKeysPort() }

  it("comes with every grant, through every door, beside its expiry and the tenant", async () => {
    const fields = { ...withApiToken, grant_type: "authorization_code", include: ["tenant", "api_token"] }
    const refresh = { grant_type: "refresh_token", refresh_token: refreshTokenText, include: ["api_token"] }
    const door = open(token, tenant, on)
    for (const event of [fields, refresh, signedEvent(fields), browserEvent(fields)]) {
      const answer = await door.invoke(event)
      const body = "statusCode" in answer ? bodyOf(answer) : answer
      const { sub, exp } = decodeJwt(String(body.api_token))
      expect([sub, exp]).toEqual(["Cust12020/5", body.api_token_expires_at])
    }
    expect(bodyOf(await door.invoke(browserEvent(fields)))).toMatchObject({ tenant })
  })

  it("is absent when nobody asks for it, and then the keys are not waited for", async () => {
    const never = () => new Promise<never>(() => undefined)
    const door = open(exchangeCode, tenant, { env: apiTokenEnv, signingKeys: never })
    const answer = await door.invoke(code)
    expect(answer).toMatchObject({ token_type: "Bearer" })
    expect(answer).not.toHaveProperty("api_token")
    expect(answer).not.toHaveProperty("api_token_expires_at")
  })

  it("is refused where it is switched off, and the code is not spent", async () => {
    const door = open(exchangeCode)
    expect(await door.invoke(withApiToken)).toMatchObject({
      code: "request_invalid",
      error_description: '"include" must be a list of: tenant.',
    })
    expect(door.requests).toEqual([])
  })

  it.each<[string, boolean, ExchangeError]>([
    ["configuration_invalid", false, new UnusableSecret("it is not a JSON object")],
    ["secret_unavailable", true, new ExchangeError("secret_unavailable", "no answer")],
  ])("is %s when the keys cannot be used, and the code is not spent", async (errorCode, retryable, error) => {
    const door = open(exchangeCode, tenant, { env: apiTokenEnv, signingKeys: signingKeysPort(error) })
    expect(await door.invoke(withApiToken)).toMatchObject({ code: errorCode, retryable })
    expect(door.requests).toEqual([])
    expect(await door.invoke(code)).toMatchObject({ token_type: "Bearer" })
  })
})
