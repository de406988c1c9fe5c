import type { RefreshTokenDelivery } from "../config.ts"

/** The cookies that an answer sets, whether it is a success or an error. */
export interface AnswerCookies {
  /** Sets a cookie. Returns false, and sets nothing, when the cookie is too large for a browser. */
  set(name: string, value: string, maxAgeSeconds: number): boolean
  clear(name: string): void
  /** `Set-Cookie` values. */
  readonly lines: readonly string[]
}

/** Browsers drop a cookie whose name and value come to more than this (RFC 6265bis §5.6). */
const maxBytes = 4_096

/**
 * Collects the cookies of an answer. They are for this host only, over TLS only, and not for scripts (`__Host-`). They have
 * `SameSite=Strict` or, for a page on another site, are partitioned.
 */
export function createAnswerCookies(delivery: RefreshTokenDelivery): AnswerCookies {
  const site = delivery === "partitioned" ? "SameSite=None; Partitioned" : "SameSite=Strict"
  const byName = new Map<string, string>()
  const put = (name: string, value: string, maxAgeSeconds: number): void => {
    byName.set(name, `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; ${site}`)
  }
  return {
    set(name, value, maxAgeSeconds) {
      if (Buffer.byteLength(name + value) >= maxBytes) return false
      put(name, value, maxAgeSeconds)
      return true
    },
    clear(name) {
      put(name, "", 0)
    },
    get lines() {
      return [...byName.values()]
    },
  }
}
