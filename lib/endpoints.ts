import type { Environment } from "./contract.ts"

/**
 * The URLs of SuperOffice's login service. They are not discovered, because the discovery document is not at the URL that
 * its issuer demands (OIDC Discovery §4), and because we need nothing else from it.
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
  /** Ends with a slash: append a tenant's context identifier. */
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
 * Returns a URL that a bearer token may be sent to, unchanged: `https:` on superoffice.com or a sub-domain of it, or any on
 * the host of a local provider. Undefined for anything else.
 */
export function superOfficeUrl(
  value: unknown,
  { localHost }: { readonly localHost: string | undefined },
): string | undefined {
  // Plain characters only, because URL parsers disagree on the others.
  if (typeof value !== "string" || !/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(value)) return undefined
  if (!URL.canParse(value)) return undefined
  const { protocol, hostname, port, username, password } = new URL(value)
  if (username || password) return undefined
  if (localHost !== undefined && hostname === localHost) return value
  const isSuperOffice = hostname === "superoffice.com" || hostname.endsWith(".superoffice.com")
  return protocol === "https:" && isSuperOffice && port === "" ? value : undefined
}
