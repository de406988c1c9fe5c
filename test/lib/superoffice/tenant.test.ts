import { describe, expect, it } from "vitest"
import type { Tenant } from "../../../lib/contract.ts"
import { parseTenant } from "../../../lib/superoffice/tenant.ts"
import { tenantPattern } from "../../../lib/tenant.ts"
import { jsonAnswer } from "../../support/front-door.ts"
import { completeConfig } from "../../support/context.ts"

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

function read(changes: Readonly<Record<string, unknown>> = {}, settings = config): Tenant | undefined {
  return parseTenant(jsonAnswer(200, { ...document, ...changes }), "Cust12345", settings)
}

describe("the state of a tenant", () => {
  it("is read from SuperOffice's answer", () => {
    expect(read()).toEqual({
      state: "Running",
      is_running: true,
      webapi_url: "https://online2.superoffice.com/Cust12345/api/",
      valid_until: Date.parse("2026-11-22T12:00:00Z") / 1000,
    })
  })

  it.each([
    [0, "Unknown"],
    [1, "Provisioning"],
    [2, "Running"],
    [3, "Deleted"],
    [4, "Suspended"],
    [5, "OnlineMaintenance"],
    [6, "OfflineMaintenance"],
    [8, "ProvisioningFailed"],
    [10, "Deleting"],
    [11, "DeleteFailed"],
    [12, "MigrationPending"],
  ])("is the same by number (%i) and by name (%s)", (number, name) => {
    expect(read({ State: number })?.state).toBe(name)
    expect(read({ State: name })?.state).toBe(name)
  })

  it.each([7, 9, 13, -1, 2.5, "2", "running", "constructor", null, undefined, {}])(
    "is Unknown when it is %j",
    (State) => {
      expect(read({ State })).toMatchObject({ state: "Unknown", is_running: true })
    },
  )

  it.each([false, "true", "True", 1, null, undefined])("is not running when IsRunning is %j", (IsRunning) => {
    expect(read({ IsRunning })?.is_running).toBe(false)
  })
})

describe("the REST API's address", () => {
  it.each([
    ["https://online2.superoffice.com/Cust12345/api", "https://online2.superoffice.com/Cust12345/api/"],
    ["https://online2.superoffice.com/Cust12345/api/", "https://online2.superoffice.com/Cust12345/api/"],
    ["https://superoffice.com.example.com/Cust12345/api", null],
    ["http://online2.superoffice.com/Cust12345/api", null],
    ["https://me:secret@online2.superoffice.com/Cust12345/api", null],
    ["https://online2.superoffice.com:8443/Cust12345/api", null],
    ["http://127.0.0.1:4000/Cust12345/api", null],
    ["/Cust12345/api", null],
    ["", null],
    [undefined, null],
    [["https://online2.superoffice.com/Cust12345/api"], null],
  ])("of %j is %j, and the rest still counts", (Api, webapi_url) => {
    expect(read({ Api })).toMatchObject({ state: "Running", webapi_url })
  })

  it("may be a local provider's where there is one", () => {
    expect(read({ Api: `${localUrl}/Cust12345/api` }, local)?.webapi_url).toBe(`${localUrl}/Cust12345/api/`)
  })
})

describe("until when it holds", () => {
  it.each([
    ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:00", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:00.9999999", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:00.5Z", "2026-11-22T12:00:00Z"],
    ["2026-11-22T14:00:00+02:00", "2026-11-22T12:00:00Z"],
    ["2026-11-22T08:30:00.1-03:30", "2026-11-22T12:00:00Z"],
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z"],
  ])("written %s is %s", (ValidUntil, time) => {
    expect(read({ ValidUntil })?.valid_until).toBe(Date.parse(time) / 1000)
  })

  it.each([undefined, null, "", "tomorrow", 1_795_348_800, 2026, "2026-13-45T00:00:00Z", {}])(
    "is not said by %j",
    (ValidUntil) => {
      expect(read({ ValidUntil })).toMatchObject({ state: "Running", valid_until: null })
    },
  )
})

describe("an answer about the tenant in other letters", () => {
  it.each(["CUST12345", "cust12345", "cUsT12345"])("is one for tenant %j", (ContextIdentifier) => {
    expect(read({ ContextIdentifier })).toMatchObject({ state: "Running" })
  })
})

describe("an answer about something else", () => {
  it.each(["Cust12346", "Cust1234", "", undefined, null, 12_345])(
    "is one for tenant %j",
    (ContextIdentifier) => {
      expect(read({ ContextIdentifier })).toBeUndefined()
    },
  )

  it.each([
    [200, "<html>"],
    [200, ""],
    [200, "null"],
    [200, "[]"],
    [200, '"Running"'],
    [204, ""],
    [302, JSON.stringify(document)],
    [404, JSON.stringify(document)],
    [421, "Wrong subdomain used to access tenant"],
    [500, JSON.stringify(document)],
  ])("is one with status %i and body %j", (status, body) => {
    const answer = { status, retryAfterSeconds: undefined, body }
    expect(parseTenant(answer, "Cust12345", config)).toBeUndefined()
  })
})

describe("a context identifier", () => {
  it.each(["Cust12020", "a", "0", "C".repeat(32)])("may be %j", (text) => {
    expect(tenantPattern.test(text)).toBe(true)
  })

  it.each(["", "C".repeat(33), "Cust 1", "../Cust1", "Cust1?", "Cust1\n", "Çust1", "Cust-1"])(
    "may not be %j",
    (text) => {
      expect(tenantPattern.test(text)).toBe(false)
    },
  )
})
