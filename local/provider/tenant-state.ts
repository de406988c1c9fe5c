import type { Tenant } from "./users.ts"

/** What can become of a tenant, in SuperOffice's words. */
export type TenantState =
  | "Unknown"
  | "Provisioning"
  | "Running"
  | "Deleted"
  | "Suspended"
  | "OnlineMaintenance"
  | "OfflineMaintenance"
  | "ProvisioningFailed"
  | "Deleting"
  | "DeleteFailed"
  | "MigrationPending"

/** How long an answer holds; SuperOffice moves tenants between hosts. */
const validForMs = 10 * 60_000

/** The state of a tenant as SuperOffice tells it to everybody, with times as .NET writes them. */
export function tenantStateDocument({ ctx }: Tenant, state: TenantState, tenantBase: string, now: Date) {
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
