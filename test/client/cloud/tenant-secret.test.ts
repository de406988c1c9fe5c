import { describe, expect, it } from "vitest"
import { tenantSecretId, type TenantOfStage } from "../../../client/cloud.ts"
import { tenantSecretId as localTenantSecretId } from "../../../local/stack.ts"

describe("tenantSecretId", () => {
  it.each(["Cust12345", "cust12345", "CUST12345"])("has one spelling of a tenant: %s", (tenant) => {
    expect(tenantSecretId({ stage: "online", tenant })).toEqual({
      ok: true,
      value: "superoffice/online/tenants/Cust12345",
    })
  })

  it("names the secrets that the local stack has", () => {
    expect(tenantSecretId({ stage: "local", tenant: "cust26759" })).toEqual({
      ok: true,
      value: localTenantSecretId("Cust26759"),
    })
  })

  it.each([
    ["stage", { stage: "", tenant: "Cust12345" }],
    ["stage", { stage: "online/x", tenant: "Cust12345" }],
    ["tenant", { stage: "online", tenant: "" }],
    ["tenant", { stage: "online", tenant: "../tenants/Cust1" }],
    ["tenant", { stage: "online", tenant: "Cust1\n" }],
    ["tenant", { stage: "online", tenant: "Cust\u212a1" }],
  ])("names no other secret, but what is wrong with the %s of %j", (field, place) => {
    const error_description = expect.stringContaining(`"${field}" must be `) as unknown
    const error = { code: "request_malformed", error_description, retryable: false }
    expect(tenantSecretId(place)).toEqual({ ok: false, error })
  })

  it("throws nothing, whatever is missing", () => {
    for (const place of [undefined, null, {}, { stage: 1 }] as unknown as TenantOfStage[]) {
      expect(tenantSecretId(place)).toMatchObject({ ok: false, error: { code: "request_malformed" } })
    }
  })
})
