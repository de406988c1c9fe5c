import { describe, expect, it } from "vitest"
import { readIncludes } from "../../../lib/request/include.ts"

describe("reading what to include", () => {
  it.each([
    [{}, []],
    [{ include: undefined }, []],
    [{ include: [] }, []],
    [{ include: ["tenant"] }, ["tenant"]],
    [{ include: ["tenant", "tenant"] }, ["tenant"]],
    [{ include: "tenant" }, ["tenant"]],
    [{ include: "tenant tenant" }, ["tenant"]],
  ])("of %j gives %j", (fields, names) => {
    expect([...readIncludes(fields)]).toEqual(names)
  })

  it.each([
    "",
    " tenant",
    "tenant,tenant",
    "tenants",
    "Tenant",
    ["tenant", "user"],
    [["tenant"]],
    [null],
    null,
    true,
    7,
    {},
    { tenant: true },
  ])("of %j is refused, with the names that there are", (include) => {
    expect(() => readIncludes({ include })).toThrow(
      expect.objectContaining({
        code: "request_invalid",
        publicDescription: '"include" must be a list of: tenant.',
      }),
    )
  })

  it("is never of a prototype", () => {
    expect(
      readIncludes(Object.create({ include: ["everything"] }) as object as Record<string, unknown>).size,
    ).toBe(0)
  })
})
