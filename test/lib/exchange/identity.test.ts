import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Grant } from "../../../lib/exchange/grant.ts"
import { checkIdentity } from "../../../lib/exchange/identity.ts"
import { ctxClaim, type VerifiedPayload } from "../../../lib/id-token/id-token.ts"
import type { BrowserCaller } from "../../../lib/request/caller.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { codeGrant, fakeContext, refreshGrant, requestCookies } from "../../support/context.ts"
import { pageOrigin } from "../../support/front-door.ts"
import { clientId, issuer, signedAt } from "../../support/id-tokens.ts"

const nonce = "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7"
const payload: VerifiedPayload = {
  iss: issuer,
  sub: "tony@example.com",
  aud: clientId,
  iat: 1_649_314_756,
  nbf: 1_649_314_696,
  exp: 1_649_315_056,
  [ctxClaim]: "Cust12020",
}
const page: BrowserCaller = {
  door: "browser",
  origin: pageOrigin,
  cookies: requestCookies(),
  hasCsrfHeader: true,
}

/** Checks a token against a grant, and tells the code of the error, the cookies and the warnings. */
function check(changes: object, grant: Grant, env: Readonly<Record<string, string>> = {}) {
  const isSession = grant.type === "refresh_token" && grant.signedInAt !== undefined
  const context = { ...fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin, ...env } }) }
  const told = { code: "ok", cookies: context.cookies, warnings: context.requestLog.warnings }
  try {
    checkIdentity({ ...payload, ...changes }, grant, isSession ? { ...context, caller: page } : context)
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    told.code = error.code
  }
  return { code: told.code, cookies: told.cookies.lines, warnings: [...told.warnings] }
}

const same = { code: "ok", cookies: [], warnings: [] }
const mismatch = { code: "identity_mismatch", cookies: [], warnings: [] }

describe("the ID Token of a code", () => {
  const grant = { ...codeGrant, nonce }

  it("has the nonce that was sent (C31)", () => {
    expect(check({ nonce }, grant)).toEqual(same)
  })

  it.each([
    ["another nonce (C31, C75, R12)", nonce.toLowerCase()],
    ["no nonce when one was sent (C31, C75, R12)", undefined],
    ["a list that holds the nonce (C31, C75)", [nonce]],
  ])("is refused as the caller's with %s", (_name, written) => {
    expect(check({ nonce: written }, grant)).toEqual(mismatch)
  })

  it("may have any nonce when none was sent", () => {
    expect(check({ nonce }, codeGrant)).toEqual(same)
  })
})

describe("the ID Token of a refresh", () => {
  it.each(["Cust12020", "cust12020", "CUST12020"])(
    "is for the user and the tenant that the caller named, the tenant in any case: %s (C34, R15)",
    (ctx) => {
      expect(check({}, { ...refreshGrant, sub: "tony@example.com", ctx })).toEqual(same)
    },
  )

  it.each([
    ["another user (C34, C75, R16)", { sub: "Tony@example.com" }],
    ["another tenant (C34, C75)", { ctx: "Cust12021" }],
    ["a tenant that only looks like it (C34, C75)", { ctx: "Cu\u017ft12020" }],
  ])("is refused as the caller's for %s", (_name, named) => {
    expect(check({}, { ...refreshGrant, ...named })).toEqual(mismatch)
  })
})

describe("the ID Token of a page's session", () => {
  const session = { ...refreshGrant, sub: "tony@example.com", ctx: "Cust12020", signedInAt: signedAt }

  it("is for the user and the tenant that signed in", () => {
    expect(check({ [ctxClaim]: "cust12020" }, session)).toEqual(same)
  })

  it.each([
    ["user, who was renamed", { sub: "tony.yates@example.com" }],
    ["tenant", { [ctxClaim]: "Cust12021" }],
  ])("ends the session when it is for another %s (C34, R16)", (_what, changes) => {
    expect(check(changes, session)).toEqual({
      code: "session_expired",
      cookies: [
        `${sessionCookieName(pageOrigin, "Cust12020")}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`,
      ],
      warnings: ["session_user_changed"],
    })
  })

  it("ends the session also where there is no cookie to clear", () => {
    const env = { REFRESH_TOKEN_DELIVERY: "sealed" }
    expect(check({ sub: "another" }, session, env)).toEqual({
      code: "session_expired",
      cookies: [],
      warnings: ["session_user_changed"],
    })
  })
})
