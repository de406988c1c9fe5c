import { describe, expect, it } from "vitest"
import type { ConsentError } from "../../local/provider/consent.ts"
import { origin, startJourney, type Journey, type JsonRecord } from "../support/journey.ts"
import { startWithSystemUser, systemUser } from "../support/system-user.ts"

const { tenant } = systemUser
const user = `${tenant}/liv`

describe("a tenant without consent", () => {
  it.each<[ConsentError]>([["Revoked"], ["Expired"], ["NeedsReapproval"]])(
    "is told by its own codes, %s: its system user and its refresh tokens are refused, and no other tenant's",
    async (error) => {
      const { provider, ...journey } = await startWithSystemUser()
      const ofTenant = await journey.invoke("exchange-code", await journey.authorize(user))
      const ofOther = await journey.invoke("exchange-code", await journey.authorize("Cust12020/tony"))
      const late = await journey.authorize(user)
      provider.consentErrors.set(tenant, error)

      expect(await journey.invoke("authenticate-system-user", systemUser)).toMatchObject({
        error: "invalid_grant",
        code: "system_user_rejected",
        retryable: false,
      })
      const rejected = { error: "invalid_grant", code: "grant_rejected", retryable: false }
      expect(await refresh(journey, ofTenant)).toMatchObject(rejected)
      expect(await journey.invoke("exchange-code", late)).toMatchObject(rejected)
      expect(await refresh(journey, ofOther)).toHaveProperty("access_token")
    },
  )

  it("that is approved again before it was revoked goes on with the tokens that it has", async () => {
    const { provider, ...journey } = await startWithSystemUser()
    const ofTenant = await journey.invoke("exchange-code", await journey.authorize(user))
    provider.consentErrors.set(tenant, "NeedsReapproval")
    expect(await refresh(journey, ofTenant)).toMatchObject({ code: "grant_rejected" })
    provider.consentErrors.delete(tenant)
    expect(await journey.invoke("authenticate-system-user", systemUser)).toHaveProperty("ticket")
    expect(await refresh(journey, ofTenant)).toHaveProperty("access_token")
  })

  it("that uninstalled the application: the page's sign-out still ends its session", async () => {
    const { provider, ...journey } = await startJourney()
    const page = await signIn(journey)
    provider.consentErrors.set(tenant, "Revoked")
    expect(await page.post("/refresh-token", { ctx: tenant })).toMatchObject({ code: "grant_rejected" })
    expect(page.cookie).not.toBe("")
    expect(await page.post("/revoke-token", { ctx: tenant })).toMatchObject({ revoked: true })
    expect(page.cookie).toBe("")
    expect(await page.post("/refresh-token", { ctx: tenant })).toMatchObject({ code: "session_expired" })
  })
})

describe("a tenant in maintenance, suspended or deleted", () => {
  it.each([
    ["OnlineMaintenance", true],
    ["OfflineMaintenance", false],
    ["Suspended", false],
    ["Deleted", false],
  ] as const)(
    "gets tokens all the same, and include says that it is %s before a job begins",
    async (state, is_running) => {
      const { provider, ...journey } = await startJourney()
      provider.tenantStates.set(tenant, state)
      const grant = { ...(await journey.authorize(user)), include: ["tenant"] }
      expect(await journey.invoke("exchange-code", grant)).toMatchObject({
        token_type: "Bearer",
        tenant: { state, is_running },
      })
    },
  )
})

describe("a tenant that was moved", () => {
  it("is answered 421 at its old address, and include brings the new one, with the time until which it holds", async () => {
    const { provider, ...journey } = await startJourney()
    const before = await journey.invoke("exchange-code", await journey.authorize(user))
    const { webapi_url: old } = before.claims as { webapi_url: string }
    expect(await callApi(old, before)).toBe(200)

    const moved = "http://127.0.0.1:1"
    provider.movedTenants.set(tenant, moved)
    expect(await callApi(old, before)).toBe(421)
    const after = await refresh(journey, before, { include: ["tenant"] })
    expect(after.tenant).toEqual({
      state: "Running",
      is_running: true,
      webapi_url: `${moved}/${tenant}/api/`,
      valid_until: expect.any(Number) as number,
    })
    const { valid_until } = after.tenant as { valid_until: number }
    expect(valid_until).toBeGreaterThan(Date.now() / 1000)
    expect(after.claims).toMatchObject({ webapi_url: `${moved}/${tenant}/api/` })
  })
})

describe("a system token that leaked", () => {
  it("is refused without the private key that SuperOffice knows, so another key ends its use", async () => {
    const { provider, ...journey } = await startWithSystemUser()
    expect(await journey.invoke("authenticate-system-user", systemUser)).toHaveProperty("ticket")
    provider.systemUserKey = undefined
    expect(await journey.invoke("authenticate-system-user", systemUser)).toMatchObject({
      code: "signing_key_rejected",
    })
  })
})

function refresh(
  journey: Pick<Journey, "invoke">,
  { refresh_token }: JsonRecord,
  more: object = {},
): Promise<JsonRecord> {
  return journey.invoke("refresh-token", { refresh_token, ...more })
}

async function callApi(webApiUrl: string, { access_token }: JsonRecord): Promise<number> {
  const headers = { authorization: `Bearer ${String(access_token)}` }
  const { status } = await fetch(`${webApiUrl}v1/User/currentPrincipal`, { headers })
  return status
}

/** A page that is signed in, and keeps its cookie as a browser does. */
async function signIn({ stack, authorize }: Pick<Journey, "stack" | "authorize">) {
  const page = {
    cookie: "",
    async post(path: string, fields: object): Promise<JsonRecord> {
      const headers = { origin, cookie: page.cookie, "content-type": "application/json", "x-csrf": "1" }
      const init = { method: "POST", headers, body: JSON.stringify(fields) }
      const response = await fetch(stack.url + path, init)
      for (const line of response.headers.getSetCookie()) {
        page.cookie = line.includes("=;") ? "" : (line.split(";")[0] ?? "")
      }
      return (await response.json()) as JsonRecord
    },
  }
  expect(await page.post("/exchange-code", await authorize(user))).toHaveProperty("access_token")
  return page
}
