import { describe, expect, it } from "vitest"
import { exchangeCode, refreshToken, token } from "../../../lib/operations/token.ts"
import type { Tenant } from "../../../lib/contract.ts"
import { bodyOf, browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import {
  codeVerifier,
  completeEnv,
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
const codeGrant = {
  code: "a-code",
  redirect_uri: `${pageOrigin}/callback`,
  code_verifier: codeVerifier,
}

/** Opens a function whose tenants are as given, and remembers which were asked for. */
function open(spec: typeof token, state: Tenant | undefined, options: FrontDoorOptions = {}) {
  const asked: { readonly ctx: string; readonly ms: number }[] = []
  const door = openFrontDoor(spec, {
    tenant: (ctx, deadline) => {
      asked.push({ ctx, ms: deadline.remainingMs() })
      return Promise.resolve(state)
    },
    ...options,
  })
  return { ...door, asked }
}

describe("an answer with the tenant", () => {
  const include = ["tenant"]
  it("comes with every grant and through every door", async () => {
    const direct = open(exchangeCode, tenant)
    expect(await direct.invoke({ ...codeGrant, include })).toMatchObject({ tenant })
    expect(direct.asked.map(({ ctx }) => ctx)).toEqual(["Cust12020"])
    const refreshed = await open(refreshToken, tenant).invoke({ refresh_token: refreshTokenText, include })
    expect(refreshed).toMatchObject({ tenant })
    const signed = await open(token, tenant).invoke(
      signedEvent({ grant_type: "authorization_code", ...codeGrant, include }),
    )
    expect(bodyOf(signed)).toMatchObject({ tenant })
    const page = await open(exchangeCode, tenant).invoke(browserEvent({ ...codeGrant, include }))
    expect(bodyOf(page)).toMatchObject({ tenant })
  })

  it("can be asked for in a form", async () => {
    const form = new URLSearchParams({ grant_type: "authorization_code", ...codeGrant, include: "tenant" })
    const headers = { origin: pageOrigin, "content-type": "application/x-www-form-urlencoded" }
    const answer = await open(token, tenant).invoke(httpEvent({ headers, body: form.toString() }))
    expect(bodyOf(answer)).toMatchObject({ tenant })
  })

  it("has none when it was not asked for, and nobody is asked", async () => {
    const door = open(exchangeCode, tenant)
    expect(await door.invoke(codeGrant)).not.toHaveProperty("tenant")
    expect(await door.invoke({ ...codeGrant, include: [] })).not.toHaveProperty("tenant")
    expect(door.asked).toEqual([])
  })

  it("says null when the state cannot be read, and the exchange stands", async () => {
    const door = open(exchangeCode, undefined)
    expect(await door.invoke({ ...codeGrant, include })).toMatchObject({ token_type: "Bearer", tenant: null })
    expect(door.lastLine()).toMatchObject({ code: "ok", level: "INFO" })
  })

  it("waits for the state two seconds at most, and not beyond Lambda's own time", async () => {
    const door = open(exchangeCode, tenant)
    await door.invoke({ ...codeGrant, include })
    await door.invoke({ ...codeGrant, include }, 1_500)
    const [usual, hurried] = door.asked.map(({ ms }) => ms)
    expect(usual).toBeGreaterThan(1_900)
    expect(usual).toBeLessThanOrEqual(2_000)
    expect(hurried).toBeLessThanOrEqual(1_000)
  })

  it("is not looked for when the grant is refused", async () => {
    const door = open(exchangeCode, tenant, { answers: [rejectedAnswer] })
    expect(await door.invoke({ ...codeGrant, include })).toMatchObject({ code: "grant_rejected" })
    expect(door.asked).toEqual([])
  })

  it("spends no code on a wish that nobody knows", async () => {
    const door = open(exchangeCode, tenant, { env: completeEnv })
    expect(await door.invoke({ ...codeGrant, include: ["tenant", "user"] })).toMatchObject({
      code: "request_invalid",
      error_description: '"include" must be a list of: tenant.',
    })
    expect(door.requests).toEqual([])
  })
})
