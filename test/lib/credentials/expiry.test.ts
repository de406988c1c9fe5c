import { describe, expect, it } from "vitest"
import {
  credentialsToOpen,
  fetchCredentials,
  fetchReplacedCredentials,
} from "../../../lib/credentials/credentials.ts"
import { daysUntil, formatDate, parseExpiry } from "../../../lib/credentials/expiry.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import type { RequestContext } from "../../../lib/request/context.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, pageBinding, sessionOf } from "../../support/context.ts"
import { credentials } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

/** Credentials that expire so many days after the fake ports' today. */
function expiringIn(days: number): ClientCredentials {
  const today = Date.parse(formatDate(signedAt))
  return { ...credentials, expires: new Date(today + days * 86_400_000) }
}

/** The warnings of a request that reads these credentials, in the usual way unless given. */
async function warningsOf(
  value: ClientCredentials,
  read: (context: RequestContext) => Promise<unknown> = (context) => fetchCredentials(undefined, context),
) {
  const context = fakeContext({ credentials: () => value })
  await read(context)
  return [...context.requestLog.warnings]
}

describe("client_secret_expires", () => {
  it("is a date in UTC, or absent", () => {
    expect(parseExpiry("2027-11-27")).toEqual(new Date("2027-11-27T00:00:00Z"))
    expect(parseExpiry("2028-02-29")).toEqual(new Date("2028-02-29T00:00:00Z"))
    expect([undefined, null].map(parseExpiry)).toEqual([undefined, undefined])
  })

  it("that is no date does not keep the secret from being used", () => {
    const texts = ["", " 2027-11-27", "2027-11-27T00:00:00Z", "27.11.2027", "2027-1-7", "+012027-11"]
    const noDays = ["2027-02-29", "2027-02-30", "2027-13-01", "2027-00-10"]
    for (const member of [...texts, ...noDays, 1_800_000_000, true, ["2027-11-27"], { toString: 1 }])
      expect(parseExpiry(member)).toBe("unreadable")
  })

  it.each([
    ["2027-11-26T23:59:59.999Z", 1],
    ["2027-11-27T23:59:59Z", 0],
    ["2027-11-28T00:00:00Z", -1],
  ])("is compared with today by whole days in UTC: at %s, %d are left", (now, days) => {
    expect(daysUntil(new Date("2027-11-27"), new Date(now))).toBe(days)
  })
})

describe("the warning of a client secret that expires", () => {
  it.each([
    ["31 days left is", expiringIn(31), []],
    ["30 days left is", expiringIn(30), ["client_secret_expiring"]],
    ["its date in the past is", expiringIn(-400), ["client_secret_expiring"]],
    [
      "a date that cannot be read is",
      { ...credentials, expires: "unreadable" as const },
      ["client_secret_expires_unreadable"],
    ],
  ])("with %s %j", async (_what, value, warnings) => {
    expect(await warningsOf(value)).toEqual(warnings)
  })

  it("comes once for each read of the secret, not with every request", async () => {
    const [read, readAgain] = [expiringIn(7), expiringIn(7)]
    const warnings = [await warningsOf(read), await warningsOf(read), await warningsOf(readAgain)]
    expect(warnings).toEqual([["client_secret_expiring"], [], ["client_secret_expiring"]])
  })

  it("comes with reads past the cache, too", async () => {
    const sealed = await sealSession(sessionOf(), pageBinding())
    const noKeys = { ...credentials, sealingKeys: [] }
    const replace = (context: RequestContext) => fetchReplacedCredentials(credentials, context)
    const open = (context: RequestContext) => credentialsToOpen([sealed], noKeys, context)
    for (const read of [replace, open])
      expect(await warningsOf(expiringIn(7), read)).toEqual(["client_secret_expiring"])
  })
})
