import { describe, expect, it } from "vitest"
import { operationsOf, readDocument } from "../../../local/viewer/document.ts"
import { operations } from "../../openapi/document.ts"

const document = await readDocument()

function namesIn(delivery: Parameters<typeof operationsOf>[1], path: string) {
  const operation = operationsOf(document, delivery).find((one) => one.path === path)
  return operation?.examples.map(({ name, mediaType }) => `${name} ${mediaType}`)
}

const [json, form] = ["application/json", "application/x-www-form-urlencoded"]

describe("the operations of the viewer", () => {
  it.each(["cookie", "partitioned", "sealed"] as const)(
    "are those of the document, in its order: %s",
    (delivery) => {
      const shown = operationsOf(document, delivery).map(({ id, path }) => [id, path])
      expect(shown).toEqual(operations.map(({ operationId, path }) => [operationId, path]))
    },
  )

  it("have each example once, as JSON", () => {
    expect(namesIn("cookie", "/exchange-code")).toEqual([
      `own_pkce ${json}`,
      `with_tenant ${json}`,
      `after_start_login ${json}`,
    ])
  })

  it("have each example of a token endpoint as a form (RFC 6749 §4.1.3), but for one that needs a cookie", () => {
    expect(namesIn("cookie", "/token")).toEqual([
      `code ${form}`,
      `code_with_tenant ${form}`,
      `refresh ${json}`,
    ])
    expect(namesIn("sealed", "/token")).toEqual([
      `code ${form}`,
      `code_with_tenant ${form}`,
      `refresh_sealed ${form}`,
    ])
    expect(namesIn("sealed", "/signed/token")).toEqual([`code ${form}`, `refresh ${form}`])
  })

  it("have the sealed examples in delivery sealed only, and there none that needs a cookie", () => {
    expect(namesIn("partitioned", "/revoke-token")).toEqual([`cookie ${json}`])
    expect(namesIn("sealed", "/revoke-token")).toEqual([`sealed ${json}`])
    expect(namesIn("sealed", "/start-login")).toEqual([])
  })
})
