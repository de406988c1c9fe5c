import type { IncomingHttpHeaders } from "node:http"
import { isSameTenant } from "../../lib/tenant.ts"
import type { IssuedCredentials, Principal } from "./issued-credentials.ts"

/**
 * The caller of a tenant's REST API: a user by `Bearer`, the system user by `SOTicket` with the application's secret
 * in `SO-AppToken`. Undefined when the credential was not issued here, or was issued for another tenant.
 */
export function principalOfRequest(
  headers: IncomingHttpHeaders,
  ctx: string,
  { credentials, clientSecret }: { readonly credentials: IssuedCredentials; readonly clientSecret: string },
): Principal | undefined {
  const [, scheme = "", credential = ""] = /^(\S+) (\S+)$/.exec(headers.authorization ?? "") ?? []
  const principal = credentials.principalOf(credential)
  if (!principal || !isSameTenant(principal.tenant.ctx, ctx)) return undefined
  const isAllowed = principal.user
    ? scheme.toLowerCase() === "bearer"
    : scheme.toLowerCase() === "soticket" && headers["so-apptoken"] === clientSecret
  return isAllowed ? principal : undefined
}

/** The answer to `GET {tenant}/api/v1/{path}`: of the few resources that are here. */
export function resourceOf(path: string, principal: Principal): object | undefined {
  if (/^user\/currentprincipal$/i.test(path)) return currentPrincipal(principal)
  const { contacts } = principal.tenant
  if (/^contact$/i.test(path))
    return { value: contacts.map(({ ContactId: contactId, Name: name }) => ({ contactId, name })) }
  const [, id] = /^contact\/(\d+)$/i.exec(path) ?? []
  return contacts.find(({ ContactId }) => ContactId === Number(id))
}

/** The members of SuperOffice's `SoPrincipalCarrier` for which this provider has a value. */
function currentPrincipal({ tenant, user }: Principal) {
  return {
    UserType: user ? "InternalAssociate" : "SystemAssociate",
    AssociateId: user?.associateId ?? 1,
    Associate: user?.initials ?? "SYSTEM",
    IsPerson: user !== undefined,
    EMailAddress: user?.email ?? "",
    DatabaseContextIdentifier: tenant.ctx,
    UserName: user?.email ?? `system@${tenant.ctx.toLowerCase()}.example.com`,
  }
}
