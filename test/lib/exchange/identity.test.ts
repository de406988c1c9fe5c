import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Grant } from "../../../lib/exchange/grant.ts"
import { checkIdentity } from "../../../lib/exchange/identity.ts"
import { ctxClaim, type VerifiedPayload } from "../../../lib/id-token/id-token.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { codeGrant, fakeContext, pageCaller, refreshGrant, sessionOf } from "../../support/context.ts"
import { pageOrigin } from "../../support/front-door.ts"
import { superOfficeClaims } from "../../../harness/id-tokens.ts"

const nonce = "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7"
const payload = superOfficeClaims() as VerifiedPayload

/** Checks a token against a grant, and tells the code of the error, the cookies and the warnings. */
function check(changes: object, grant: Grant, env: Readonly<Record<string, string>> = {}) {
  const isSession = grant.type === "refresh_token" && grant.signedInAt !== undefined
  const fake = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin, ...env } })
  const context = { ...fake, ...(isSession && { caller: pageCaller() }) }
  let code = "ok"
  try {
    checkIdentity({ ...payload, ...changes }, grant, context)
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    code = error.code
  }
  return { code, cookies: context.cookies.lines, warnings: [...context.requestLog.warnings] }
}

const same = { code: "ok", cookies: [], warnings: [] }
const mismatch = { code: "identity_mismatch", cookies: [], warnings: [] }

describe("the ID Token of a code", () => {
  it("has the nonce that was sent, or any when none was sent (C31)", () => {
    expect(check({ nonce }, { ...codeGrant, nonce })).toEqual(same)
    expect(check({ nonce }, codeGrant)).toEqual(same)
  })

  it.each([
    ["another nonce (C31, C75, R12)", nonce.toLowerCase()],
    ["no nonce when one was sent (C31, C75, R12)", undefined],
  ])("is refused as the caller's with %s", (_name, written) => {
    expect(check({ nonce: written }, { ...codeGrant, nonce })).toEqual(mismatch)
  })
})

describe("the ID Token of a refresh", () => {
  it("is for the user and the tenant that the caller named, the tenant in any case (C34, R15)", () => {
    for (const ctx of ["Cust12020", "cust12020", "CUST12020"])
      expect(check({}, { ...refreshGrant, sub: "tony@example.com", ctx })).toEqual(same)
  })

  it.each([
    ["another user (C34, C75, R16)", { sub: "Tony@example.com" }],
    ["a tenant that only looks like it (C34, C75)", { ctx: "Cu\u017ft12020" }],
  ])("is refused as the caller's for %s", (_name, named) => {
    expect(check({}, { ...refreshGrant, ...named })).toEqual(mismatch)
  })
})

describe("the ID Token of a page's session", () => {
  const session: Grant = { type: "refresh_token", clientId: undefined, ...sessionOf() }
  const name = sessionCookieName(pageOrigin, "Cust12020")
  const cleared = [`${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]

  it("is for the user and the tenant that signed in", () => {
    expect(check({ [ctxClaim]: "cust12020" }, session)).toEqual(same)
  })

  it.each<[string, object, string, string[]]>([
    ["user, who was renamed", { sub: "tony.yates@example.com" }, "cookie", cleared],
    ["tenant", { [ctxClaim]: "Cust12021" }, "cookie", cleared],
    ["user, where there is no cookie to clear", { sub: "another" }, "sealed", []],
  ])("ends the session when it is for another %s (C34, R16)", (_what, changes, delivery, cookies) => {
    expect(check(changes, session, { REFRESH_TOKEN_DELIVERY: delivery })).toEqual({
      code: "session_expired",
      cookies,
      warnings: ["session_user_changed"],
    })
  })
})
