import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  isLoginCookieName,
  isOurCookieName,
  loginCookieName,
  sessionCookieName,
} from "../../../lib/session/cookie-names.ts"
import { pageOrigin } from "../../support/front-door.ts"

describe("a session's cookie", () => {
  it("has the origin's fingerprint in its name, and the prefix that keeps it to this host (C42)", () => {
    const fingerprint = createHash("sha256").update("https://app.example.com").digest("hex").slice(0, 8)
    expect(sessionCookieName("https://app.example.com")).toBe(`__Host-so-session-${fingerprint}`)
  })

  it("is another one for another origin", () => {
    const origins = [pageOrigin, `${pageOrigin}:8443`, "http://localhost:5173"]
    expect(new Set(origins.map(sessionCookieName)).size).toBe(3)
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
  const session = sessionCookieName(pageOrigin)
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
    "__Host-so-login-evil",
    "__Host-so-login-",
    "",
  ])("is nothing that only looks like it: %j (C68)", (name) => {
    expect([isOurCookieName(name), isLoginCookieName(name)]).toEqual([false, false])
  })
})
