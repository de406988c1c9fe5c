import { keepsCookies } from "../config.ts"
import type { RequestContext } from "../request/context.ts"
import { sessionCookieName } from "../session/cookie-names.ts"

/** Ends a page's session of a tenant: clears its cookie, where the deployment has cookies. */
export function clearSessionCookie(
  origin: string,
  ctx: string,
  { config, cookies }: Pick<RequestContext, "config" | "cookies">,
): void {
  if (keepsCookies(config)) cookies.clear(sessionCookieName(origin, ctx))
}
