import type { TenantState } from "../../lib/contract.ts"
import type { SampleTenant } from "./users.ts"

/** How long an answer holds; SuperOffice moves tenants between hosts. */
const validForMs = 10 * 60_000

/** The state of a tenant as SuperOffice tells it to everybody, with times as .NET writes them. */
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
