import { describe, expect, it } from "vitest"
import { endpointsOf, superOfficeUrl } from "../../lib/endpoints.ts"

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

const deployed = { localHost: undefined }
const local = { localHost: "127.0.0.1" }

describe("a URL that a bearer token may be sent to", () => {
  it.each([
    "https://sod.superoffice.com/Cust12020/api/",
    "https://online2.superoffice.com/Cust12345/api",
    "https://superoffice.com/",
    "https://superoffice.com",
    "https://a.b.superoffice.com/",
    "HTTPS://SOD.SUPEROFFICE.COM/Cust12020/api/",
    "https://sod.superoffice.com:443/Cust12020/api/",
  ])("is %s, as it was written", (url) => {
    expect(superOfficeUrl(url, deployed)).toBe(url)
    expect(superOfficeUrl(url, local)).toBe(url)
  })

  it.each([
    "http://sod.superoffice.com/Cust12020/api/",
    "https://superoffice.com.example.com/",
    "https://notsuperoffice.com/",
    "https://superoffice.com@example.com/",
    "https://user:password@sod.superoffice.com/",
    "https://user@sod.superoffice.com/",
    "https://example.com/superoffice.com/",
    "https://example.com#.superoffice.com",
    "https://example.com?.superoffice.com",
    "https://example.com\\.superoffice.com/",
    "https://sod.superoffice.com\\@example.com/",
    "https://sod.superoffice.com./",
    "https://sod.superoffice.com:8443/",
    "https:sod.superoffice.com/",
    "//sod.superoffice.com/",
    "ftp://sod.superoffice.com/",
    "javascript://sod.superoffice.com/%0aalert(1)",
    " https://sod.superoffice.com/",
    "https://sod.superoffice.com/\n",
    "https://sod.superoffice.com/a b",
    "https://exam\tple.superoffice.com/",
    "https://sod。superoffice。com/",
    "https://",
    "",
  ])("is not %j", (url) => {
    expect(superOfficeUrl(url, deployed)).toBeUndefined()
    expect(superOfficeUrl(url, local)).toBeUndefined()
  })

  it.each([undefined, null, 7, {}, ["https://sod.superoffice.com/"]])("is not %j either", (value) => {
    expect(superOfficeUrl(value, deployed)).toBeUndefined()
  })

  it("is one of a local provider only where there is one", () => {
    const url = "http://127.0.0.1:4000/Cust12020/api/"
    expect(superOfficeUrl(url, local)).toBe(url)
    expect(superOfficeUrl(url, deployed)).toBeUndefined()
    expect(superOfficeUrl("http://127.0.0.2:4000/", local)).toBeUndefined()
    expect(superOfficeUrl("http://127.0.0.1.example.com/", local)).toBeUndefined()
    expect(superOfficeUrl("http://user@127.0.0.1:4000/", local)).toBeUndefined()
  })
})
