import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import {
  credentialsToOpen,
  fetchCredentials,
  fetchReplacedCredentials,
} from "../../../lib/credentials/credentials.ts"
import { daysUntil, formatDate, parseDate } from "../../../lib/credentials/expiry.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, completeConfig } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../support/id-tokens.ts"

const complete = { client_id: "db1834037c58c02b6bd9898feef19845", client_secret: "the-secret" }

function expiresOf(member: unknown): ClientCredentials["expires"] {
  const text = JSON.stringify({ ...complete, client_secret_expires: member })
  return parseClientSecret(text, "v1", false).expires
}

/** Credentials that expire so many days after the fake ports' today. */
function expiringIn(days: number): ClientCredentials {
  const today = Date.parse(formatDate(signedAt))
  return { ...credentials, expires: new Date(today + days * 86_400_000) }
}

describe("client_secret_expires", () => {
  it("is a date, in UTC", () => {
    expect(expiresOf("2027-11-27")).toEqual(new Date("2027-11-27T00:00:00Z"))
    expect(expiresOf("2028-02-29")).toEqual(new Date("2028-02-29T00:00:00Z"))
  })

  it.each([undefined, null])("may be absent: %j", (member) => {
    expect(expiresOf(member)).toBeUndefined()
  })

  it.each([
    "",
    " 2027-11-27",
    "2027-11-27T00:00:00Z",
    "27.11.2027",
    "11/27/2027",
    "2027-1-7",
    "2027-02-29",
    "2027-02-30",
    "2027-13-01",
    "2027-00-10",
    "never",
    1_800_000_000,
    true,
    ["2027-11-27"],
    {},
  ])("that is no date does not keep the secret from being used: %j", (member) => {
    expect(expiresOf(member)).toBe("unreadable")
  })

  it("is compared with today by whole days in UTC", () => {
    const date = parseDate("2027-11-27") ?? new Date(0)
    expect(daysUntil(date, new Date("2027-11-26T23:59:59.999Z"))).toBe(1)
    expect(daysUntil(date, new Date("2027-11-27T00:00:00Z"))).toBe(0)
    expect(daysUntil(date, new Date("2027-11-27T23:59:59Z"))).toBe(0)
    expect(daysUntil(date, new Date("2027-11-28T00:00:00Z"))).toBe(-1)
  })
})

describe("the warning of a client secret that expires", () => {
  it.each([
    [31, []],
    [30, ["client_secret_expiring"]],
    [0, ["client_secret_expiring"]],
    [-400, ["client_secret_expiring"]],
  ])("with %d days left is %j", async (days, warnings) => {
    const context = fakeContext({ credentials: () => expiringIn(days) })
    await fetchCredentials(undefined, context)
    expect([...context.requestLog.warnings]).toEqual(warnings)
  })

  it("is another one for a date that cannot be read", async () => {
    const context = fakeContext({ credentials: () => ({ ...credentials, expires: "unreadable" }) })
    await fetchCredentials(undefined, context)
    expect([...context.requestLog.warnings]).toEqual(["client_secret_expires_unreadable"])
  })

  it("comes once for each read of the secret, not with every request", async () => {
    const warningsOf = async (value: ClientCredentials) => {
      const context = fakeContext({ credentials: () => value })
      await fetchCredentials(undefined, context)
      return [...context.requestLog.warnings]
    }
    const [read, readAgain] = [expiringIn(7), expiringIn(7)]
    expect(await warningsOf(read)).toEqual(["client_secret_expiring"])
    expect(await warningsOf(read)).toEqual([])
    expect(await warningsOf(readAgain)).toEqual(["client_secret_expiring"])
  })

  it("comes also with reads past the cache", async () => {
    const replaced = fakeContext({ credentials: () => expiringIn(7) })
    await fetchReplacedCredentials(credentials, replaced)
    expect([...replaced.requestLog.warnings]).toEqual(["client_secret_expiring"])

    const toOpen = fakeContext({ credentials: () => expiringIn(7) })
    const config = completeConfig({ ALLOWED_ORIGINS: pageOrigin })
    const refreshToken = new Secret("a-refresh-token")
    const session = { refreshToken, sub: "tony", ctx: "Cust12020", signedInAt: signedAt }
    const sealed = await sealSession(session, { config, credentials, origin: pageOrigin })
    await credentialsToOpen([sealed], { ...credentials, sealingKeys: [] }, toOpen)
    expect([...toOpen.requestLog.warnings]).toEqual(["client_secret_expiring"])
  })
})
