import { describe, expect, it } from "vitest"
import { getJson, provider, shareProvider } from "./application.ts"

shareProvider()

describe("the state of a tenant at the local provider", () => {
  it("says where its REST API is, without a slash at the end, and how long that holds", async () => {
    const { status, body } = await getJson("/api/state/Cust12020")
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ContextIdentifier: "Cust12020",
        Endpoint: `${provider.url}/Cust12020`,
        State: "Running",
        IsRunning: true,
        ValidUntil: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/) as string,
        Api: `${provider.url}/Cust12020/api`,
      },
    })
    expect(Date.parse(String(body.ValidUntil)) - Date.now()).toBeGreaterThan(500_000)
  })

  it("is what it is set to, for that tenant alone", async () => {
    provider.tenantStates.set("Cust12020", "OfflineMaintenance")
    expect((await getJson("/api/state/Cust12020")).body).toMatchObject({
      State: "OfflineMaintenance",
      IsRunning: false,
    })
    provider.tenantStates.set("Cust12020", "OnlineMaintenance")
    expect((await getJson("/api/state/cust12020")).body).toMatchObject({ IsRunning: true })
    expect((await getJson("/api/state/Cust26759")).body).toMatchObject({ State: "Running" })
  })

  it("names the host that a tenant was moved to, where nothing is answered any more but 421", async () => {
    provider.movedTenants.set("Cust12020", "https://online2.superoffice.com")
    expect((await getJson("/api/state/Cust12020")).body).toMatchObject({
      Endpoint: "https://online2.superoffice.com/Cust12020",
      Api: "https://online2.superoffice.com/Cust12020/api",
    })
    expect(await getJson("/cust12020/api/v1/User/currentPrincipal")).toEqual({
      status: 421,
      body: { Message: "Wrong subdomain used to access tenant" },
    })
    expect((await getJson("/Cust26759/api/v1/User/currentPrincipal")).status).toBe(401)
  })

  it("is not there for a tenant that does not exist, or was taken away", async () => {
    provider.tenantStates.delete("Cust12020")
    expect((await getJson("/api/state/Cust12020")).status).toBe(404)
    expect((await getJson("/api/state/Cust99999")).status).toBe(404)
  })
})
