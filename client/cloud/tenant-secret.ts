import { transportError, type Result } from "./result.ts"

/**
 * What `npm run consent` stores about a tenant, as JSON: the content of the secret that `tenantSecretId` names.
 *
 * @example
 * const systemTokenOf = (secretString: string) => (JSON.parse(secretString) as TenantSecret).system_token
 */
export interface TenantSecret {
  /** The context identifier of the tenant, spelled `Cust12345`. */
  readonly tenant: string
  /** For `authenticateSystemUser`. Absent if only a refresh token was asked for and the application has no system user. */
  readonly system_token?: string
  /** When the sign-in was redeemed (ISO 8601). */
  readonly consented_at: string
  /** `associateid` of who signed in. Absent if SuperOffice did not say. */
  readonly consented_by?: number
  /** Of the user who signed in. Only if it was asked for. */
  readonly refresh_token?: string
}

/**
 * A tenant of a deployment.
 *
 * @example
 * const place: TenantOfStage = { stage: "online", tenant: "cust12345" }
 */
export interface TenantOfStage {
  /** The stage of the deployment, as in `deployment.yml`: 1 to 64 letters, digits and hyphens. */
  readonly stage: string
  /** The context identifier of the tenant, in any case of letters: 1 to 32 letters and digits. */
  readonly tenant: string
}

/**
 * Names the secret in AWS Secrets Manager with a tenant's system token: `superoffice/online/tenants/Cust12345`. The policy
 * `TenantSecretsPolicy` of a deployment lets its jobs read these secrets, and no others.
 *
 * Throws nothing: a name that cannot be one of a stage or a tenant results in the error `request_malformed`, so that no
 * other secret is ever read.
 *
 * @example
 * const secretId = tenantSecretId({ stage: "online", tenant: "cust12345" })
 * if (secretId.ok) console.log(secretId.value) // superoffice/online/tenants/Cust12345
 * else console.error(secretId.error.error_description)
 */
export function tenantSecretId(place: TenantOfStage): Result<string> {
  const { stage, tenant }: Partial<Record<keyof TenantOfStage, unknown>> = { ...place }
  if (typeof stage !== "string" || !/^[A-Za-z0-9-]{1,64}$/.test(stage)) {
    return transportError("request_malformed", '"stage" must be 1 to 64 letters, digits and hyphens.')
  }
  const spelled = spellTenant(tenant)
  if (spelled === undefined) {
    return transportError(
      "request_malformed",
      '"tenant" must be a context identifier: 1 to 32 letters and digits.',
    )
  }
  return { ok: true, value: `superoffice/${stage}/tenants/${spelled}` }
}

/** The one spelling of a tenant in names of secrets, because Secrets Manager tells letters apart. Undefined if it is none. */
export function spellTenant(tenant: unknown): string | undefined {
  if (typeof tenant !== "string" || !/^[A-Za-z0-9]{1,32}$/.test(tenant)) return undefined
  return tenant.charAt(0).toUpperCase() + tenant.slice(1).toLowerCase()
}
