import type { ErrorCode, ErrorResponse } from "../../lib/contract.ts"
import { errorResponse, ExchangeError, requestInvalid, statusOf } from "../../lib/errors.ts"
import type { Example } from "./examples.ts"

const requestId = "8f5c1f0e-7c1b-4b8a-9f57-2d3f6a1c9b10"

/** The status and the answer of an error code, as in lib/errors.ts. */
export function errorOf(code: ErrorCode): { readonly status: number; readonly answer: ErrorResponse } {
  return { status: statusOf(code), answer: errorResponse(new ExchangeError(code, ""), requestId) }
}

/** The table of all error codes, for the description. */
export function errorTable(codes: readonly ErrorCode[]): string {
  const rows = codes.map((code) => {
    const { status, answer } = errorOf(code)
    return [
      `\`${code}\``,
      status,
      `\`${answer.error}\``,
      answer.retryable ? "yes" : "no",
      answer.error_description,
    ]
  })
  return [["`code`", "status", "`error`", "retryable", "meaning"], Array(5).fill("---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
}

/** An example for every code, and for each other form of its answer. */
export function errorExamples(codes: readonly ErrorCode[]): Record<string, Example> {
  const byCode = codes.map((code): [ErrorCode, Example] => {
    const { answer } = errorOf(code)
    return [code, { summary: answer.error_description, value: answer }]
  })
  return {
    ...Object.fromEntries(byCode),
    request_invalid: {
      summary: "The request breaks the contract. The sentence names the field.",
      value: errorResponse(requestInvalid('"client_secret" must not be sent.'), requestId),
    },
    upstream_timeout_final: {
      summary: "The same request cannot succeed any more: its code may have been spent. Sign in again.",
      value: errorResponse(new ExchangeError("upstream_timeout", "").asFinal(), requestId),
    },
  }
}
