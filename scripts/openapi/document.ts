import { STATUS_CODES } from "node:http"
import manifest from "../../package.json" with { type: "json" }
import type { ErrorCode } from "../../lib/contract.ts"
import { errorExamples, errorTable } from "./errors.ts"
import { examples, type OperationExamples } from "./examples.ts"
import { operations, type Operation } from "./operations.ts"
import { publications, publicationObject } from "./publications.ts"
import { failures, gatewayMessage, headersOf, oneOrMore, ref } from "./responses.ts"
import { contractSchemas, schemaOf, type Schemas } from "./schemas.ts"

const description = `Redeems authorization codes and refresh tokens of SuperOffice CRM Online, and answers with tokens and validated claims.

Two doors over HTTP. **Pages** on a listed origin (setting \`ALLOWED_ORIGINS\`; the browser sends \`Origin\`) post to \`/…\`: their refresh token is sealed, in a cookie or, in delivery \`sealed\`, in the body. **Cloud functions** sign with IAM and post to \`/signed/…\`: they get refresh tokens in clear and every claim. The third door is direct Lambda invocation, with the same objects: the request of \`/signed/…\` is the event, the body of its answer the result.

Where the deployment has \`API_TOKEN_AUDIENCE\`, both may ask for a token for an API of your own (\`include\`: \`api_token\`). **Verifiers** of such tokens read the issuer's metadata and its keys below \`/.well-known/\`, as anybody may.

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
    description: "No answer of a function may be stored, but a document of `well-known`.",
    required: true,
    schema: { type: "string", const: "no-store" },
  },
  "Public-Cache-Control": {
    description: "A public document, which may be kept for an hour. Sent as `Cache-Control`.",
    required: true,
    schema: { type: "string", const: "public, max-age=3600" },
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
  const paths = {
    ...Object.fromEntries(operations.map((one) => [one.path, { post: operationObject(one) }])),
    ...Object.fromEntries(publications.map((one) => [one.path, { get: publicationObject(one) }])),
  }
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
      { name: "Verifiers", description: "For APIs of your own that check an `api_token`. Anybody may ask." },
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
    responses: { 200: success(operation), ...failures(operation.door, operation.errors) },
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
