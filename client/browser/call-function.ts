import type { ErrorResponse } from "../../lib/contract.ts"
import { TokenExchangeError } from "./error.ts"
import { abortAfter } from "./timers.ts"

/** Posts to a function once. Returns its response, or throws a `TokenExchangeError`. */
export type CallFunction = <Answer>(
  name: string,
  body: object,
  /** Whether a 2xx answer has the members of a success. Any server can answer 200. */
  isSuccess: (answer: Partial<Answer>) => unknown,
  /** Whether the request may be sent again after a failure. False for an authorization code. */
  repeatable?: boolean,
) => Promise<Answer>

export function callerOf(api: string, customFetch?: typeof fetch): CallFunction {
  return async <Answer>(
    name: string,
    body: object,
    isSuccess: (answer: Partial<Answer>) => unknown,
    repeatable = true,
  ): Promise<Answer> => {
    const url = `${api}/${name}`
    let response: Response | undefined
    let answer: (Answer & Partial<ErrorResponse>) | undefined
    let cause: unknown
    try {
      cause = response = await (customFetch ?? fetch)(url, {
        method: "POST",
        credentials: "include",
        // A redirect would take the code and the verifier to another host.
        redirect: "error",
        headers: { "content-type": "application/json", "x-csrf": "1" },
        body: JSON.stringify(body),
        // API Gateway waits 30 seconds for a function.
        signal: abortAfter(32e3),
      })
      answer = (await response.json()) as Answer & Partial<ErrorResponse>
    } catch (error) {
      // No response, or not JSON. The status decides below which error that is.
      cause = error
    }
    if (response?.ok && answer && isSuccess(answer)) return answer
    const status = response?.status
    // A proxy's JSON can have a `code`, too, but not all three members.
    const own = answer?.error && answer.request_id ? answer : undefined
    const code = own?.code ?? (status ? "gateway_error" : "network_error")
    throw new TokenExchangeError(code, `${url}: ${status ?? "no answer"} ${own?.error_description ?? code}`, {
      cause,
      retryable: own?.retryable ?? (repeatable && !(status && status < 500 && status != 429)),
      retryAfterSeconds: own?.retry_after_seconds,
      requestId: own?.request_id,
    })
  }
}
