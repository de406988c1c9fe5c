import type { TenantSecret, TokenResponse } from "../../client/cloud.ts"
import { isSameTenant } from "../../lib/tenant.ts"
import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { print, yellow } from "../terminal.ts"
import type { ConsentOptions } from "./options.ts"

/** What a sign-in gives to store, and whether that is all that was asked for. */
export interface Consented {
  readonly content: TenantSecret
  readonly isComplete: boolean
}

/**
 * Tells the operator who consented, and takes from the answer what is stored. Throws `CommandFailure` if that is another
 * tenant's, or nothing. No token is printed.
 */
export function readConsent(
  { claims, refresh_token: refreshToken }: TokenResponse,
  { tenant, withRefreshToken, command }: ConsentOptions,
  now: Date,
): Consented {
  const { ctx, associateid, system_token: systemToken } = claims
  print(`Signed in: ${whoOf(claims)}.`)
  if (!isSameTenant(ctx, tenant)) {
    throw new CommandFailure(
      `The sign-in was to ${plain(ctx, 64)}, not to ${tenant}: nothing was stored. Begin again, and choose ${tenant} at ` +
        `SuperOffice's login page; a private window of the browser asks for a user: ${command}`,
    )
  }
  if (claims.is_administrator !== true) {
    print(
      yellow(
        "Warning: SuperOffice does not call this user an administrator of the tenant, and only an administrator can approve " +
          "the application there.",
      ),
    )
  }
  const hasSystemToken = typeof systemToken === "string" && systemToken !== ""
  const keepsRefreshToken = withRefreshToken && refreshToken !== undefined
  if (!hasSystemToken && !keepsRefreshToken) throw new CommandFailure(`${noSystemToken} Nothing was stored.`)
  if (!hasSystemToken) print(yellow(`Warning: ${noSystemToken} Only the refresh token is stored.`))
  if (withRefreshToken && !keepsRefreshToken) {
    print(yellow("Warning: SuperOffice sent no refresh token. Only the system token is stored."))
  }
  return {
    content: {
      tenant,
      ...(hasSystemToken && { system_token: systemToken }),
      consented_at: now.toISOString(),
      ...(associateid !== undefined && { consented_by: associateid }),
      ...(keepsRefreshToken && { refresh_token: refreshToken }),
    },
    isComplete: hasSystemToken && keepsRefreshToken === withRefreshToken,
  }
}

const noSystemToken =
  "SuperOffice sent no system token: the application has no system user right, or the tenant's consent is older than that " +
  "right. Give the application that right in the developer portal, and let an administrator of the tenant approve it again."

/** As far as the claims have it. */
function whoOf({
  upn,
  email,
  sub,
  associateid,
  ctx,
  company_name,
  is_administrator,
}: TokenResponse["claims"]): string {
  const company = company_name === undefined ? "" : ` (${plain(company_name, 100)})`
  const role =
    is_administrator === undefined ? "" : is_administrator ? ", an administrator" : ", not an administrator"
  const associate = associateid === undefined ? "" : `, associate ${associateid}`
  return `${plain(upn ?? email ?? sub, 100)}${associate} of ${plain(ctx, 64)}${company}${role}`
}
