import { fileURLToPath } from "node:url"
import { createGenerator } from "ts-json-schema-generator"
import { fieldLimits } from "../../lib/request/fields.ts"

/** A schema of OpenAPI 3.1; only the members that are used here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

/** Schemas by their names. */
export type Schemas = Readonly<Record<string, Schema>>

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The types of lib/contract.ts, lib/issuer-documents.ts and lib/requests.ts, by their names, as schemas of OpenAPI 3.1 (JSON Schema 2020-12). */
export function contractSchemas(): Schemas {
  const generator = createGenerator({
    path: `${root}lib/{requests,contract,issuer-documents}.ts`,
    tsconfig: `${root}tsconfig.json`,
    type: "*",
    expose: "export",
    jsDoc: "extended",
    additionalProperties: false,
    encodeRefs: false,
    // `npm run check` does that.
    skipTypeCheck: true,
  })
  const { definitions } = mapped(generator.createSchema("*"), inOpenApi) as { readonly definitions: Schemas }
  const schemas = {
    ...definitions,
    // This is the default, but tools differ in what they assume.
    AllClaims: { ...schemaOf(definitions, "AllClaims"), additionalProperties: true },
    AllSystemUserClaims: { ...schemaOf(definitions, "AllSystemUserClaims"), additionalProperties: true },
    ...Object.fromEntries(
      Object.entries(definitions)
        .filter(([name]) => name.endsWith("Request"))
        .map(([name, schema]) => [name, request(schema)]),
    ),
  }
  return { ...schemas, ...requestsByDoor(schemas) }
}

/** The schema of that name. */
export function schemaOf(schemas: Schemas, name: string): Schema {
  const schema = schemas[name]
  if (schema === undefined) throw new Error(`there is no schema ${name}`)
  return schema
}

/** What a door requires, if the contract makes it optional, and what tells two requests of one function apart. */
function requestsByDoor(schemas: Schemas): Schemas {
  const code = described(
    requiring(schemaOf(schemas, "ExchangeCodeRequest"), "code_verifier"),
    "Redeems an authorization code for a page that keeps `code_verifier` itself (RFC 6749 §4.1.3, RFC 7636).",
  )
  const refresh = described(
    without(schemaOf(schemas, "RefreshTokenRequest"), "refresh_token"),
    "Refreshes a page's session. A page with a session cookie sends no `refresh_token`; in delivery `sealed` it is the sealed value.",
  )
  return {
    BrowserCodeRequest: code,
    BrowserRefreshTokenRequest: refresh,
    BrowserTokenRequest: {
      description: "Either grant, as RFC 6749 §3.2 asks for it; for a page.",
      anyOf: [
        requiring(code, "grant_type"),
        requiring(schemaOf(schemas, "ExchangeLoginCodeRequest"), "grant_type"),
        requiring(refresh, "grant_type"),
      ],
    },
    SignedRevokeTokenRequest: described(
      requiring(schemaOf(schemas, "RevokeTokenRequest"), "token"),
      "Ends a refresh token (RFC 7009 §2.1).",
    ),
    CheckLoginRequest: forbidding(
      schemaOf(schemas, "CheckLoginRequest"),
      "redirect_uri",
      "Must not be sent: a request with it begins a sign-in.",
    ),
    EmptyRequest: request({ type: "object", description: "Nothing is asked for.", properties: {} }),
  }
}

/** `#/definitions/` is draft 7's place; and every number of the contract is a whole one. */
function inOpenApi(name: string, value: unknown): unknown {
  if (name === "$ref") return String(value).replace("#/definitions/", "#/components/schemas/")
  if (name === "type" && value === "number") return "integer"
  if (name === "type" && Array.isArray(value)) return value.map((one) => inOpenApi("type", one))
  return value
}

/**
 * What lib/request/fields.ts requires of every request: unknown fields are ignored, strings have limits, and there is
 * no client secret.
 */
function request(schema: Schema): Schema {
  if (schema.anyOf) return { ...schema, anyOf: schema.anyOf.map(request) }
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, limited(field)] as const,
  )
  return {
    ...schema,
    properties: { ...Object.fromEntries(fields), client_secret: refused },
    // JSON omits undefined members.
    additionalProperties: undefined,
  }
}

function limited(field: Schema): Schema {
  const isText = field.type === "string" && field.const === undefined
  return isText ? { type: "string", minLength: 1, maxLength: fieldLimits.other, ...field } : field
}

function forbidding(schema: Schema, name: string, description: string): Schema {
  return { ...schema, properties: { ...schema.properties, [name]: { not: {}, description } } }
}

const refused = { not: {}, description: "Must not be sent: a caller is not to have it." }

function described(schema: Schema, description: string): Schema {
  return { ...schema, description }
}

function requiring(schema: Schema, name: string): Schema {
  return { ...schema, required: [...new Set([...(schema.required ?? []), name])].sort() }
}

function without(schema: Schema, name: string): Schema {
  const { required = [], ...rest } = schema
  const others = required.filter((one) => one !== name)
  return { ...rest, ...(others.length > 0 && { required: others }) }
}

/** Applies `change` to every member of the JSON. */
function mapped(json: object, change: (name: string, value: unknown) => unknown): unknown {
  return JSON.parse(JSON.stringify(json), change)
}
