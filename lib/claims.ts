/**
 * The validated, normalized claims of an ID Token that every caller receives. Times are in Unix seconds.
 *
 * Identify a user by `ctx` and `associateid`. `sub` looks like an e-mail address and can occur in several tenants.
 *
 * @example
 * const keyOf = ({ ctx, associateid, sub }: Claims) => `${ctx}/${associateid ?? sub}`
 */
export interface Claims {
  /** The environment's issuer, e.g. `https://online.superoffice.com` (OIDC Core §2); `SuperOffice AS` for a system user. */
  readonly iss: string
  /** The user's name at SuperOffice. Not unique across tenants. At most 255 characters (OIDC Core §2). */
  readonly sub: string
  /** The application's client id, never an array (OIDC Core §2); `spn:` and the serial number for a system user. */
  readonly aud: string
  /** When the token was issued (RFC 7519 §4.1.6). */
  readonly iat: number
  /** When the token becomes valid (RFC 7519 §4.1.5). */
  readonly nbf: number
  /** When the token expires (RFC 7519 §4.1.4). */
  readonly exp: number
  /** The nonce of the authorization request (OIDC Core §2). Absent after a refresh. */
  readonly nonce?: string
  /** A hash of the access token (OIDC Core §3.1.3.6). */
  readonly at_hash?: string
  /** The context identifier of the tenant, e.g. `Cust12020`. */
  readonly ctx: string
  /** The user's id within the tenant. */
  readonly associateid?: number
  /** The customer's serial number, as a string. */
  readonly serial?: string
  readonly is_administrator?: boolean
  readonly email?: string
  readonly upn?: string
  readonly company_name?: string
  readonly initials?: string
  readonly so_primary_email_address?: string
  readonly identityprovider?: string
  /** The URL of the tenant's SOAP web services: always `https:`, on superoffice.com or a sub-domain. */
  readonly netserver_url?: string
  /** The base URL of the tenant's REST API: always `https:`, on superoffice.com or a sub-domain. */
  readonly webapi_url?: string
  readonly firstname?: string
  readonly lastname?: string
}

/**
 * The claims that a cloud function receives: those of `Claims`, the credentials `system_token` and `ticket` if present, and
 * every claim that is not listed, as received.
 *
 * @example
 * function systemTokenOf({ system_token }: AllClaims): string | undefined {
 *   return typeof system_token === "string" ? system_token : undefined
 * }
 */
export type AllClaims = Claims & Readonly<Record<string, unknown>>

/**
 * The claims of a system user's token. SuperOffice may leave out those that say who the user is and since when.
 *
 * @example
 * const issuedAt = ({ iat }: SystemUserClaims) => (iat === undefined ? undefined : new Date(iat * 1000))
 */
export type SystemUserClaims = Omit<Claims, "sub" | "iat" | "nbf"> &
  Partial<Pick<Claims, "sub" | "iat" | "nbf">>

/**
 * What a cloud function receives of a system user's token: `SystemUserClaims`, and every other claim, as received.
 *
 * @example
 * const contactsOf = ({ webapi_url }: AllSystemUserClaims) => new URL("v1/Contact", webapi_url)
 */
export type AllSystemUserClaims = SystemUserClaims & Readonly<Record<string, unknown>>
