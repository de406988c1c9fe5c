import { describe, expect, it } from "vitest"
import { openCookieBrowser } from "./cookie-browser.ts"
import { origin, shareJourney, type Journey, type JsonRecord } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"

const { tenant } = systemUser
const user = `${tenant}/liv`
const share = shareJourney()

describe("a tenant without consent", () => {
  it.each(["Revoked", "Expired", "NeedsReapproval"] as const)(
    "that SuperOffice calls %s is refused its system user and its tokens, and no other tenant is",
    async (error) => {
      const { provider, ...journey } = await share()
      const ofTenant = await journey.invoke("exchange-code", await journey.authorize(user))
      const ofOther = await journey.invoke("exchange-code", await journey.authorize("Cust12020/tony"))
      const late = await journey.authorize(user)
      provider.consentErrors.set(tenant, error)

      const refused = { error: "invalid_grant", retryable: false }
      const asSystemUser = await journey.invoke("authenticate-system-user", systemUser)
      expect(asSystemUser).toMatchObject({ ...refused, code: "system_user_rejected" })
      for (const answer of [await refresh(journey, ofTenant), await journey.invoke("exchange-code", late)])
        expect(answer).toMatchObject({ ...refused, code: "grant_rejected" })
      expect(await refresh(journey, ofOther)).toHaveProperty("access_token")
    },
  )

  it("that is approved again before it was revoked goes on with the tokens that it has", async () => {
    const { provider, ...journey } = await share()
    const ofTenant = await journey.invoke("exchange-code", await journey.authorize(user))
    provider.consentErrors.set(tenant, "NeedsReapproval")
    expect(await refresh(journey, ofTenant)).toMatchObject({ code: "grant_rejected" })
    provider.consentErrors.delete(tenant)
    expect(await journey.invoke("authenticate-system-user", systemUser)).toHaveProperty("ticket")
    expect(await refresh(journey, ofTenant)).toHaveProperty("access_token")
  })

  it("can still sign out of its page, which ends the session", async () => {
    const { provider, stack, ...journey } = await share()
    const { jar, post } = openCookieBrowser(stack.url)
    const bodyOf = async (path: string) => (await post(origin, path, { ctx: tenant })).body
    await post(origin, "/exchange-code", await journey.authorize(user))
    provider.consentErrors.set(tenant, "Revoked")
    expect(await bodyOf("/refresh-token")).toMatchObject({ code: "grant_rejected" })
    expect(jar.size).toBe(1)
    expect(await bodyOf("/revoke-token")).toMatchObject({ revoked: true })
    expect(jar.size).toBe(0)
    expect(await bodyOf("/refresh-token")).toMatchObject({ code: "session_expired" })
  })
})

it("a tenant in maintenance or suspended gets tokens all the same, and include says so", async () => {
  const { provider, ...journey } = await share()
  for (const [user, ctx, state, is_running] of [
    ["Cust12020/tony", "Cust12020", "OnlineMaintenance", true],
    ["Cust26759/tony", "Cust26759", "Suspended", false],
  ] as const) {
    provider.tenantStates.set(ctx, state)
    const grant = { ...(await journey.authorize(user)), include: ["tenant"] }
    const answer = await journey.invoke("exchange-code", grant)
    expect(answer).toMatchObject({ token_type: "Bearer", tenant: { state, is_running } })
  }
})

it("a tenant that was moved is answered 421 at its old address, and include brings the new one, and until when it holds", async () => {
  const { provider, ...journey } = await share()
  const before = await journey.invoke("exchange-code", await journey.authorize(user))
  const { webapi_url: old } = before.claims as { webapi_url: string }
  expect(await callApi(old, before)).toBe(200)

  const webapi_url = `http://127.0.0.1:1/${tenant}/api/`
  provider.movedTenants.set(tenant, "http://127.0.0.1:1")
  expect(await callApi(old, before)).toBe(421)
  const after = await refresh(journey, before, { include: ["tenant"] })
  expect(after).toMatchObject({
    tenant: { state: "Running", is_running: true, webapi_url, valid_until: expect.any(Number) as number },
    claims: { webapi_url },
  })
  const { valid_until } = after.tenant as { valid_until: number }
  expect(valid_until).toBeGreaterThan(Date.now() / 1000)
})

it("a system token that leaked is of no use without the private key that SuperOffice knows", async () => {
  const { provider, ...journey } = await share()
  expect(await journey.invoke("authenticate-system-user", systemUser)).toHaveProperty("ticket")
  provider.systemUserKey = undefined
  const refused = await journey.invoke("authenticate-system-user", systemUser)
  expect(refused).toMatchObject({ code: "signing_key_rejected" })
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
