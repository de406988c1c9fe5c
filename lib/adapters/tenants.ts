import type { Config } from "../config.ts"
import type { Tenant } from "../contract.ts"
import type { Ports } from "../ports.ts"
import { parseTenant } from "../superoffice/tenant.ts"
import { canonicalTenant, tenantPattern } from "../tenant.ts"

const maxTenants = 100
const maxAgeMs = 60 * 60 * 1000

/** Caches the states of up to 100 tenants, each for an hour or until SuperOffice's own limit, whichever is earlier. */
export function createTenantCache(
  config: Config,
  { superOffice, now }: Pick<Ports, "superOffice" | "now">,
): Ports["tenant"] {
  // A Map keeps the order of insertion, so its first entry is the oldest.
  const kept = new Map<string, { readonly tenant: Tenant; readonly until: number }>()
  return async (ctx, deadline) => {
    const name = canonicalTenant(ctx)
    const known = kept.get(name)
    if (known && now().getTime() < known.until) return known.tenant
    if (!tenantPattern.test(ctx)) return undefined
    const request = {
      method: "GET",
      url: config.endpoints.tenantState + ctx,
      needsBody: (status: number) => status === 200,
    } as const
    // The state is optional, so no failure may fail the exchange.
    const answer = await superOffice(request, deadline).catch(() => undefined)
    const tenant = answer && parseTenant(answer, ctx, config)
    kept.delete(name)
    if (tenant === undefined) return undefined
    kept.set(name, { tenant, until: usableUntil(tenant, now()) })
    const [oldest] = kept.keys()
    if (kept.size > maxTenants && oldest !== undefined) kept.delete(oldest)
    return tenant
  }
}

function usableUntil(tenant: Tenant, now: Date): number {
  const latest = now.getTime() + maxAgeMs
  return tenant.valid_until === null ? latest : Math.min(latest, tenant.valid_until * 1000)
}
