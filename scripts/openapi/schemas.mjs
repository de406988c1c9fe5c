import { fileURLToPath } from "node:url"
import { createGenerator } from "ts-json-schema-generator"
import { fieldLimits } from "../../lib/request/fields.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The types of lib/contract.ts, by their names, as schemas of OpenAPI 3.1 (JSON Schema 2020-12). */
export function contractSchemas() {
  const generator = createGenerator({
    path: `${root}lib/contract.ts`,
    tsconfig: `${root}tsconfig.json`,
    type: "*",
    expose: "export",
    jsDoc: "extended",
    additionalProperties: false,
    encodeRefs: false,
    // `npm run check` does that.
    skipTypeCheck: true,
  })
  const { definitions } = mapped(generator.createSchema("*"), inOpenApi)
  // So it is anyway, but tools differ in what they take silence for.
  definitions.AllClaims.additionalProperties = true
  for (const name of Object.keys(definitions).filter((one) => one.endsWith("Request"))) {
    definitions[name] = request(definitions[name])
  }
  return { ...definitions, ...requestsByDoor(definitions) }
}

/** What a door asks for, where the contract leaves that open. */
function requestsByDoor(schemas) {
  const { ExchangeCodeRequest, ExchangeLoginCodeRequest, RefreshTokenRequest, RevokeTokenRequest } = schemas
  const code = described(
    requiring(ExchangeCodeRequest, "code_verifier"),
    "Redeems an authorization code for a page that keeps `code_verifier` itself (RFC 6749 §4.1.3, RFC 7636).",
  )
  const refresh = described(
    without(RefreshTokenRequest, "refresh_token"),
    "Refreshes a page's session. A page with a session cookie sends no `refresh_token`; in delivery `sealed` it is the sealed value.",
  )
  return {
    BrowserCodeRequest: code,
    BrowserRefreshTokenRequest: refresh,
    BrowserTokenRequest: {
      description: "Either grant, as RFC 6749 §3.2 asks for it; for a page.",
      anyOf: [
        requiring(code, "grant_type"),
        requiring(ExchangeLoginCodeRequest, "grant_type"),
        requiring(refresh, "grant_type"),
      ],
    },
    SignedRevokeTokenRequest: described(
      requiring(RevokeTokenRequest, "token"),
      "Ends a refresh token (RFC 7009 §2.1).",
    ),
    EmptyRequest: request({ type: "object", description: "Nothing is asked for.", properties: {} }),
  }
}

/** `#/definitions/` is draft 7's place; and every number of the contract is a whole one. */
function inOpenApi(name, value) {
  if (name === "$ref") return value.replace("#/definitions/", "#/components/schemas/")
  if (name === "type" && value === "number") return "integer"
  if (name === "type" && Array.isArray(value)) return value.map((one) => inOpenApi("type", one))
  return value
}

/** What lib/request/fields.ts asks of every request: unknown fields are passed over, texts have limits, and no client secret. */
function request(schema) {
  if (schema.anyOf) return { ...schema, anyOf: schema.anyOf.map(request) }
  const { additionalProperties: _, ...open } = schema
  const fields = Object.entries(open.properties).map(([name, field]) => [name, limited(field)])
  return { ...open, properties: { ...Object.fromEntries(fields), client_secret: refused } }
}

function limited(field) {
  const isText = field.type === "string" && field.const === undefined
  return isText ? { type: "string", minLength: 1, maxLength: fieldLimits.other, ...field } : field
}

const refused = { not: {}, description: "Must not be sent: a caller is not to have it." }

function described(schema, description) {
  return { ...schema, description }
}

function requiring(schema, name) {
  return { ...schema, required: [...new Set([...(schema.required ?? []), name])].sort() }
}

function without(schema, name) {
  const { required, ...rest } = schema
  const others = required.filter((one) => one !== name)
  return { ...rest, ...(others.length > 0 && { required: others }) }
}

/** The JSON with each member that `change` is shown. */
function mapped(json, change) {
  return JSON.parse(JSON.stringify(json), change)
}
