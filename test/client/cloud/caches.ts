import {
  cacheAccessTokens,
  cacheTickets,
  type AccessTokenCacheOptions,
  type CallOptions,
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

/** A cache over a service. `text` gives what `read` finds in the value, or the error's code. */
function tested<Request, Value>(
  service: ReturnType<typeof startService>,
  { cache, usual, read }: { cache: Cache<Request, Value>; usual: Request; read: (value: Value) => string },
) {
  const get = (request: unknown = usual, options?: object) => cache.get(request as Request, options)
  const text = async (request?: object) => {
    const result = await get(request)
    return result.ok ? read(result.value) : result.error.code
  }
  const invalidate = (issued: string): void => {
    cache.invalidate(issued)
  }
  return Object.assign(service, { get, text, invalidate })
}

interface Cache<Request, Value> {
  get(request: Request, options?: CallOptions): Promise<Result<Value>>
  invalidate(issued: string): void
}

export const ann = { refresh_token: "refresh-of-ann", sub: "ann@example.com", ctx: "Cust12345" }

/** A cache of access tokens, over a client that numbers them. */
export function startAccessTokens(options: AccessTokenCacheOptions = {}) {
  const service = startService((count) => ({ ...withoutRefreshToken, access_token: `access-${count}` }))
  const cache = cacheAccessTokens({ refreshToken: service.send }, { now: service.now, ...options })
  return tested(service, { cache, usual: ann, read: ({ access_token }) => access_token })
}

export const tenant = { tenant: "Cust12345", system_token: "App-abc" }

/** A cache of tickets, likewise. */
export function startTickets(options: TicketCacheOptions = {}) {
  const service = startService((count) => ({ ...systemUserResponse, ticket: `ticket-${count}` }))
  const cache = cacheTickets({ authenticateSystemUser: service.send }, { now: service.now, ...options })
  return tested(service, { cache, usual: tenant, read: ({ ticket }) => ticket })
}
