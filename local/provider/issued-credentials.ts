import { accessTokenValue, ticketValue } from "./token-values.ts"
import type { SampleTenant, User } from "./users.ts"

/** The owner of a credential: a user of a tenant or, without `user`, the application's system user in it. */
export interface Principal {
  readonly tenant: SampleTenant
  readonly user: User | undefined
}

/** The credentials that were issued for the tenants' REST API. */
export interface IssuedCredentials {
  /** For the header `Authorization: Bearer …`. Valid for an hour. */
  issueAccessToken(user: User): string
  /** For the header `Authorization: SOTicket …`. Valid for six hours after its latest use. */
  issueTicket(tenant: SampleTenant): string
  /** The owner of a credential; undefined when it is unknown or expired. */
  principalOf(credential: string): Principal | undefined
}

const accessTokenMs = 3_600_000
export const ticketSeconds = 6 * 3_600

export function rememberCredentials(now: () => Date): IssuedCredentials {
  const issued = new Map<string, { readonly principal: Principal; until: number }>()
  const inTime = (ms: number): number => now().getTime() + ms
  return {
    issueAccessToken(user) {
      const token = accessTokenValue(user.tenant.ctx)
      issued.set(token, { principal: { tenant: user.tenant, user }, until: inTime(accessTokenMs) })
      return token
    },
    issueTicket(tenant) {
      const ticket = ticketValue()
      issued.set(ticket, { principal: { tenant, user: undefined }, until: inTime(ticketSeconds * 1000) })
      return ticket
    },
    principalOf(credential) {
      const known = issued.get(credential)
      if (!known || now().getTime() >= known.until) return undefined
      if (known.principal.user === undefined) known.until = inTime(ticketSeconds * 1000)
      return known.principal
    },
  }
}
