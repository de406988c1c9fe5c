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

describe("a session's cookie", () => {
  const fingerprint = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8)

  it("has the fingerprints of origin and tenant in its name, and the prefix that keeps it to this host (C42)", () => {
    expect(sessionCookieName("https://app.example.com", "Cust12020")).toBe(
      `__Host-so-session-${fingerprint("https://app.example.com")}-${fingerprint("cust12020")}`,
    )
  })

  it("is another one for another origin, and for another tenant (C69)", () => {
    const origins = [pageOrigin, `${pageOrigin}:8443`, "http://localhost:5173"]
    const names = origins.flatMap((origin) => ["Cust1", "Cust2"].map((ctx) => sessionCookieName(origin, ctx)))
    expect(new Set(names).size).toBe(6)
    expect(
      names.every((name) => origins.some((origin) => name.startsWith(sessionCookiePrefix(origin)))),
    ).toBe(true)
  })

  it("is the same for a tenant in other letters, and for no tenant that only looks like it (C69)", () => {
    const name = sessionCookieName(pageOrigin, "Cust1")
    expect(sessionCookieName(pageOrigin, "CUST1")).toBe(name)
    expect(sessionCookieName(pageOrigin, "Cu\u017ft1")).not.toBe(name)
  })
})

describe("a login cookie", () => {
  it("has the fingerprint of its state in its name, and the prefix that keeps it to this host (C42)", () => {
    const fingerprint = createHash("sha256").update("the-state").digest("hex").slice(0, 8)
    expect(loginCookieName("the-state")).toBe(`__Host-so-login-${fingerprint}`)
    expect(loginCookieName("another-state")).not.toBe(loginCookieName("the-state"))
  })
})

describe("a name of ours", () => {
  const session = sessionCookieName(pageOrigin, "Cust12020")
  const login = loginCookieName("the-state")

  it("is that of a session or of a login", () => {
    expect([session, login].map(isOurCookieName)).toEqual([true, true])
    expect([session, login].map(isLoginCookieName)).toEqual([false, true])
  })

  it.each([
    `\u2000${session}`,
    `\u00a0${session}`,
    `\ufeff${session}`,
    ` ${session}`,
    `${session} `,
    `\t${session}`,
    `${session}\n`,
    `${session}0`,
    session.slice(0, -1),
    session.toUpperCase(),
    session.replace("__Host-", "__host-"),
    session.replace("__Host-", ""),
    session.replace("so-session", "so-sessi\u00f6n"),
    // The name of version 0.1, which had one session for all tenants.
    session.slice(0, "__Host-so-session-00000000".length),
    "__Host-so-login-evil",
    "__Host-so-login-",
    "",
  ])("is nothing that only looks like it: %j (C68)", (name) => {
    expect([isOurCookieName(name), isLoginCookieName(name)]).toEqual([false, false])
  })
})
