import type { ClientCredentials } from "../ports.ts"
import type { BrowserCaller } from "../request/caller.ts"
import type { RequestContext } from "../request/context.ts"
import { isLoginCookieName, sessionCookiePrefix } from "../session/cookie-names.ts"
import { maxLogins } from "../session/login.ts"
import { maxSessions, signInTimeOf } from "../session/session.ts"

/** All our cookies together, of all origins. API Gateway refuses requests with more than 10,240 bytes of headers. */
const maxBytes = 6 * 1024

/** How many cookies one answer clears, so that a request does not decide how long its answer is. */
const maxCleared = 8

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
  const kept = new Map(cookies.all)
  for (const [name, value] of context.cookies.changes) {
    if (value === "") kept.delete(name)
    else kept.set(name, value)
  }
  const logins = [...kept.keys()].filter(isLoginCookieName)
  const sessions = [...kept.keys()].filter((name) => !isLoginCookieName(name))
  const own = sessions.filter((name) => name.startsWith(sessionCookiePrefix(origin)))
  let left = maxCleared - cookies.ambiguous.length
  const clear = (name: string): void => {
    if (left === 0 || !kept.delete(name)) return
    left -= 1
    context.cookies.clear(name)
  }
  // A browser sends the oldest first (RFC 6265 §5.4).
  for (const name of logins.slice(0, Math.max(0, logins.length - maxLogins))) clear(name)
  if (own.length <= maxSessions && bytesOf(kept) <= maxBytes) return

  const aged = await Promise.all(
    [...kept].map(async ([name, value]) => ({ name, time: await signInTimeOf(value, sealingKeys) })),
  )
  const oldestFirst = aged.sort((a, b) => a.time - b.time).map(({ name }) => name)
  const isOwn = (name: string): boolean => name.startsWith(sessionCookiePrefix(origin))
  const ownSessions = oldestFirst.filter((name) => isOwn(name) && name !== set)
  for (const name of ownSessions.slice(0, Math.max(0, own.length - maxSessions))) clear(name)
  const otherSessions = oldestFirst.filter((name) => !isOwn(name) && !isLoginCookieName(name))
  for (const name of [...logins.filter((login) => login !== set), ...ownSessions, ...otherSessions]) {
    if (left === 0 || bytesOf(kept) <= maxBytes) return
    clear(name)
  }
}

/** As a request has them: `name=value; `. */
function bytesOf(cookies: ReadonlyMap<string, string>): number {
  let bytes = 0
  for (const [name, value] of cookies) bytes += Buffer.byteLength(`${name}=${value}; `)
  return bytes
}
