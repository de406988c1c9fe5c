import type {
  AuthenticateSystemUserResponse,
  Client,
  FunctionName,
  Result,
  RevokeTokenResponse,
  TokenResponse,
} from "../../../client/cloud.ts"

const claims = {
  iss: "https://sod.superoffice.com",
  sub: "ann@example.com",
  aud: "client",
  iat: 0,
  nbf: 0,
  exp: 3600,
  ctx: "Cust12345",
}

/** SuperOffice may issue no refresh token with a code. */
export const withoutRefreshToken: TokenResponse = {
  token_type: "Bearer",
  access_token: "an-access-token",
  expires_in: 3600,
  expires_at: 3600,
  scope: "openid",
  id_token: "an.id.token",
  claims,
}

export const tokenResponse: TokenResponse = { ...withoutRefreshToken, refresh_token: "a-refresh-token" }

export const systemUserResponse: AuthenticateSystemUserResponse = {
  token_type: "SOTicket",
  ticket: "a-ticket",
  expires_at: 3600,
  claims,
}

const revoked: RevokeTokenResponse = {
  revoked: true,
  end_session_url: "https://sod.superoffice.com/login/logout",
}

/** An error of the service. */
export const serviceError = {
  error: "invalid_grant",
  error_description: "SuperOffice rejected the grant.",
  code: "grant_rejected",
  retryable: false,
  request_id: "request-1",
}

export const code = { code: "a-single-use-code", redirect_uri: "https://app.example/callback" }
export const refresh = { refresh_token: "a-refresh-token" }

/** Each function's success, and a call of it. */
export const functions: readonly {
  readonly name: FunctionName
  readonly success: object
  readonly call: (client: Client) => Promise<Result<unknown>>
}[] = [
  { name: "exchange-code", success: tokenResponse, call: (client) => client.exchangeCode(code) },
  { name: "refresh-token", success: tokenResponse, call: (client) => client.refreshToken(refresh) },
  {
    name: "token",
    success: tokenResponse,
    call: (client) => client.token({ grant_type: "refresh_token", ...refresh }),
  },
  { name: "revoke-token", success: revoked, call: (client) => client.revokeToken({ token: "a-token" }) },
  {
    name: "authenticate-system-user",
    success: systemUserResponse,
    call: (client) => client.authenticateSystemUser({ tenant: "Cust12345", system_token: "App-abc" }),
  },
  { name: "health", success: { status: "ok" }, call: (client) => client.health() },
]
