import type { BrowserTokenResponse, ErrorResponse } from "../../../lib/contract.ts"

export type Answer = () => Response | Promise<Response>

export function tokens(more: Partial<BrowserTokenResponse> = {}): BrowserTokenResponse {
  return {
    token_type: "Bearer",
    access_token: "8A:Cust12020.first",
    expires_in: 3600,
    expires_at: 1,
    scope: "openid",
    session_expires_at: 2,
    claims: {
      iss: "https://sod.superoffice.com",
      sub: "tony@example.com",
      aud: "db1834037c58c02b6bd9898feef19845",
      iat: 1,
      nbf: 1,
      exp: 301,
      ctx: "Cust12020",
    },
    ...more,
  }
}

export const answerWith =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status })

export function failWith(
  code: ErrorResponse["code"],
  more: Partial<ErrorResponse> = {},
  status = 400,
): Answer {
  const body = {
    error: "e",
    error_description: "In words.",
    code,
    retryable: false,
    request_id: "r1",
    ...more,
  }
  return answerWith(body, status)
}

/** The tokens of a user. */
export function tokensOf(sub: string, ctx = "Cust12020", access_token = `8A:${ctx}.${sub}`) {
  return tokens({ access_token, claims: { ...tokens().claims, sub, ctx } })
}

export const noAnswer: Answer = () => Promise.reject(new TypeError("Failed to fetch"))
