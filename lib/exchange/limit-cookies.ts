import type { ClientCredentials } from "../ports.ts"
import type { BrowserCaller } from "../request/caller.ts"
import type { RequestContext } from "../request/context.ts"
import { isLoginCookieName, sessionCookiePrefix } from "../session/cookie-names.ts"
import { signInTimeOf } from "../session/session.ts"

/** How many sign-ins may be under way in one browser. A limit, because an abandoned sign-in keeps its cookie. */
const maxLogins = 4

/** How many tenants a browser may be signed in to on one origin. A limit, because each has a cookie. */
const maxSessions = 4

/** All our cookies together, of all origins. API Gateway refuses requests with more than 10,240 bytes of headers. */
const maxBytes = 6 * 1024

/**
 * Makes room for a cookie that the answer sets: at most four sign-ins under way, four sessions of the page's origin, and
 * 6 KiB of all our cookies. Clears sign-ins first, the oldest first, then the oldest sessions of this origin, then those of
 * others.
 */
export async function limitCookies(
  set: string,
  { origin, cookies }: BrowserCaller,
  { sealingKeys }: ClientCredentials,
  context: RequestContext,
): Promise<void> {
  const kept = new Map(cookies.byName)
  for (const [name, value] of context.cookies.changes) {
    if (value === "") kept.delete(name)
    else kept.set(name, value)
  }
  const prefix = sessionCookiePrefix(origin)
  const logins = [...kept.keys()].filter(isLoginCookieName)
  const ownCount = [...kept.keys()].filter((name) => name.startsWith(prefix)).length
  const clear = (name: string): boolean => {
    if (kept.has(name) && !context.cookies.clearIfRoom(name)) return false
    kept.delete(name)
    return true
  }
  // A browser sends the oldest first (RFC 6265 §5.4).
  for (const name of logins.slice(0, Math.max(0, logins.length - maxLogins))) clear(name)
  if (ownCount <= maxSessions && bytesOf(kept) <= maxBytes) return

  const aged = await Promise.all(
    [...kept].map(async ([name, value]) => ({ name, time: await signInTimeOf(value, sealingKeys) })),
  )
  const oldestFirst = aged
    .sort((a, b) => a.time - b.time)
    .map(({ name }) => name)
    .filter((name) => name !== set)
  const own = oldestFirst.filter((name) => name.startsWith(prefix))
  for (const name of own.slice(0, Math.max(0, ownCount - maxSessions))) clear(name)
  for (const name of [...oldestFirst.filter(isLoginCookieName), ...own, ...oldestFirst]) {
    if (bytesOf(kept) <= maxBytes || !clear(name)) return
  }
}

/** As a request has them: `name=value; `. */
function bytesOf(cookies: ReadonlyMap<string, string>): number {
  let bytes = 0
  for (const [name, value] of cookies) bytes += Buffer.byteLength(`${name}=${value}; `)
  return bytes
}
