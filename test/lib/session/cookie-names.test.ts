import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  isLoginCookieName,
  isOurCookieName,
  loginCookieName,
  sessionCookieName,
  sessionCookiePrefix,
} from "../../../lib/session/cookie-names.ts"
import { pageOrigin } from "../../support/front-door.ts"

const session = sessionCookieName(pageOrigin, "Cust12020")
const login = loginCookieName("the-state")

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8)
}

describe("the name of a cookie", () => {
  it("has the prefix that keeps it to this host, and fingerprints of origin and tenant, or of state (C42, C69)", () => {
    expect(session).toBe(`__Host-so-session-${fingerprint(pageOrigin)}-${fingerprint("cust12020")}`)
    expect(session).toContain(sessionCookiePrefix(pageOrigin))
    expect(login).toBe(`__Host-so-login-${fingerprint("the-state")}`)
  })

  it("is the same for a tenant in other letters, and for no tenant that only looks like it (C69)", () => {
    const name = sessionCookieName(pageOrigin, "Cust1")
    expect(sessionCookieName(pageOrigin, "CUST1")).toBe(name)
    expect(sessionCookieName(pageOrigin, "Cu\u017ft1")).not.toBe(name)
  })

  it("is known for a session's or a login's", () => {
    expect([session, login].map(isOurCookieName)).toEqual([true, true])
    expect([session, login].map(isLoginCookieName)).toEqual([false, true])
  })

  it.each([
    `\u2000${session}`,
    `${session} `,
    `${session}\n`,
    `${session}0`,
    session.slice(0, -1),
    session.toUpperCase(),
    session.replace("__Host-", "__host-"),
    // The name of version 0.1, which had one session for all tenants.
    session.slice(0, "__Host-so-session-00000000".length),
    "__Host-so-login-evil",
    "",
  ])("is not known when it only looks like ours: %j (C68)", (name) => {
    expect([isOurCookieName(name), isLoginCookieName(name)]).toEqual([false, false])
  })
})
