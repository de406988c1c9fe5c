import { describe, expect, it } from "vitest"
import { clientSecret, getJson, provider, shareProvider, type Form } from "./application.ts"
import { identity, verified } from "./signed-tokens.ts"
import { newTicket } from "./system-user.ts"
import { exchangedCode } from "./token-requests.ts"

shareProvider()

describe("a tenant's REST API at the local provider", () => {
  it("knows a user by the access token, at the URL of the claim", async () => {
    const { access_token, id_token } = (await exchangedCode("Cust12020/anna")).body
    const { claims } = await verified(id_token)
    const url = `${String(claims[`${identity}webapi_url`])}v1/User/currentPrincipal`
    const response = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } })
    expect(await response.json()).toMatchObject({
      UserType: "InternalAssociate",
      AssociateId: 2,
      DatabaseContextIdentifier: "Cust12020",
      UserName: "anna@example.com",
    })
  })

  it("knows the system user by ticket and client secret, and nobody else", async () => {
    const ticket = await newTicket()
    const { access_token } = (await exchangedCode("Cust26759/tony")).body
    const foreign = (await exchangedCode("Cust12020/tony")).body.access_token
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
    const systemUser = await principal({ authorization: `SOTicket ${ticket}`, ...app })
    expect(systemUser).toMatchObject({
      status: 200,
      body: { UserType: "SystemAssociate", DatabaseContextIdentifier: "Cust26759" },
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
    const { status, body } = await getJson("/cust26759/api/v1/contact/3", headers)
    expect([status, body]).toEqual([200, { ContactId: 3, Name: "Harbour Bike Rental", OrgNr: "945678904" }])
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
  return { authorization: `Bearer ${(await exchangedCode("Cust26759/tony")).body.access_token}` }
}
