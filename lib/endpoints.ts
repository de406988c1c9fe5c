import type { Environment } from "./contract.ts"

/**
 * Where SuperOffice's login service stands, by table: no discovery call, since the discovery document does not stand
 * where its issuer says it should (OIDC Discovery §4), and nothing that it says is needed.
 */
export interface Endpoints {
  /** What `iss` must be, exactly: no `/login`, no trailing slash. */
  readonly issuer: string
  readonly authorization: string
  readonly token: string
  readonly revocation: string
  readonly jwks: string
  readonly endSession: string
  readonly systemUser: string
  /** Of a tenant, when its context identifier is put behind it. */
  readonly tenantState: string
}

/** The endpoints of an environment; `localProviderUrl` moves all of them, but never the issuer. */
export function endpointsOf(environment: Environment, localProviderUrl?: URL): Endpoints {
  const issuer = `https://${environment}.superoffice.com`
  const base = localProviderUrl?.origin ?? issuer
  const login = `${base}/login`
  return {
    issuer,
    authorization: `${login}/common/oauth/authorize`,
    token: `${login}/common/oauth/tokens`,
    revocation: `${login}/common/oauth/revoke`,
    jwks: `${login}/.well-known/jwks`,
    endSession: `${login}/logout`,
    systemUser: `${base}/Login/api/PartnerSystemUser/Authenticate`,
    tenantState: `${base}/api/state/`,
  }
}

/**
 * A URL that a bearer token may be sent to, as it was written: `https:` on superoffice.com or below it, or the host of a
 * local provider. Undefined for anything else.
 */
export function superOfficeUrl(
  value: unknown,
  { localHost }: { readonly localHost: string | undefined },
): string | undefined {
  // Spelled out, since parsers disagree on what else may be read as one.
  if (typeof value !== "string" || !/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(value)) return undefined
  if (!URL.canParse(value)) return undefined
  const { protocol, hostname, port, username, password } = new URL(value)
  if (username || password) return undefined
  if (localHost !== undefined && hostname === localHost) return value
  const isSuperOffice = hostname === "superoffice.com" || hostname.endsWith(".superoffice.com")
  return protocol === "https:" && isSuperOffice && port === "" ? value : undefined
}
