/** An example as in the document. */
export interface Example {
  readonly summary: string
  readonly value: object
}

/** The requests and answers of an operation. */
export interface OperationExamples {
  readonly requests: Readonly<Record<string, Example & { readonly usesCookie?: boolean }>>
  readonly answers: Readonly<Record<string, Example>>
}

const code = "KSamN1Tp4sd26pZJSGK6JobrWOUWorIZ2Y5XxcAqX86K9qoZRp4d3lUH32F4fiT3"
const refreshToken = "m1sYJzLq0Qy8hVnTtB4sEwzG3cXkP7uRfD5aNvH2oKi9jWlUeCxZbQrA6tMgO8pS"
const sealed =
  "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoic28tc2Vzc2lvbiIsImtpZCI6IjIwMjYtMTEifQ..4nS1yJ0Zk3uHq9Lw.u8x2.b7Qm"
const state = "q3Ff8tDqWvJ0m9xN4cZbL1sKyRgUe5hTaP7oIiVdXwE"
const redirectUri = "https://app.example.com/callback"
const tenantCode = "Cust12020"
const sub = "tony.yates@superoffice.com"
const endSessionUrl = "https://sod.superoffice.com/login/logout"

const claims = {
  iss: "https://sod.superoffice.com",
  sub,
  aud: "db1834037c58c02b6bd9898feef19845",
  iat: 1516299656,
  nbf: 1516299596,
  exp: 1516299956,
  nonce: "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7",
  ctx: tenantCode,
  associateid: 5,
  serial: "1501178584",
  is_administrator: false,
  email: sub,
  upn: sub,
  identityprovider: "superoffice-online",
  netserver_url: "https://sod.superoffice.com/Cust12020/Remote/Services82/",
  webapi_url: "https://sod.superoffice.com/Cust12020/api/",
}
const { nonce, ...refreshedClaims } = claims

const ownPkce = {
  code,
  redirect_uri: redirectUri,
  code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  nonce,
}

const tenant = {
  state: "Running",
  is_running: true,
  webapi_url: claims.webapi_url,
  valid_until: 1516303300,
}

const tokens = {
  token_type: "Bearer",
  access_token: "8A:Cust12020.AR2s3phb0gXK8DP0NfoYlsrQAQ",
  expires_in: 3600,
  expires_at: 1516303300,
  scope: "openid",
  id_token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0b255In0.c2lnbmF0dXJl",
}
const pageTokens = { ...tokens, session_expires_at: 1516328500, claims }
const cloudTokens = { ...tokens, refresh_token: refreshToken, claims }

const apiToken = {
  api_token: "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDdXN0MTIwMjAvNSJ9.c2lnbmF0dXJl",
  api_token_expires_at: 1516300300,
}
const askForApiToken = { include: ["api_token"] }

const codeGrant = { grant_type: "authorization_code", ...ownPkce }
const refreshGrant = { grant_type: "refresh_token", refresh_token: refreshToken }

const revoked = { revoked: true, end_session_url: endSessionUrl }
const held = { age_seconds: 42, stale: false, error: null }
const heldSecret = {
  ...held,
  version: "5d2b1c9a-3a63-4f1c-8e77-0c2a1f0b9d11",
  client_id: claims.aud,
  problem: null,
  expires: "2027-11-27",
  expires_in_days: 365,
  expires_problem: null,
}
const heldKeys = { ...held, key_ids: ["16b772ec8d2a4d6dd9b6b6a0b0d5b1ad5a1b2c3d"] }

/**
 * Examples of requests and answers, by the operation's id. The tests send the requests, and validate both against the
 * schemas. Requests that use a cookie are sent with `X-CSRF: 1`, and only as JSON.
 */
