import { shortHash } from "../short-hash.ts"
import { canonicalTenant } from "../tenant.ts"

/** One cookie per origin and tenant, so that neither two listed origins nor two tenants end each other's session. */
export function sessionCookieName(origin: string, ctx: string): string {
  return sessionCookiePrefix(origin) + shortHash(canonicalTenant(ctx))
}

/** What the names of all sessions of an origin begin with. */
export function sessionCookiePrefix(origin: string): string {
  return `__Host-so-session-${shortHash(origin)}-`
}

/** One cookie per sign-in, so that parallel tabs do not overwrite each other. */
export function loginCookieName(state: string): string {
  return `__Host-so-login-${shortHash(state)}`
}

/**
 * True for a name that is exactly of one of our two patterns. Nothing is trimmed or normalized, because browsers guard the
 * prefix `__Host-` only as it stands: a sibling site can set a cookie with white space of Unicode before it.
 */
export function isOurCookieName(name: string): boolean {
  return /^__Host-so-(?:session-[0-9a-f]{8}|login)-[0-9a-f]{8}$/.test(name)
}

export function isLoginCookieName(name: string): boolean {
  return isOurCookieName(name) && name.startsWith("__Host-so-login-")
}
