import { expect, it } from "vitest"
import type { RefreshTokenDelivery } from "../../../lib/config.ts"
import { operationsOf, readDocument } from "../../../local/viewer/document.ts"
import { operations } from "../../openapi/document.ts"

const document = await readDocument()

it("the viewer has the operations of the document, in its order", () => {
  const shown = operationsOf(document, "cookie").map(({ id, path }) => [id, path])
  expect(shown).toEqual(operations.map(({ operationId, path }) => [operationId, path]))
})

it.each<[RefreshTokenDelivery, string, readonly string[]]>([
  ["cookie", "/exchange-code", ["own_pkce json", "with_tenant json", "after_start_login json"]],
  // A form for a token endpoint (RFC 6749 §4.1.3), unless it needs a cookie.
  ["cookie", "/token", ["code form", "code_with_tenant form", "refresh json"]],
  ["sealed", "/token", ["code form", "code_with_tenant form", "refresh_sealed form"]],
  ["sealed", "/signed/token", ["code form", "refresh form"]],
  ["partitioned", "/revoke-token", ["cookie json"]],
  ["sealed", "/revoke-token", ["sealed json"]],
  ["sealed", "/start-login", []],
])(
  "the viewer shows, in delivery %s, each example of %s once that can succeed",
  (delivery, path, expected) => {
    const operation = operationsOf(document, delivery).find((one) => one.path === path)
    const shown = operation?.examples.map(
      ({ name, mediaType }) => `${name} ${mediaType.endsWith("json") ? "json" : "form"}`,
    )
    expect(shown).toEqual(expected)
  },
)
