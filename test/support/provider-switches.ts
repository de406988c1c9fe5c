import type { LocalProvider } from "../../local/provider.ts"
import type { Endpoint } from "../../local/provider/faults.ts"

/** Gives what sets every switch of a provider back to what it is now, so that tests can share one. */
export function keepSwitches(provider: LocalProvider): () => void {
  const { generation, keyIds, otherKeys, changeClaims, clockOffsetSeconds } = provider
  const { systemUserKey, systemUserTenant, systemUserClaims } = provider
  const tenantStates = [...provider.tenantStates]
  return () => {
    Object.assign(provider, { generation, keyIds, otherKeys, changeClaims, clockOffsetSeconds })
    Object.assign(provider, { systemUserKey, systemUserTenant, systemUserClaims })
    for (const map of [provider.consentErrors, provider.movedTenants, provider.systemTokens]) map.clear()
    for (const [tenant, state] of tenantStates) provider.tenantStates.set(tenant, state)
    for (const endpoint of Object.keys(provider.faults)) provider.faults[endpoint as Endpoint] = undefined
  }
}
