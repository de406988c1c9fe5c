/**
 * The validated claims that every caller may see. Points in time are Unix seconds.
 *
 * Key users by `ctx` and `associateid`: `sub` is an e-mail-like name that can occur in several tenants.
 */
export interface Claims {
  /** OIDC Core §2: the environment's issuer, e.g. `https://online.superoffice.com`. */
  readonly iss: string
  /** OIDC Core §2: the user's name at SuperOffice; not unique across tenants. */
  readonly sub: string
  /** OIDC Core §2: our client id, collapsed from an array. */
  readonly aud: string
  /** RFC 7519 §4.1.6 */
  readonly iat: number
  /** RFC 7519 §4.1.5 */
  readonly nbf: number
  /** RFC 7519 §4.1.4 */
  readonly exp: number
  /** OIDC Core §2; absent after a refresh. */
  readonly nonce?: string
  /** OIDC Core §3.1.3.6 */
  readonly at_hash?: string
  /** The tenant, e.g. `Cust12020`. */
  readonly ctx: string
  /** The user's number within the tenant. */
  readonly associateid?: number
  /** The customer's serial number, kept as text. */
  readonly serial?: string
  readonly is_administrator?: boolean
  readonly email?: string
  readonly upn?: string
  readonly company_name?: string
  readonly initials?: string
  readonly so_primary_email_address?: string
  readonly identityprovider?: string
  /** Only ever `https:` on superoffice.com or a sub-domain of it. */
  readonly netserver_url?: string
  /** Base URL of the tenant's REST API, same rule. */
  readonly webapi_url?: string
  readonly firstname?: string
  readonly lastname?: string
}

/** What a cloud function sees: also `system_token` or `ticket`, and every claim that we do not know, as received. */
export type AllClaims = Claims & Readonly<Record<string, unknown>>
