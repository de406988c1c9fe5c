import type { ErrorResponse } from "../../lib/contract.ts"
import { TokenExchangeError } from "./error.ts"

/**
 * Posts to a function once. Returns its response, or throws a `TokenExchangeError`.
 *
 * @param repeatable whether the request may be sent again after a failure. False for an authorization code.
 */
export async function callFunction<Answer>(url: string, body: object, repeatable = true): Promise<Answer> {
  let response: Response | undefined
  let answer: (Answer & Partial<ErrorResponse>) | undefined
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json", "x-csrf": "1" },
      body: JSON.stringify(body),
      // API Gateway waits 30 seconds for a function.
      signal: AbortSignal.timeout(32e3),
    })
    answer = (await response.json()) as Answer & Partial<ErrorResponse>
  } catch {
    // No response, or not JSON. The status decides below which error that is.
  }
  const status = response?.status ?? 0
  if (answer && response?.ok) return answer
  throw answer?.code
    ? new TokenExchangeError(answer.code, answer.error_description, answer.retryable, answer)
    : new TokenExchangeError(
        status ? "gateway_error" : "network_error",
        `Status ${status}`,
        repeatable && (!status || status == 429 || status > 499),
      )
}
