import type { ErrorResponse } from "../../lib/contract.ts"
import { TokenExchangeError } from "./error.ts"

/**
 * Posts to a function, once, and gives its answer or throws its error.
 *
 * @param repeatable whether nothing is spent when the answer gets lost: false for a code
 */
export async function post<Answer>(url: string, body: object, repeatable = true): Promise<Answer> {
  let response: Response | undefined
  let answer: (Answer & Partial<ErrorResponse>) | undefined
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json", "x-csrf": "1" },
      body: JSON.stringify(body),
      // A little longer than the gateway waits for a function.
      signal: AbortSignal.timeout(32e3),
    })
    answer = (await response.json()) as Answer & Partial<ErrorResponse>
  } catch {
    // No answer, or not one of ours: what there is of it decides below.
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
