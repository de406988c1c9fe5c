import { STATUS_CODES } from "node:http"
import type { ErrorCode } from "../../lib/contract.ts"
import { errorOf } from "./errors.ts"
import type { Schema } from "./schemas.ts"

/** The responses of API Gateway itself. */
export const gatewayMessage: Schema = {
  type: "object",
  description: "API Gateway's own answer: the function did not run, or did not end.",
  properties: { message: { type: ["string", "null"] } },
  required: ["message"],
}
const gatewayStatuses = {
  browser: [413, 429, 500, 503],
  signed: [403, 413, 429, 500, 503],
  public: [429, 500, 503],
}

/** The errors of an operation, by status, with the gateway's own. */
export function failures(door: keyof typeof gatewayStatuses, errors: readonly ErrorCode[]) {
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

export function headersOf(...names: readonly string[]) {
  return unlessEmpty("headers", Object.fromEntries(names.map((name) => [name, ref("headers", name)])))
}

function unlessEmpty(name: string, members: object) {
  return Object.keys(members).length > 0 ? { [name]: members } : {}
}

export function oneOrMore(schemas: readonly Schema[]): Schema {
  const [first, ...more] = schemas
  return first !== undefined && more.length === 0 ? first : { anyOf: schemas }
}

export function ref(kind: string, name: string): { readonly $ref: string } {
  return { $ref: `#/components/${kind}/${name}` }
}
