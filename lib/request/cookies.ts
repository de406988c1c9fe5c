import type { RefreshTokenDelivery } from "../config.ts"
import { isOurCookieName } from "../session/cookie-names.ts"

/** A request's cookies with names of our own. Anybody may have written their values. */
export interface RequestCookies {
  /** The values of the cookies that came once, in the order in which the browser sent them. */
  readonly byName: ReadonlyMap<string, string>
  /**
   * Names that came more than once. Nobody can tell which cookie is meant, so none counts. A browser sends two of one name
   * when `REFRESH_TOKEN_DELIVERY` was changed: a partitioned cookie does not replace one that is not.
   */
  readonly ambiguous: readonly string[]
}

/** How many ambiguous names one answer clears, so that a request does not decide how long its answer is. */
const maxAmbiguous = 4

/** Reads the cookies that payload format 2.0 lists one by one, `name=value`. Names are compared octet for octet. */
export function readRequestCookies(cookies: unknown): RequestCookies {
  const once = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const cookie of Array.isArray(cookies) ? (cookies as readonly unknown[]) : []) {
    if (typeof cookie !== "string") continue
    const at = cookie.indexOf("=")
    const name = cookie.slice(0, Math.max(0, at))
    if (!isOurCookieName(name)) continue
    if (once.has(name)) ambiguous.add(name)
    once.set(name, cookie.slice(at + 1))
  }
  for (const name of ambiguous) once.delete(name)
  return { byName: once, ambiguous: [...ambiguous].slice(0, maxAmbiguous) }
}

/** The cookies that an answer sets, whether it is a success or an error. */
export interface AnswerCookies {
  /** Sets a cookie. Returns false, and sets nothing, when the cookie is too large for a browser. */
  set(name: string, value: string, maxAgeSeconds: number): boolean
  /** Clears the cookie of a session or of a sign-in that ends. */
  clear(name: string): void
  /** Clears a cookie that nobody can use. Returns false, and does not, when the answer already clears eight. */
  clearIfRoom(name: string): boolean
  /** As `clearIfRoom`, for an ambiguous name: both the partitioned cookie and the other. One that `set` sets is kept. */
  clearBothKinds(name: string): void
  /** What was set, by name. An empty value was cleared. */
  readonly changes: ReadonlyMap<string, string>
  /** Drops every cookie that was set or cleared so far. Without a later call, the answer changes no cookie. */
  discard(): void
  /** `Set-Cookie` values. */
  readonly lines: readonly string[]
}

/** Browsers drop a cookie whose name and value come to more than this (RFC 6265bis §5.6). */
const maxBytes = 4_096

/** How many cookies one answer clears, so that a request does not decide how long its answer is. */
const maxCleared = 8

const kinds = { strict: "SameSite=Strict", partitioned: "SameSite=None; Partitioned" } as const

/**
 * Collects the cookies of an answer. They are for this host only, over TLS only, and not for scripts (`__Host-`). They have
 * `SameSite=Strict` or, for a page on another site, are partitioned.
 */
export function createAnswerCookies(delivery: RefreshTokenDelivery): AnswerCookies {
  const [kind, otherKind] =
    delivery === "partitioned" ? [kinds.partitioned, kinds.strict] : [kinds.strict, kinds.partitioned]
  const changes = new Map<string, string>()
  const lines = new Map<string, string>()
  const ofOtherKind = new Map<string, string>()
  /** Names that `clear` may take the place of. */
  const unusable = new Set<string>()
  const put = (name: string, value: string, maxAgeSeconds: number): void => {
    changes.set(name, value)
    lines.set(name, setCookie(name, value, maxAgeSeconds, kind))
    unusable.delete(name)
  }
  const cleared = (): number => [...changes.values()].filter((value) => value === "").length
  const clearIfRoom = (name: string): boolean => {
    if (lines.has(name)) return true
    if (cleared() >= maxCleared) return false
    put(name, "", 0)
    unusable.add(name)
    return true
  }
  return {
    changes,
    set(name, value, maxAgeSeconds) {
      if (Buffer.byteLength(name + value) >= maxBytes) return false
      put(name, value, maxAgeSeconds)
      return true
    },
    clear(name) {
      put(name, "", 0)
      const [first] = unusable
      if (cleared() <= maxCleared || first === undefined) return
      for (const names of [changes, lines, ofOtherKind, unusable]) names.delete(first)
    },
    clearIfRoom,
    clearBothKinds(name) {
      if (clearIfRoom(name)) ofOtherKind.set(name, setCookie(name, "", 0, otherKind))
    },
    discard() {
      for (const names of [changes, lines, ofOtherKind, unusable]) names.clear()
    },
    get lines() {
      return [...ofOtherKind.values(), ...lines.values()]
    },
  }
}

/** A `Set-Cookie` value (RFC 6265bis §4.1.1). */
function setCookie(name: string, value: string, maxAgeSeconds: number, kind: string): string {
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; ${kind}`
}
