import { describe, expect, it } from "vitest"
import type { Tenant } from "../../../lib/contract.ts"
import { parseTenant } from "../../../lib/superoffice/tenant.ts"
import { tenantPattern } from "../../../lib/tenant.ts"
import { completeConfig } from "../../support/context.ts"
import { jsonAnswer, plainAnswer } from "../../support/front-door.ts"

const config = completeConfig()
const localUrl = "http://127.0.0.1:4000"
const local = completeConfig({ LOCAL_PROVIDER_URL: localUrl, AWS_ENDPOINT_URL_SECRETS_MANAGER: localUrl })

/** As SuperOffice's documentation has it. */
const document = {
  ContextIdentifier: "Cust12345",
  Endpoint: "https://online2.superoffice.com/Cust12345",
  State: "Running",
  IsRunning: true,
  ValidUntil: "2026-11-22T12:00:00.1234567Z",
  Api: "https://online2.superoffice.com/Cust12345/api",
  Version: "10.5",
}
const tenant: Tenant = {
  state: "Running",
  is_running: true,
  webapi_url: "https://online2.superoffice.com/Cust12345/api/",
  valid_until: Date.parse("2026-11-22T12:00:00Z") / 1000,
}

function read(changes: Readonly<Record<string, unknown>> = {}, settings = config): Tenant | undefined {
  return parseTenant(jsonAnswer(200, { ...document, ...changes }), "Cust12345", settings)
}

describe("parseTenant", () => {
  it("reads SuperOffice's answer about the tenant, whose name may be in other letters", () => {
    for (const ContextIdentifier of ["Cust12345", "CUST12345"])
      expect(read({ ContextIdentifier })).toEqual(tenant)
  })

  it.each([
    [2, "Running"],
    [4, "Suspended"],
    [8, "ProvisioningFailed"],
    [12, "MigrationPending"],
  ])("reads the state %i as it reads %s", (number, state) => {
    for (const State of [number, state]) expect(read({ State })).toEqual({ ...tenant, state })
  })

  it("reads every other state as Unknown, and all but true as not running", () => {
    for (const State of [7, 9, -1, "2", "running", "constructor", null, undefined, {}])
      expect(read({ State })).toEqual({ ...tenant, state: "Unknown" })
    for (const IsRunning of [false, "true", 1, null, undefined])
      expect(read({ IsRunning })).toEqual({ ...tenant, is_running: false })
  })

  it("gives the REST API's address a slash at its end, and drops one that is not SuperOffice's", () => {
    expect(read({ Api: tenant.webapi_url })).toEqual(tenant)
    for (const Api of [
      "https://superoffice.com.example.com/",
      `${localUrl}/api`,
      "",
      undefined,
      [document.Api],
    ])
      expect(read({ Api })).toEqual({ ...tenant, webapi_url: null })
    expect(read({ Api: `${localUrl}/Cust12345/api` }, local)?.webapi_url).toBe(`${localUrl}/Cust12345/api/`)
  })

  it.each([
    ["2026-11-22T12:00:00", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:00.9999999", "2026-11-22T12:00:00Z"],
    ["2026-11-22T14:00:00+02:00", "2026-11-22T12:00:00Z"],
    ["2026-11-22T08:30:00.1-03:30", "2026-11-22T12:00:00Z"],
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z"],
  ])("reads the time %s as %s", (ValidUntil, time) => {
    expect(read({ ValidUntil })?.valid_until).toBe(Date.parse(time) / 1000)
  })

  it("reads what is no time as none", () => {
    const texts = ["", "tomorrow", "2026-13-45T00:00:00Z"]
    for (const ValidUntil of [...texts, 1_795_348_800, [document.ValidUntil], null, undefined])
      expect(read({ ValidUntil })).toEqual({ ...tenant, valid_until: null })
  })

  it("gives undefined for an answer about another tenant, or about none", () => {
    for (const ContextIdentifier of ["Cust12346", "Cust1234", "", undefined, 12_345])
      expect(read({ ContextIdentifier })).toBeUndefined()
  })

  it.each([
    [200, "<html>"],
    [200, "null"],
    [200, "[]"],
    [302, JSON.stringify(document)],
    [421, "Wrong subdomain used to access tenant"],
  ])("gives undefined for a %i with %j", (status, body) => {
    expect(parseTenant(plainAnswer(status, body), "Cust12345", config)).toBeUndefined()
  })
})

describe("a context identifier", () => {
  it("is 1 to 32 letters and digits", () => {
    const right = ["Cust12020", "a", "0", "C".repeat(32)]
    const wrong = ["", "C".repeat(33), "Cust 1", "../Cust1", "Cust1?", "Cust1\n", "Çust1", "Cust-1"]
    expect([...right, ...wrong].filter((text) => tenantPattern.test(text))).toEqual(right)
  })
})
