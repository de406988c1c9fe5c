import { describe, expect, it } from "vitest"
import { clientSecret, getJson, provider, type Form } from "./application.ts"
import { identity, verified } from "./signed-tokens.ts"
import { newTicket } from "./system-user.ts"
import { exchangedCode } from "./token-requests.ts"

describe("the REST API of a tenant", () => {
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

  it("knows the system user by ticket and client secret", async () => {
    const authorization = `SOTicket ${await newTicket()}`
    const { status, body } = await principal({ authorization, "so-apptoken": clientSecret })
    expect(status).toBe(200)
    expect(body).toMatchObject({ UserType: "SystemAssociate", DatabaseContextIdentifier: "Cust26759" })
  })

  it("knows nobody else", async () => {
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
    expect((await principal({ authorization: `Bearer ${access_token}` })).status).toBe(200)
  })

  it("has the companies of the tenant, for a user and for the system user", async () => {
    const bearer = { authorization: `Bearer ${(await exchangedCode("Cust26759/tony")).body.access_token}` }
    const soTicket = { authorization: `SOTicket ${await newTicket()}`, "so-apptoken": clientSecret }
    for (const headers of [bearer, soTicket]) {
      expect((await getJson("/Cust26759/api/v1/Contact", headers)).body).toEqual({
        value: [
          { contactId: 1, name: "Fjord Cycles AS" },
          { contactId: 3, name: "Harbour Bike Rental" },
        ],
      })
      const { status, body } = await getJson("/cust26759/api/v1/contact/3", headers)
      expect([status, body]).toEqual([200, { ContactId: 3, Name: "Harbour Bike Rental", OrgNr: "945678904" }])
    }
  })

  it.each(["Contact/2", "Contact/1x", "Person/1", "User/currentPrincipal/x"])(
    "answers 404 to whom it knows, and 401 to others, for a resource that is not there: %s",
    async (path) => {
      const authorization = `Bearer ${(await exchangedCode("Cust26759/tony")).body.access_token}`
      const url = `${provider.url}/Cust26759/api/v1/${path}`
      const answer = await fetch(url, { headers: { authorization, origin: "https://app.example.com" } })
      expect(answer.status).toBe(404)
      // Without it, a page would see a failure of the network.
      expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example.com")
      expect((await fetch(url)).status).toBe(401)
    },
  )

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
    const bearer = { authorization: `Bearer ${(await exchangedCode("Cust26759/tony")).body.access_token}` }
    const soTicket = { authorization: `SOTicket ${await newTicket()}`, "so-apptoken": clientSecret }
    const statusAfter = async (hours: number, headers: Form) => {
      provider.clockOffsetSeconds += hours * 3600
      return (await principal(headers)).status
    }
    expect(await statusAfter(0.9, bearer)).toBe(200)
    expect(await statusAfter(0.2, bearer)).toBe(401)
    expect(await statusAfter(4.8, soTicket)).toBe(200)
    expect(await statusAfter(5.9, soTicket)).toBe(200)
    expect(await statusAfter(6.1, soTicket)).toBe(401)
  })
})

function principal(headers: Form) {
  return getJson("/Cust26759/api/v1/User/currentPrincipal", headers)
}
