import { describe, expect, it } from "vitest"
import { privateKeyXml, startWithSystemUser, systemUser } from "../support/system-user.ts"

describe("the system user", () => {
  it("may have a name in any alphabet, a key in SuperOffice's XML, and a token without iat, nbf and sub", async () => {
    const { provider, ...journey } = await startWithSystemUser({ LOG_LEVEL: "DEBUG" }, privateKeyXml)
    const request = { tenant: "Cust26759", system_token: "Møteplanlegger-8k8Q7DmBgo" }
    provider.systemTokens.set(request.system_token, request.tenant)
    provider.systemUserClaims = { iat: undefined, nbf: undefined, sub: undefined }
    const direct = await journey.invoke("authenticate-system-user", request)
    expect(direct).toMatchObject({ token_type: "SOTicket", claims: { ctx: "Cust26759" } })
    const signed = await journey.postSigned("/signed/authenticate-system-user", request)
    expect(signed).toMatchObject({ status: 200, body: { token_type: "SOTicket" } })
    for (const name of ["iat", "nbf", "sub"]) expect(direct.claims).not.toHaveProperty(name)
    expect(journey.log.join()).not.toContain("8k8Q7DmBgo")
  })

  it.each([
    ["status 401 with a message", 400, "system_user_rejected"],
    ["a refusal by number", 502, "signing_key_rejected"],
  ] as const)(
    "is refused alike through both doors, in words of its own, by %s",
    async (fault, status, code) => {
      const { provider, ...journey } = await startWithSystemUser()
      provider.faults["system user"] = fault
      const direct = await journey.invoke("authenticate-system-user", systemUser)
      const signed = await journey.postSigned("/signed/authenticate-system-user", systemUser)
      expect(direct).toMatchObject({ code, retryable: false })
      expect(signed).toMatchObject({ status, body: { code, retryable: false } })
      expect(direct.error_description).not.toContain("token response")
    },
  )
})
