import {
  cacheAccessTokens,
  cacheTickets,
  type AccessTokenCacheOptions,
  type AccessTokenRequest,
  type AuthenticateSystemUserRequest,
  type Result,
  type TicketCacheOptions,
} from "../../../client/cloud.ts"
import { systemUserResponse, withoutRefreshToken } from "./values.ts"

export const start = Date.parse("2030-01-01T00:00:00Z")

/** A client that numbers what it issues, and a clock that a test sets. */
function startService(issue: (count: number) => object) {
  const service = {
    seconds: 0,
    now: () => new Date(start + service.seconds * 1000),
    requests: [] as unknown[],
    issued: (changes: object = {}): unknown => ({
      ok: true,
      value: { ...issue(service.requests.length), ...changes },
    }),
    /** What a test may replace, also by what no client returns. */
    answer: (): unknown => service.issued(),
    send: async (request: unknown): Promise<never> => {
      service.requests.push(request)
      return (await service.answer()) as never
    },
  }
  return service
}

export const ann: AccessTokenRequest = {
  refresh_token: "refresh-of-ann",
  sub: "ann@example.com",
  ctx: "Cust12345",
}

/** A cache of access tokens, over a client that numbers them. `text` gives the access token alone, or the error's code. */
export function startAccessTokens(options: AccessTokenCacheOptions = {}) {
  const service = startService((count) => ({ ...withoutRefreshToken, access_token: `access-${count}` }))
  const cache = cacheAccessTokens({ refreshToken: service.send }, { now: service.now, ...options })
  const get = (request: unknown = ann, callOptions?: object) =>
    cache.get(request as AccessTokenRequest, callOptions)
  const text = async (request?: object) => textOf(await get(request), ({ access_token }) => access_token)
  const invalidate = (issued: string): void => {
    cache.invalidate(issued)
  }
  return Object.assign(service, { get, text, invalidate })
}

export const tenant: AuthenticateSystemUserRequest = { tenant: "Cust12345", system_token: "App-abc" }

/** A cache of tickets, likewise. */
export function startTickets(options: TicketCacheOptions = {}) {
  const service = startService((count) => ({ ...systemUserResponse, ticket: `ticket-${count}` }))
  const cache = cacheTickets({ authenticateSystemUser: service.send }, { now: service.now, ...options })
  const get = (request: unknown = tenant, callOptions?: object) =>
    cache.get(request as AuthenticateSystemUserRequest, callOptions)
  const text = async (request?: object) => textOf(await get(request), ({ ticket }) => ticket)
  const invalidate = (issued: string): void => {
    cache.invalidate(issued)
  }
  return Object.assign(service, { get, text, invalidate })
}

function textOf<Value>(result: Result<Value>, read: (value: Value) => string): string {
  return result.ok ? read(result.value) : result.error.code
}
