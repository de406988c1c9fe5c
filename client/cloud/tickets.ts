import type { AuthenticateSystemUserResponse } from "../../lib/contract.ts"
import type { AuthenticateSystemUserRequest } from "../../lib/requests.ts"
import { isKey, LeastRecentlyUsed, refusalOf, resultOf, share, type Shared } from "./cache.ts"
import type { CallOptions, Client } from "./client.ts"
import { transportError, type Result } from "./result.ts"

/**
 * A ticket of `TicketCache`. It has no `expires_at`, because SuperOffice extends a ticket with each use.
 *
 * @example
 * const authorizationOf = ({ token_type, ticket }: Ticket) => `${token_type} ${ticket}`
 */
export type Ticket = Pick<AuthenticateSystemUserResponse, "token_type" | "ticket" | "claims">

/**
 * Options of `cacheTickets`.
 *
 * @example
 * const options: TicketCacheOptions = { maxTenants: 100 }
 */
export interface TicketCacheOptions {
  /** At most so many tenants are kept in memory. Above it, the least recently used goes. Default: 1,000. */
  readonly maxTenants?: number
  /** The clock. Default: that of the machine. */
  readonly now?: () => Date
}

/**
 * The system user's tickets of many tenants, in memory only. `cacheTickets` creates one.
 *
 * @example
 * const result = await tickets.get({ tenant: "Cust12345", system_token })
 * if (result.ok) {
 *   headers.set("authorization", `SOTicket ${result.value.ticket}`)
 *   headers.set("so-apptoken", clientSecret)
 * }
 */
export interface TicketCache {
  /**
   * Results in the system user's ticket of a tenant: from memory, or with one call of `authenticateSystemUser` for all who
   * ask at the same time. Throws nothing. The errors are those of `authenticateSystemUser`. An error is not kept. `signal`
   * ends the wait, but not a request that others wait for.
   *
   * SuperOffice ends a ticket six hours after its last use. Each `get` counts as a use, so call it before each request of
   * yours. A ticket that was handed out less than 5 hours and 59 minutes ago comes from memory.
   *
   * @example
   * const result = await tickets.get({ tenant: "Cust12345", system_token })
   * if (!result.ok) console.error(result.error.code)
   */
  get(request: Omit<AuthenticateSystemUserRequest, "include">, options?: CallOptions): Promise<Result<Ticket>>

  /**
   * Forgets a ticket that SuperOffice refused with 401, so that the next `get` asks for another one. Does nothing if there is
   * a newer one already.
   *
   * @example
   * const result = await tickets.get({ tenant: "Cust12345", system_token })
   * if (result.ok && response.status === 401) tickets.invalidate(result.value.ticket)
   */
  invalidate(ticket: string): void
}

interface Tenant extends Shared<Ticket> {
  ticket: Ticket | undefined
  handedOutAt: number
}

/** SuperOffice's six hours, without a margin of one minute in which the caller's request arrives. */
const maxIdleMs = (6 * 60 - 1) * 60_000

/**
 * Creates a cache of tickets for a client. Create it once, outside of the handler.
 *
 * @example
 * const tickets = cacheTickets(tokens)
 * const result = await tickets.get({ tenant: "Cust12345", system_token })
 */
export function cacheTickets(
  client: Pick<Client, "authenticateSystemUser">,
  options?: TicketCacheOptions,
): TicketCache {
  const { maxTenants = 1_000, now = () => new Date() } = options ?? {}
  const tenants = new LeastRecentlyUsed<Tenant>(maxTenants)

  async function authenticate(
    tenant: Tenant,
    request: AuthenticateSystemUserRequest,
  ): Promise<Result<Ticket>> {
    // Before the request, because SuperOffice issues the ticket at some time while it runs.
    const startedAt = now().getTime()
    const result = await client.authenticateSystemUser(request)
    if (!result.ok) return result
    const { token_type, ticket, claims } = result.value
    tenant.ticket = { token_type, ticket, claims }
    tenant.handedOutAt = startedAt
    return { ok: true, value: tenant.ticket }
  }

  async function find(
    request: Partial<AuthenticateSystemUserRequest> | undefined,
    callOptions: CallOptions | undefined,
  ): Promise<Result<Ticket>> {
    const refusal = refusalOf(maxTenants, callOptions)
    if (refusal) return refusal
    const { tenant: ctx, system_token } = request ?? {}
    if (!ctx || !system_token || !isKey(ctx, system_token)) {
      return transportError("request_malformed", '"tenant" and "system_token" must be texts.')
    }
    // With the system token, so that nobody gets a ticket without it.
    const key = JSON.stringify([ctx, system_token])
    const tenant = tenants.get(key, () => ({ ticket: undefined, handedOutAt: 0, pending: undefined }))
    const at = now().getTime()
    if (tenant.ticket && at - tenant.handedOutAt < maxIdleMs) {
      tenant.handedOutAt = at
      return { ok: true, value: tenant.ticket }
    }
    const body = { tenant: ctx, system_token }
    const result = await share(tenant, () => authenticate(tenant, body), callOptions?.signal)
    if (!result.ok && !tenant.pending) tenants.delete(key, tenant)
    return result
  }

  return {
    get: (request, callOptions) => resultOf(() => find(request, callOptions)),

    invalidate(ticket) {
      for (const tenant of tenants.entries()) {
        if (tenant.ticket?.ticket === ticket) tenant.ticket = undefined
      }
    },
  }
}
