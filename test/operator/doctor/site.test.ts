import { describe, expect, it } from "vitest"
import { fetchSite } from "../../../operator/doctor/site.ts"

describe("to a browser, page and API are", () => {
  it.each([
    ["https://app.example.com", "https://app.example.com/start-login"],
    ["https://app.example.com", "https://app.example.com:443"],
    ["http://localhost:8787", "http://localhost:8787"],
  ])("same-origin: %s and %s", (origin, url) => {
    expect(fetchSite(origin, url)).toBe("same-origin")
  })

  it.each([
    ["https://app.example.com", "https://login.example.com"],
    ["https://example.com", "https://login.example.com"],
    ["https://app.example.com:8443", "https://login.example.com"],
    ["https://a.b.example.co.uk", "https://login.example.co.uk"],
    ["https://app.kommune.no", "https://login.app.kommune.no"],
    ["http://localhost:5173", "http://localhost:8787"],
    ["http://127.0.0.1:5173", "http://127.0.0.1:8787"],
    ["http://[::1]:5173", "http://[::1]:8787"],
  ])("same-site: %s and %s", (origin, url) => {
    expect(fetchSite(origin, url)).toBe("same-site")
  })

  it.each([
    ["another domain", "https://app.example.com", "https://login.example.org"],
    ["another scheme", "http://localhost:5173", "https://localhost:8787"],
    ["two domains under a suffix of two words", "https://a.co.uk", "https://b.co.uk"],
    ["two customers of a host", "https://a.github.io", "https://b.github.io"],
    [
      "two APIs of AWS",
      "https://a.execute-api.eu-west-1.amazonaws.com",
      "https://b.execute-api.eu-west-1.amazonaws.com",
    ],
    ["a name that only ends alike", "https://notexample.com", "https://example.com"],
    ["two names of this machine", "http://localhost:5173", "http://127.0.0.1:8787"],
    ["two addresses", "http://10.0.0.1", "http://10.0.0.2"],
  ])("cross-site: %s", (_what, origin, url) => {
    expect(fetchSite(origin, url)).toBe("cross-site")
  })
})
