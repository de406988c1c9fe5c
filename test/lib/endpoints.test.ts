import { describe, expect, it } from "vitest"
import { endpointsOf } from "../../lib/endpoints.ts"

describe("the endpoints", () => {
  it.each(["sod", "qaonline", "online"] as const)("of %s come from the table (C22)", (environment) => {
    const host = `https://${environment}.superoffice.com`
    expect(endpointsOf(environment)).toEqual({
      issuer: host,
      authorization: `${host}/login/common/oauth/authorize`,
      token: `${host}/login/common/oauth/tokens`,
      revocation: `${host}/login/common/oauth/revoke`,
      jwks: `${host}/login/.well-known/jwks`,
      endSession: `${host}/login/logout`,
      systemUser: `${host}/Login/api/PartnerSystemUser/Authenticate`,
      tenantState: `${host}/api/state/`,
    })
  })

  it("all move to a local provider, while the issuer stays the environment's", () => {
    const { issuer, ...endpoints } = endpointsOf("sod", new URL("http://localhost:9000"))
    expect(issuer).toBe("https://sod.superoffice.com")
    expect(endpoints).toEqual({
      authorization: "http://localhost:9000/login/common/oauth/authorize",
      token: "http://localhost:9000/login/common/oauth/tokens",
      revocation: "http://localhost:9000/login/common/oauth/revoke",
      jwks: "http://localhost:9000/login/.well-known/jwks",
      endSession: "http://localhost:9000/login/logout",
      systemUser: "http://localhost:9000/Login/api/PartnerSystemUser/Authenticate",
      tenantState: "http://localhost:9000/api/state/",
    })
  })
})
