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
    expect([...readIncludes(fields)]).toEqual(names)
  })

  it.each(["", "tenant,tenant", "Tenant", ["tenant", "user"], [null], null, {}])("refuses %j", (include) => {
    expect(() => readIncludes({ include })).toThrow(requestInvalid('"include" must be a list of: tenant.'))
  })
})
