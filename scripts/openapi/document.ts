import { STATUS_CODES } from "node:http"
import manifest from "../../package.json" with { type: "json" }
import type { ErrorCode } from "../../lib/contract.ts"
import { errorExamples, errorOf, errorTable } from "./errors.ts"
import { examples, type OperationExamples } from "./examples.ts"
import { operations, type Operation } from "./operations.ts"
import { contractSchemas, schemaOf, type Schema, type Schemas } from "./schemas.ts"

const description = `Redeems authorization codes and refresh tokens of SuperOffice CRM Online, and answers with tokens and validated claims.

Two doors over HTTP. **Pages** on a listed origin (setting \`ALLOWED_ORIGINS\`; the browser sends \`Origin\`) post to \`/…\`: their refresh token is sealed, in a cookie or, in delivery \`sealed\`, in the body. **Cloud functions** sign with IAM and post to \`/signed/…\`: they get refresh tokens in clear and every claim. The third door is direct Lambda invocation, with the same objects: the request of \`/signed/…\` is the event, the body of its answer the result.

Bodies are JSON or form-encoded. Unknown fields are passed over, a field twice in a form is refused, and a body has at most 32 KiB. A failure has a \`code\` from a closed list: see \`ErrorCode\`.`

const cookieNote = "Only together with the header `X-CSRF: 1` and a JSON body."

const securitySchemes = {
  iam: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "AWS Signature Version 4 for service `execute-api`, by a principal of the API's own account that may `execute-api:Invoke` the route. A page must not sign: requests with an `Origin` are refused.",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-so-session",
    description: `The sealed session, in the cookie deliveries. Its name goes on with a hyphen and eight hex digits of SHA-256(origin), then a hyphen and eight hex digits of SHA-256 of the tenant in small letters: one session per origin and tenant. ${cookieNote}`,
  },
  login: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-so-login",
    description: `A sign-in that \`start-login\` began. Its name goes on with a hyphen and eight hex digits of SHA-256(state). ${cookieNote}`,
  },
}

const headers = {
  "Cache-Control": {
    description: "No answer of a function may be stored.",
    required: true,
    schema: { type: "string", const: "no-store" },
  },
  "Set-Cookie": {
    description:
      "In the cookie deliveries: the sealed session or sign-in, or the end of it. `HttpOnly; Secure; Path=/`, and `SameSite=Strict` or `SameSite=None; Partitioned`.",
    schema: { type: "string" },
  },
  "Retry-After": {
    description: "Seconds to wait: sent exactly when `retryable` is true.",
    schema: { type: "string", pattern: "^[0-9]+$" },
  },
  Allow: {
    description: "The HTTP API lets no other method through; a function URL does.",
    required: true,
    schema: { type: "string", const: "POST, OPTIONS" },
  },
}

const csrf = {
  name: "X-CSRF",
  in: "header",
  description: "Needed when the request relies on a cookie: no page of another origin can send it.",
  schema: { type: "string", const: "1" },
}

/** The responses of API Gateway itself. */
const gatewayMessage: Schema = {
  type: "object",
  description: "API Gateway's own answer: the function did not run, or did not end.",
  properties: { message: { type: ["string", "null"] } },
  required: ["message"],
}
const gatewayStatuses = { browser: [413, 429, 500, 503], signed: [403, 413, 429, 500, 503] }

/** Makes the whole document. */
export function openApiDocument() {
  const contract = contractSchemas()
  const errorCode = schemaOf(contract, "ErrorCode")
  // Its schema is made from the type.
  const codes = errorCode.enum as readonly ErrorCode[]
  const schemas = {
    ...contract,
    ErrorCode: { ...errorCode, description: `${errorCode.description ?? ""}\n\n${errorTable(codes)}` },
    GatewayMessage: gatewayMessage,
  }
  const paths = Object.fromEntries(operations.map((one) => [one.path, { post: operationObject(one) }]))
  return {
    openapi: "3.1.1",
    info: {
      title: "SuperOffice Token Exchange",
      version: manifest.version,
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{host}",
        description: "The deployment: `ApiUrl` among its outputs.",
        variables: { host: { default: "api-id.execute-api.eu-west-1.amazonaws.com" } },
      },
    ],
    tags: [
      { name: "Pages", description: "For pages on a listed origin." },
      { name: "Cloud functions", description: "For callers that sign with IAM." },
    ],
    paths,
    components: {
      schemas: reachable(schemas, paths),
      parameters: { csrf },
      headers,
      examples: errorExamples(codes),
      securitySchemes,
    },
  }
}

