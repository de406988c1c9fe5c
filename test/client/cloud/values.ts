import type {
  AuthenticateSystemUserResponse,
  Client,
  FunctionName,
  HealthResponse,
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

const health: HealthResponse = {
  status: "ok",
  version: "0.2.0",
  environment: "sod",
  secret: {
    age_seconds: 1,
    stale: false,
    error: null,
    version: "v1",
    client_id: "db18",
    problem: null,
    expires: null,
    expires_in_days: null,
    expires_problem: null,
  },
  key_set: { age_seconds: 1, stale: false, error: null, key_ids: [] },
  clock_skew_seconds: 0,
}

/** An error of the service. */
export const serviceError = {
  error: "invalid_grant",
  error_description: "SuperOffice rejected the grant.",
  code: "grant_rejected",
  retryable: false,
  request_id: "request-1",
}

/** Each function's success, and a call of it. */
export const functions: readonly {
  readonly name: FunctionName
  readonly success: object
  readonly call: (client: Client) => Promise<Result<unknown>>
}[] = [
  {
    name: "exchange-code",
    success: tokenResponse,
    call: (client) => client.exchangeCode({ code: "a-code", redirect_uri: "https://app.example/callback" }),
  },
  {
    name: "refresh-token",
    success: tokenResponse,
    call: (client) => client.refreshToken({ refresh_token: "a-refresh-token" }),
  },
  {
    name: "token",
    success: tokenResponse,
    call: (client) => client.token({ grant_type: "refresh_token", refresh_token: "a-refresh-token" }),
  },
  {
    name: "revoke-token",
    success: revoked,
    call: (client) => client.revokeToken({ token: "a-refresh-token" }),
  },
  {
    name: "authenticate-system-user",
    success: systemUserResponse,
    call: (client) => client.authenticateSystemUser({ tenant: "Cust12345", system_token: "App-abc" }),
  },
  { name: "health", success: health, call: (client) => client.health() },
]
