import { describe, expect, it } from "vitest"
import { endpointsOf, superOfficeUrl } from "../../lib/endpoints.ts"

describe("endpointsOf", () => {
  it.each([
    ["the table of sod (C22)", "https://sod.superoffice.com", endpointsOf("sod")],
    ["the table of qaonline (C22)", "https://qaonline.superoffice.com", endpointsOf("qaonline")],
    ["the table of online (C22)", "https://online.superoffice.com", endpointsOf("online")],
    ["a local provider's", "http://localhost:9000", endpointsOf("sod", new URL("http://localhost:9000"))],
  ])("gives %s", (_what, host, { issuer, ...endpoints }) => {
    expect(issuer).toBe(host.startsWith("https:") ? host : "https://sod.superoffice.com")
    expect(endpoints).toEqual({
      authorization: `${host}/login/common/oauth/authorize`,
      token: `${host}/login/common/oauth/tokens`,
      revocation: `${host}/login/common/oauth/revoke`,
      jwks: `${host}/login/.well-known/jwks`,
      endSession: `${host}/login/logout`,
      systemUser: `${host}/Login/api/PartnerSystemUser/Authenticate`,
      tenantState: `${host}/api/state/`,
    })
  })
})

describe("a URL that a bearer token may be sent to", () => {
  const deployed = { localHost: undefined }
  const local = { localHost: "127.0.0.1" }

  it.each([
    "https://sod.superoffice.com/Cust12020/api/",
    "https://superoffice.com",
    "HTTPS://SOD.SUPEROFFICE.COM/Cust12020/api/",
    "https://sod.superoffice.com:443/Cust12020/api/",
    "https://sod.superoffice.com/?next=https://example.com",
  ])("is %s, as it was written", (url) => {
    expect(superOfficeUrl(url, deployed)).toBe(url)
    expect(superOfficeUrl(url, local)).toBe(url)
  })

  it.each([
    "http://sod.superoffice.com/Cust12020/api/",
    "javascript://sod.superoffice.com/%0aalert(1)",
    "https:sod.superoffice.com/",
    "//sod.superoffice.com/",
    "https://superoffice.com.example.com/",
    "https://notsuperoffice.com/",
    "https://sod.superoffice.com./",
    "https://sod.superoffice.com:8443/",
    "https://sod.superoffice.com%2eexample.com/",
    "https://sod.superoffice.com%00.example.com/",
    "https://superoffice.com@example.com/",
    "https://user@sod.superoffice.com/",
    "https://:password@sod.superoffice.com/",
    "https://example.com#.superoffice.com",
    "https://example.com?.superoffice.com",
    "https://example.com\\.superoffice.com/",
    "https://sod.superoffice.com\\@example.com/",
    " https://sod.superoffice.com/",
    "https://sod.superoffice.com/\n",
    "https://exam\tple.superoffice.com/",
    "https://sod。superoffice。com/",
    "https://ѕod.superoffice.com/",
    "",
    undefined,
    null,
    7,
    ["https://sod.superoffice.com/"],
  ])("is not %j", (url) => {
    expect(superOfficeUrl(url, deployed)).toBeUndefined()
    expect(superOfficeUrl(url, local)).toBeUndefined()
  })

  it("is one of a local provider only where there is one", () => {
    const urls = ["http://127.0.0.1:4000/Cust12020/api/", "https://127.0.0.1/"]
    for (const url of urls) expect(superOfficeUrl(url, local)).toBe(url)
    for (const url of urls) expect(superOfficeUrl(url, deployed)).toBeUndefined()
    const others = ["127.0.0.2:4000/", "127.0.0.1.example.com/", "user@127.0.0.1:4000/", "localhost:4000/"]
    for (const other of others) expect(superOfficeUrl(`http://${other}`, local)).toBeUndefined()
  })
})