function operationObject(operation: Operation) {
  const { id, door, summary, description, cookies } = operation
  return {
    operationId: id,
    tags: [door === "browser" ? "Pages" : "Cloud functions"],
    summary,
    description,
    security: door === "signed" ? [{ iam: [] }] : [{}, ...cookies.map((cookie) => ({ [cookie]: [] }))],
    ...(cookies.length > 0 && { parameters: [ref("parameters", "csrf")] }),
    requestBody: { required: true, content: requestContent(operation) },
    responses: { 200: success(operation), ...failures(operation) },
  }
}

function requestContent({ id, request, mediaTypes }: Operation) {
  const { requests }: OperationExamples = examples[id]
  const content = mediaTypes.map((mediaType) => {
    const isForm = mediaType !== "application/json"
    const shown = Object.entries(requests).filter(([, { usesCookie }]) => !(isForm && usesCookie))
    const examplesHere = shown.map(([name, { summary, value }]) => [name, { summary, value }] as const)
    return [
      mediaType,
      {
        schema: oneOrMore(request.map((name) => ref("schemas", name))),
        // Separated by spaces, as in RFC 6749 §3.3.
        ...(isForm && { encoding: { include: { style: "spaceDelimited", explode: false } } }),
        examples: Object.fromEntries(examplesHere),
      },
    ] as const
  })
  return Object.fromEntries(content)
}

function success({ id, answer, setsCookie }: Operation) {
  return {
    description: STATUS_CODES[200],
    ...headersOf("Cache-Control", ...(setsCookie ? ["Set-Cookie"] : [])),
    content: {
      "application/json": {
        schema: oneOrMore(answer.map((name) => ref("schemas", name))),
        examples: examples[id].answers,
      },
    },
  }
}

/** The errors of an operation, by status, with the gateway's own. */
function failures({ door, errors }: Operation) {
  const statuses = new Set([...errors.map((code) => errorOf(code).status), ...gatewayStatuses[door]])
  return Object.fromEntries(
    [...statuses]
      .sort()
      .map((status) => [status, failure(status, errors, gatewayStatuses[door].includes(status))]),
  )
}

function failure(status: number, errors: readonly ErrorCode[], isGateways: boolean) {
  const codes = errors.filter((code) => errorOf(code).status === status)
  const ours = {
    allOf: [ref("schemas", "ErrorResponse"), { type: "object", properties: { code: { enum: codes } } }],
  }
  const schema = oneOrMore([
    ...(codes.length > 0 ? [ours] : []),
    ...(isGateways ? [ref("schemas", "GatewayMessage")] : []),
  ])
  const names = [...codes.map((code) => `\`${code}\``), ...(isGateways ? ["API Gateway's own"] : [])]
  const shown = [...codes, ...(codes.includes("upstream_timeout") ? ["upstream_timeout_final"] : [])]
  return {
    description: `${STATUS_CODES[status] ?? status}: ${names.join(", ")}`,
    ...headersOf(...(status === 405 ? ["Allow"] : []), ...(status >= 503 ? ["Retry-After"] : [])),
    content: {
      "application/json": {
        schema,
        ...unlessEmpty("examples", Object.fromEntries(shown.map((name) => [name, ref("examples", name)]))),
      },
    },
  }
}

function headersOf(...names: readonly string[]) {
  return unlessEmpty("headers", Object.fromEntries(names.map((name) => [name, ref("headers", name)])))
}

function unlessEmpty(name: string, members: object) {
  return Object.keys(members).length > 0 ? { [name]: members } : {}
}

function oneOrMore(schemas: readonly Schema[]): Schema {
  const [first, ...more] = schemas
  return first !== undefined && more.length === 0 ? first : { anyOf: schemas }
}

function ref(kind: string, name: string): { readonly $ref: string } {
  return { $ref: `#/components/${kind}/${name}` }
}

/** The schemas that the paths refer to. */
function reachable(schemas: Schemas, paths: object): Schemas {
  const found = new Set<string>()
  const look = (json: object) => {
    for (const [, name = ""] of JSON.stringify(json).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      look(schemaOf(schemas, name))
    }
  }
  look(paths)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)))
}
