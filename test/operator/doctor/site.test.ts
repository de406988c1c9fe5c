import { describe, expect, it } from "vitest"
import { fetchSite } from "../../../operator/doctor/site.ts"

describe("to a browser, a page and an API are", () => {
  it.each([
    ["same-origin", "https://app.example.com", "https://app.example.com/start-login"],
    ["same-origin", "https://app.example.com", "https://app.example.com:443"],
    ["same-site", "https://app.example.com", "https://login.example.com"],
    ["same-site", "https://example.com", "https://login.example.com"],
    ["same-site", "https://app.example.com:8443", "https://login.example.com"],
    ["same-site", "https://a.b.example.co.uk", "https://login.example.co.uk"],
    ["same-site", "http://localhost:5173", "http://localhost:8787"],
    ["same-site", "http://127.0.0.1:5173", "http://127.0.0.1:8787"],
    ["same-site", "http://[::1]:5173", "http://[::1]:8787"],
    ["cross-site", "https://app.example.com", "https://login.example.org"],
    ["cross-site", "https://notexample.com", "https://example.com"],
    // Another scheme.
    ["cross-site", "http://localhost:5173", "https://localhost:8787"],
    // Suffixes of two words, and of the list's private section.
    ["cross-site", "https://a.co.uk", "https://b.co.uk"],
    ["cross-site", "https://a.github.io", "https://b.github.io"],
    [
      "cross-site",
      "https://a.execute-api.eu-west-1.amazonaws.com",
      "https://b.execute-api.eu-west-1.amazonaws.com",
    ],
    // Names without a registrable domain.
    ["cross-site", "http://localhost:5173", "http://127.0.0.1:8787"],
    ["cross-site", "http://10.0.0.1", "http://10.0.0.2"],
  ])("%s: %s and %s", (site, origin, url) => {
    expect(fetchSite(origin, url)).toBe(site)
  })
})
