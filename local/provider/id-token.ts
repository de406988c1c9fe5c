import { CompactSign } from "jose"
import { unixSeconds } from "../../lib/seconds.ts"
import type { SigningKey } from "./keys.ts"
import type { SampleTenant, User } from "./users.ts"

/**
 * SuperOffice's id_tokens come in two generations, and real tokens of both are known.
 * Until 2019 or so: header `typ, alg, x5t` and `iat` as a string. By 2022: `alg, kid, x5t, typ` and `iat` as a number.
 */
export type Generation = "2018" | "2022"

/** The shape of id_tokens. */
export interface IdTokenShape {
  generation: Generation
  /** Changes the claims before they are signed: a user who was renamed, or a tenant in small letters. */
  changeClaims: (claims: Readonly<Record<string, unknown>>) => object
}

/** What an id_token is made from. */
export interface IdTokenContent {
  readonly user: User
  readonly issuer: string
  readonly clientId: string
  /** Base URL of the tenants: this provider's own, so that the tenant URLs in the token can be requested. */
  readonly tenantBase: string
  /** Echoed after a code exchange; a refreshed id_token has none (OIDC Core §12.2). */
  readonly nonce: string | undefined
  readonly issuedAt: Date
}

/** Signs an id_token in SuperOffice's shape: members in its order, its types, valid for five minutes. */
export function signIdToken(
  content: IdTokenContent,
  key: SigningKey,
  { generation, changeClaims }: Readonly<IdTokenShape>,
): Promise<string> {
  const claims = generation === "2018" ? claimsOf2018(content) : claimsOf2022(content)
  return signClaims(changeClaims(claims), key, generation)
}

/** Signs any claims, with the header of a generation. */
export function signClaims(claims: object, key: SigningKey, generation: Generation): Promise<string> {
  const header =
    generation === "2018"
      ? { typ: "JWT", alg: "RS256", x5t: key.x5t }
      : { alg: "RS256", kid: key.kid, x5t: key.x5t, typ: "JWT" }
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(key.privateKey)
}

function claimsOf2018(content: IdTokenContent) {
  const iat = unixSeconds(content.issuedAt)
  return {
    sub: content.user.email,
    ...identityClaims({
      ...userClaims(content.user, "superoffice-online"),
      ...tenantUrls(content.user.tenant, content.tenantBase, "Services82"),
      system_token: content.user.systemToken,
    }),
    iat: String(iat),
    nonce: content.nonce,
    iss: content.issuer,
    aud: content.clientId,
    exp: iat + 300,
    nbf: iat - 60,
  }
}

function claimsOf2022(content: IdTokenContent) {
  const iat = unixSeconds(content.issuedAt)
  return {
    sub: content.user.email,
    ...identityClaims({
      ...userClaims(content.user, "central-superid"),
      company_name: content.user.tenant.companyName,
      ...tenantUrls(content.user.tenant, content.tenantBase, "Services88"),
      initials: content.user.initials,
      so_primary_email_address: content.user.email,
      system_token: content.user.systemToken,
    }),
    iat,
    nonce: content.nonce,
    nbf: iat - 60,
    exp: iat + 300,
    iss: content.issuer,
    aud: content.clientId,
  }
}

/** Every identity claim is a string, including numbers and booleans. */
export type IdentityClaims = Readonly<Record<string, string | undefined>>

function userClaims(user: User, identityProvider: string): IdentityClaims {
  return {
    associateid: String(user.associateId),
    identityprovider: identityProvider,
    email: user.email,
    upn: user.email,
    ctx: user.tenant.ctx,
    is_administrator: user.isAdministrator ? "True" : "False",
    serial: user.tenant.serial,
  }
}

/** The claims with a tenant's URLs. */
export function tenantUrls({ ctx }: SampleTenant, tenantBase: string, services: string): IdentityClaims {
  return {
    netserver_url: `${tenantBase}/${ctx}/Remote/${services}/`,
    webapi_url: `${tenantBase}/${ctx}/api/`,
  }
}

/** Puts claims into SuperOffice's namespace, which is `http:`, not `https:`. */
export function identityClaims(claims: IdentityClaims): IdentityClaims {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [`http://schemes.superoffice.net/identity/${name}`, value]),
  )
}
