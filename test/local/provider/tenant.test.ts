import { describe, expect, it, onTestFinished } from "vitest"
import { startProvider } from "../../../local/provider.ts"
import {
  clientSecret,
  getJson,
  newTicket,
  provider,
  shareProvider,
  signIn,
  type Form,
} from "./application.ts"

shareProvider()

describe("a tenant's REST API at the local provider", () => {
  it("knows a user by the access token, the system user by ticket and client secret, and nobody else", async () => {
    const ticket = await newTicket()
    const { access_token } = await signIn("Cust26759/tony")
    const foreign = (await signIn("Cust12020/tony")).access_token
    const app = { "so-apptoken": clientSecret }
    const refused: Form[] = [
      {},
      { authorization: `SOTicket ${ticket}` },
      { authorization: `SOTicket ${ticket}`, "so-apptoken": "wrong" },
      { authorization: `Bearer ${ticket}`, ...app },
      { authorization: `SOTicket ${access_token}`, ...app },
      { authorization: `Bearer ${foreign}` },
      { authorization: "Bearer 8A:Cust26759.unknown" },
      { authorization: access_token },
    ]
    for (const headers of refused) expect((await principal(headers)).status).toBe(401)
    expect(await principal({ authorization: `SOTicket ${ticket}`, ...app })).toMatchObject({
      status: 200,
      body: { UserType: "SystemAssociate", DatabaseContextIdentifier: "Cust26759" },
    })
    expect(await principal({ authorization: `Bearer ${access_token}` })).toMatchObject({
      status: 200,
      body: { UserType: "InternalAssociate", AssociateId: 14, UserName: "tony@example.com" },
    })
  })

  it("has the companies of the tenant, in any case of letters, and 404 for what is not there", async () => {
    const headers = await bearer()
    expect((await getJson("/Cust26759/api/v1/Contact", headers)).body).toEqual({
      value: [
        { contactId: 1, name: "Fjord Cycles AS" },
        { contactId: 3, name: "Harbour Bike Rental" },
      ],
    })
    expect(await getJson("/cust26759/api/v1/contact/3", headers)).toEqual({
      status: 200,
      body: { ContactId: 3, Name: "Harbour Bike Rental", OrgNr: "945678904" },
    })
    for (const path of ["Contact/2", "Contact/1x", "Person/1", "User/currentPrincipal/x"]) {
      expect((await getJson(`/Cust26759/api/v1/${path}`, headers)).status).toBe(404)
      expect((await getJson(`/Cust26759/api/v1/${path}`)).status).toBe(401)
    }
  })

  it.each([
    ["https://app.example.com", "https://app.example.com"],
    ["https://evil.example", null],
    [undefined, null],
  ])("lets a page of a registered origin read its answers, and no other: %s", async (origin, allowed) => {
    const url = `${provider.url}/Cust26759/api/v1/User/currentPrincipal`
    const headers = { ...(origin && { origin }), "access-control-request-headers": "authorization" }
    const preflight = await fetch(url, { method: "OPTIONS", headers })
    const answer = await fetch(url, { headers })
    expect([preflight.status, answer.status]).toEqual([204, 401])
    for (const response of [preflight, answer]) {
      expect(response.headers.get("access-control-allow-origin")).toBe(allowed)
      expect(response.headers.get("vary")).toContain("Origin")
    }
  })

  it("lets no sandboxed page, whose origin is null, read its answers for a redirect URI of an app's own scheme", async () => {
    const other = await startProvider({ clientSecret, redirectUris: ["com.example.app:/callback"] })
    onTestFinished(() => other.close())
    const response = await fetch(`${other.url}/Cust12020/api/v1/Contact`, { headers: { origin: "null" } })
    expect(response.headers.get("access-control-allow-origin")).toBeNull()
  })

  it("forgets an access token after an hour, and a ticket six hours after its latest use", async () => {
    const user = await bearer()
    const systemUser = { authorization: `SOTicket ${await newTicket()}`, "so-apptoken": clientSecret }
    const statusAfter = async (hours: number, headers: Form) => {
      provider.clockOffsetSeconds += hours * 3600
      return (await principal(headers)).status
    }
    expect(await statusAfter(0.9, user)).toBe(200)
    expect(await statusAfter(0.2, user)).toBe(401)
    expect(await statusAfter(4.8, systemUser)).toBe(200)
    expect(await statusAfter(5.9, systemUser)).toBe(200)
    expect(await statusAfter(6.1, systemUser)).toBe(401)
  })
})

function principal(headers: Form) {
  return getJson("/Cust26759/api/v1/User/currentPrincipal", headers)
}

async function bearer(): Promise<Form> {
  return { authorization: `Bearer ${(await signIn("Cust26759/tony")).access_token}` }
}

describe("the state of a tenant at the local provider", () => {
  const stateOf = async (tenant: string) => (await getJson(`/api/state/${tenant}`)).body

  it("says where its REST API is, without a slash at the end, and how long that holds", async () => {
    const state = await stateOf("Cust12020")
    expect(state).toEqual({
      ContextIdentifier: "Cust12020",
      Endpoint: `${provider.url}/Cust12020`,
      State: "Running",
      IsRunning: true,
      ValidUntil: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/) as string,
      Api: `${provider.url}/Cust12020/api`,
    })
    expect(Date.parse(String(state.ValidUntil)) - Date.now()).toBeGreaterThan(500_000)
  })

  it("is what it is set to, for that tenant alone, and gone with the tenant", async () => {
    provider.tenantStates.set("Cust12020", "OnlineMaintenance")
    expect(await stateOf("cust12020")).toMatchObject({ State: "OnlineMaintenance", IsRunning: true })
    expect(await stateOf("Cust26759")).toMatchObject({ State: "Running" })
    provider.tenantStates.delete("Cust12020")
    for (const tenant of ["Cust12020", "Cust99999"])
      expect((await getJson(`/api/state/${tenant}`)).status).toBe(404)
  })

  it("names the host that the tenant was moved to, where nothing is answered any more but 421", async () => {
    const host = "https://online2.superoffice.com"
    provider.movedTenants.set("Cust12020", host)
    const places = { Endpoint: `${host}/Cust12020`, Api: `${host}/Cust12020/api` }
    expect(await stateOf("Cust12020")).toMatchObject(places)
    const body = { Message: "Wrong subdomain used to access tenant" }
    expect(await getJson("/cust12020/api/v1/Contact")).toEqual({ status: 421, body })
    expect((await principal({})).status).toBe(401)
  })
})
