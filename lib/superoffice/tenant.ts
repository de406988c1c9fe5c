import type { Config } from "../config.ts"
import type { Tenant, TenantState } from "../contract.ts"
import { parseObject } from "../json.ts"
import type { HttpAnswer } from "../ports.ts"
import { superOfficeUrl } from "../endpoints.ts"
import { isSameTenant } from "../tenant.ts"

/** The states by SuperOffice's numbers. */
const states: Readonly<Record<number, TenantState>> = {
  0: "Unknown",
  1: "Provisioning",
  2: "Running",
  3: "Deleted",
  4: "Suspended",
  5: "OnlineMaintenance",
  6: "OfflineMaintenance",
  8: "ProvisioningFailed",
  10: "Deleting",
  11: "DeleteFailed",
  12: "MigrationPending",
}

/** Reads the answer of SuperOffice's state endpoint. Undefined when it is not one about this tenant. */
export function parseTenant(answer: HttpAnswer, ctx: string, config: Config): Tenant | undefined {
  const { ContextIdentifier: about, ...body } =
    (answer.status === 200 ? parseObject(answer.body) : undefined) ?? {}
  if (typeof about !== "string" || !isSameTenant(about, ctx)) return undefined
  return {
    state: readState(body.State),
    is_running: body.IsRunning === true,
    webapi_url: readWebApiUrl(body.Api, config),
    valid_until: readTime(body.ValidUntil),
  }
}

function readState(value: unknown): TenantState {
  const state =
    typeof value === "number" ? states[value] : Object.values(states).find((name) => name === value)
  return state ?? "Unknown"
}

/** Adds the final slash that the claim of the same name has. */
function readWebApiUrl(value: unknown, config: Config): string | null {
  const url = superOfficeUrl(value, config)
  if (url === undefined) return null
  return url.endsWith("/") ? url : `${url}/`
}

/** .NET writes UTC with or without a zone. */
function readTime(value: unknown): number | null {
  if (typeof value !== "string") return null
  const time = Date.parse(/(?:Z|[+-]\d{2}:\d{2})$/.test(value) ? value : `${value}Z`)
  return Number.isNaN(time) ? null : Math.floor(time / 1000)
}
