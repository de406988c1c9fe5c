import type { TenantState } from "../../lib/contract.ts"
import type { SampleTenant } from "./users.ts"

/** How long an answer is valid. It is limited because SuperOffice moves tenants between hosts. */
const validForMs = 10 * 60_000

/** The answer of SuperOffice's public endpoint for a tenant's state, with times in .NET's format. */
export function tenantStateDocument(
  { ctx }: SampleTenant,
  state: TenantState,
  tenantBase: string,
  now: Date,
) {
  return {
    ContextIdentifier: ctx,
    Endpoint: `${tenantBase}/${ctx}`,
    State: state,
    IsRunning: state === "Running" || state === "OnlineMaintenance",
    ValidUntil: new Date(now.getTime() + validForMs).toISOString().replace("Z", "0000Z"),
    // Unlike the claim, without a slash at its end.
    Api: `${tenantBase}/${ctx}/api`,
  }
}