export const examples = {
  exchangeCode: {
    requests: {
      own_pkce: { summary: "The page made verifier and nonce", value: ownPkce },
      with_tenant: { summary: "The tenant's state too", value: { ...ownPkce, include: ["tenant"] } },
      with_api_token: { summary: "A token for your own API too", value: { ...ownPkce, ...askForApiToken } },
      after_start_login: {
        summary: "The sign-in began with start-login",
        value: { code, state, iss: claims.iss },
        usesCookie: true,
      },
    },
    answers: {
      tokens: { summary: "Tokens and claims; the session is in a cookie", value: pageTokens },
      with_tenant: { summary: "The tenant's state too", value: { ...pageTokens, tenant } },
      with_api_token: { summary: "A token for your own API too", value: { ...pageTokens, ...apiToken } },
    },
  },
  refreshToken: {
    requests: {
      cookie: { summary: "The session is in a cookie", value: {}, usesCookie: true },
      same_user: {
        summary: "Only for the user and tenant that the page shows",
        value: { sub, ctx: tenantCode },
        usesCookie: true,
      },
      sealed: { summary: "Delivery sealed", value: { refresh_token: sealed } },
    },
    answers: {
      tokens: { summary: "Tokens and claims", value: { ...pageTokens, claims: refreshedClaims } },
      sealed: {
        summary: "Delivery sealed: the value to keep from now on",
        value: { ...pageTokens, claims: refreshedClaims, refresh_token: sealed },
      },
    },
  },
  token: {
    requests: {
      code: { summary: "An authorization code", value: codeGrant },
      code_with_tenant: { summary: "The tenant's state too", value: { ...codeGrant, include: ["tenant"] } },
      refresh: {
        summary: "The session is in a cookie",
        value: { grant_type: "refresh_token" },
        usesCookie: true,
      },
      refresh_sealed: {
        summary: "Delivery sealed",
        value: { grant_type: "refresh_token", refresh_token: sealed },
      },
    },
    answers: { tokens: { summary: "Tokens and claims", value: pageTokens } },
  },
  startLogin: {
    requests: {
      any_tenant: { summary: "The user chooses the tenant", value: { redirect_uri: redirectUri } },
      one_tenant: {
        summary: "A tenant and a user are known",
        value: { redirect_uri: redirectUri, tenant: tenantCode, login_hint: sub },
      },
      kept: {
        summary: "Whether the browser keeps the cookie of a sign-in",
        value: { state },
        usesCookie: true,
      },
    },
    answers: {
      begun: {
        summary: "Where the page goes next",
        value: {
          authorization_url: `https://sod.superoffice.com/login/common/oauth/authorize?response_type=code&scope=openid&state=${state}`,
          state,
        },
      },
      kept: { summary: "The browser sent the cookie back", value: { kept: true } },
    },
  },
  revokeToken: {
    requests: {
      cookie: { summary: "The session is in a cookie", value: {}, usesCookie: true },
      sealed: { summary: "Delivery sealed", value: { token: sealed, token_type_hint: "refresh_token" } },
    },
    answers: { revoked: { summary: "The session has ended", value: revoked } },
  },
  signedExchangeCode: {
    requests: {
      pkce: { summary: "With PKCE and nonce", value: ownPkce },
      with_tenant: { summary: "The tenant's state too", value: { ...ownPkce, include: ["tenant"] } },
    },
    answers: {
      tokens: { summary: "Tokens and claims", value: cloudTokens },
      with_tenant: {
        summary: "The tenant could not be read, which fails nothing",
        value: { ...cloudTokens, tenant: null },
      },
      system_token: {
        summary: "A claim that only cloud functions see",
        value: { ...cloudTokens, claims: { ...claims, system_token: "Example-8k8Q7DmBgo" } },
      },
    },
  },
  signedRefreshToken: {
    requests: {
      refresh: { summary: "A stored refresh token", value: { refresh_token: refreshToken } },
      same_user: {
        summary: "Only for the user and tenant of the sign-in",
        value: { refresh_token: refreshToken, sub, ctx: tenantCode },
      },
    },
    answers: {
      tokens: { summary: "Tokens and claims", value: { ...cloudTokens, claims: refreshedClaims } },
      no_api_token: {
        summary: "A user whom no token for your own API can name",
        value: { ...cloudTokens, claims: { ...refreshedClaims, associateid: undefined }, api_token: null },
      },
    },
  },
  signedToken: {
    requests: {
      code: { summary: "An authorization code", value: codeGrant },
      refresh: { summary: "A stored refresh token", value: { ...refreshGrant, include: ["tenant"] } },
    },
    answers: {
      tokens: { summary: "Tokens and claims", value: { ...cloudTokens, tenant } },
    },
  },
  signedRevokeToken: {
    requests: { revoke: { summary: "A stored refresh token", value: { token: refreshToken } } },
    answers: { revoked: { summary: "The token is dead", value: revoked } },
  },
  signedAuthenticateSystemUser: {
    requests: {
      system_user: {
        summary: "A tenant that has approved the application",
        value: { tenant: "Cust26759", system_token: "Example-8k8Q7DmBgo" },
      },
      with_tenant: {
        summary: "The tenant's state too",
        value: { tenant: "Cust26759", system_token: "Example-8k8Q7DmBgo", include: ["tenant"] },
      },
    },
    answers: {
      ticket: {
        summary: "The ticket",
        value: {
          token_type: "SOTicket",
          ticket: "7T:MAAxADQAOAAwADUAYwA1",
          expires_at: 1516321256,
          claims: {
            iss: "SuperOffice AS",
            sub: "system@cust26759.example.com",
            aud: "spn:1730265981",
            iat: 1516299656,
            nbf: 1516299596,
            exp: 1516321256,
            ctx: "Cust26759",
            serial: "1730265981",
          },
        },
      },
    },
  },
  signedHealth: {
    requests: { health: { summary: "Nothing is asked for", value: {} } },
    answers: {
      ok: {
        summary: "All is well",
        value: {
          status: "ok",
          version: "0.3.0",
          environment: "sod",
          secret: heldSecret,
          key_set: heldKeys,
          clock_skew_seconds: 0,
        },
      },
      unusable: {
        summary: "The secret was changed to something that cannot be used, and an older version is in use",
        value: {
          status: "degraded",
          version: "0.3.0",
          environment: "sod",
          secret: {
            ...heldSecret,
            age_seconds: 342,
            stale: true,
            problem: 'a secret in Secrets Manager cannot be used: it lacks "client_id"',
          },
          key_set: heldKeys,
          clock_skew_seconds: 0,
        },
      },
      degraded: {
        summary: "SuperOffice cannot be reached",
        value: {
          status: "degraded",
          version: "0.3.0",
          environment: "sod",
          secret: heldSecret,
          key_set: { age_seconds: null, stale: false, error: "key_set_unavailable", key_ids: [] },
          clock_skew_seconds: null,
        },
      },
    },
  },
} satisfies Readonly<Record<string, OperationExamples>>
