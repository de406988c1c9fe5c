import { describe, expect, it } from "vitest"
import { requestInvalid } from "../../../lib/errors.ts"
import { readIncludes } from "../../../lib/request/include.ts"

describe("readIncludes", () => {
  it.each([
    [{}, []],
    [{ include: undefined }, []],
    [{ include: [] }, []],
    [{ include: ["tenant", "tenant"] }, ["tenant"]],
    [{ include: "tenant tenant" }, ["tenant"]],
    // Never of a prototype.
    [Object.create({ include: ["everything"] }) as Record<string, unknown>, []],
  ])("reads %j as %j", (fields, names) => {
    expect([...readIncludes(fields, ["tenant"])]).toEqual(names)
  })

  it.each(["", "tenant,tenant", "Tenant", ["tenant", "user"], [null], null, {}])("refuses %j", (include) => {
    expect(() => readIncludes({ include }, ["tenant"])).toThrow(
      requestInvalid('"include" must be a list of: tenant.'),
    )
  })

  it("takes what is offered, and no more", () => {
    const include = "tenant api_token"
    expect([...readIncludes({ include }, ["tenant", "api_token"])]).toEqual(["tenant", "api_token"])
    expect(() => readIncludes({ include }, ["tenant"])).toThrow("must be a list of: tenant.")
    expect(() => readIncludes({ include: "all" }, ["tenant", "api_token"])).toThrow(
      "must be a list of: tenant, api_token.",
    )
  })
})
