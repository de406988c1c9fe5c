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
    ["", "Cust12345", '"stage" must be 1 to 64 letters, digits and hyphens.'],
    ["online/x", "Cust12345", '"stage" must be 1 to 64 letters, digits and hyphens.'],
    ["online", "", '"tenant" must be a context identifier: 1 to 32 letters and digits.'],
    ["online", "../tenants/Cust1", '"tenant" must be a context identifier: 1 to 32 letters and digits.'],
    ["online", "Cust1\n", '"tenant" must be a context identifier: 1 to 32 letters and digits.'],
    ["online", "Cust\u212a1", '"tenant" must be a context identifier: 1 to 32 letters and digits.'],
  ])(
    "results in an error for stage %j and tenant %j, and names no other secret",
    (stage, tenant, description) => {
      expect(tenantSecretId({ stage, tenant })).toEqual({
        ok: false,
        error: { code: "request_malformed", error_description: description, retryable: false },
      })
    },
  )

  it("throws nothing, whatever is missing", () => {
    for (const place of [undefined, null, {}, { stage: 1 }] as unknown as TenantOfStage[]) {
      expect(tenantSecretId(place)).toMatchObject({ ok: false, error: { code: "request_malformed" } })
    }
  })
})
