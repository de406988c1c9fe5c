/**
 * A tenant's state, as SuperOffice's state endpoint describes it.
 *
 * @example
 * const apiOf = ({ is_running, webapi_url }: Tenant) => (is_running ? webapi_url : null)
 */
export interface Tenant {
  /** E.g. `Running`, `Suspended` or `OnlineMaintenance`. `Unknown` if SuperOffice sends a state that is not listed. */
  readonly state: TenantState
  /** Whether the tenant can be used, as SuperOffice says: true for `Running` and `OnlineMaintenance`. */
  readonly is_running: boolean
  /** The current base URL of the tenant's REST API, ending with a slash. Null if SuperOffice gave none on superoffice.com. */
  readonly webapi_url: string | null
  /** When this information expires, in Unix seconds. Null if SuperOffice did not say. */
  readonly valid_until: number | null
}

/**
 * SuperOffice's names for the states of a tenant.
 *
 * @example
 * const isGone = (state: TenantState) => state === "Deleting" || state === "Deleted"
 */
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
