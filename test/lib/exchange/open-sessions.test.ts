import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { openSessions } from "../../../lib/exchange/open-sessions.ts"
import { sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, pageBinding, pageCaller, sessionOf } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"

const cookie = sessionCookieName(pageOrigin, "Cust12020")
const otherKey = { kid: "other", key: createSecretKey(Buffer.alloc(32, 9)) }
const withOtherKey = pageBinding({ credentials: { ...credentials, sealingKeys: [otherKey] } })
const otherPage = pageBinding({ origin: "https://other.example.com" })

/** Opens a page's session. The secret is the same, or a newer one, when it is read again. */
async function open(
  sealed: { readonly value: string; readonly cookie: string | undefined },
  isReplaced = false,
) {
  const current = isReplaced ? { ...credentials, version: "v2" } : credentials
  const context = fakeContext({
    env: { ALLOWED_ORIGINS: pageOrigin },
    credentials: (freshness) => (freshness === "cached" ? credentials : current),
  })
  const { sessions } = await openSessions([sealed], pageCaller(), credentials, context)
  return { opened: sessions.length, cleared: [...context.cookies.changes.keys()] }
}

describe("openSessions", () => {
  it("opens what was sealed for the page, and keeps its cookie", async () => {
    const value = await sealSession(sessionOf(), pageBinding())
    expect(await open({ value, cookie })).toEqual({ opened: 1, cleared: [] })
  })

  it("clears a cookie whose key the secret no longer has", async () => {
    const value = await sealSession(sessionOf(), withOtherKey)
    expect(await open({ value, cookie }, true)).toEqual({ opened: 0, cleared: [cookie] })
  })

  it("keeps a cookie whose key other instances may have already", async () => {
    const value = await sealSession(sessionOf(), withOtherKey)
    expect(await open({ value, cookie })).toEqual({ opened: 0, cleared: [] })
  })

  it("keeps a cookie that does not open for another reason", async () => {
    for (const value of ["garbage", await sealSession(sessionOf(), otherPage)]) {
      expect(await open({ value, cookie }, true)).toEqual({ opened: 0, cleared: [] })
    }
  })

  it("has no cookie to clear in delivery sealed", async () => {
    const value = await sealSession(sessionOf(), withOtherKey)
    expect(await open({ value, cookie: undefined }, true)).toEqual({ opened: 0, cleared: [] })
  })
})
