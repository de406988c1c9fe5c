import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Fault } from "../../../local/provider/faults.ts"
import { timing } from "../../../lib/deadline.ts"
import { ctxClaim } from "../../../lib/id-token/id-token.ts"
import { allCallers, answerIn, type FaultCaller, type Work } from "./callers.ts"
import { deploy, type Deployment } from "./deployment.ts"
import type { Reply } from "./worker.ts"

/** The code of an answer, and how often it went to SuperOffice. */
type Outcome = readonly [code: string, posts: number]

/**
 * What every function makes of every fault of the endpoint that it posts to. A code is posted once; a refresh and a
 * revocation, which may be repeated, twice after an outage that names no time to come back. Nothing that may have spent a
 * code is retryable. Of a revocation only the status counts (RFC 7009 §2.2).
 */
const matrix: Readonly<Record<Fault, Readonly<Record<Work, Outcome>>>> = {
  "reset before the work": outage("upstream_unavailable"),
  "reset after the work": outage("upstream_unavailable"),
  "truncated body": { ...outage("upstream_unavailable"), revocation: ["ok", 1] },
  silence: once("upstream_timeout"),
  "slow drip": { ...once("upstream_timeout"), revocation: ["ok", 1] },
  "a body without end": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  "wrong content length": once("upstream_invalid"),
  "an HTML page": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  "an empty body": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  "a list": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  "another encoding": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  "a coded body without end": { ...once("upstream_invalid"), revocation: ["ok", 1] },
  gzip: once("ok"),
  "many cookies": once("ok"),
  "members of null": once("ok"),
  "a redirect": once("upstream_invalid"),
  "a redirect that keeps the body": once("upstream_invalid"),
  "status 408": outage("upstream_unavailable"),
  "status 425": outage("upstream_unavailable"),
  "status 401 with a message": {
    ...once("client_rejected"),
    "system user": ["system_user_rejected", 1],
  },
  "a refusal by number": {
    ...once("upstream_invalid"),
    revocation: ["ok", 1],
    "system user": ["signing_key_rejected", 1],
  },
  "status 429": once("upstream_unavailable"),
  "status 429 in another encoding": once("upstream_unavailable"),
  "status 500": outage("upstream_unavailable"),
  "status 503": outage("upstream_unavailable"),
  "status 503 in another encoding": outage("upstream_unavailable"),
  "status 503 without its body": outage("upstream_unavailable"),
  "status 503 that names a time": once("upstream_unavailable"),
  "status 503 that names a date": once("upstream_unavailable"),
  "status 503 that names nonsense": once("upstream_unavailable"),
}

const retryable = new Set([
  "upstream_unavailable",
  "upstream_timeout",
  "key_set_unavailable",
  "secret_unavailable",
])

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy()
})
afterAll(() => deployment.close())

describe("every function through every door", () => {
  it.each(Object.entries(matrix))(
    "when SuperOffice commits this: %s (C70, C71, C72, C73)",
    async (fault, expected) => {
      const callers = await allCallers(deployment)
      const { faults, requests } = deployment.provider
      const before = requests.token
      for (const endpoint of ["token", "revocation", "system user"] as const)
        faults[endpoint] = fault as Fault
      const replies = await callAll(callers, 2_500)
      for (const endpoint of ["token", "revocation", "system user"] as const) faults[endpoint] = undefined

      for (const [index, caller] of callers.entries()) {
        const [code, posts] = expected[caller.work]
        expect.soft(told(replies[index], caller), caller.name).toEqual(asExpected(code, posts, caller))
      }
      const posted = callers
        .filter(({ work }) => work === "code" || work === "refresh")
        .reduce((sum, { work }) => sum + expected[work][1], 0)
      expect(requests.token - before).toBe(posted)
      await expectThatAllIsWell()
    },
    30_000,
  )

  it.each([
    ["status 429 in another encoding", 30, 30],
    ["status 503 that names a time", 10_000, 10_000],
    ["status 503 that names a date", 85, 91],
    ["status 503 that names nonsense", 60, 60],
  ] as const)("when to come back, as this says: %s (C71)", async (fault, least, most) => {
    const callers = (await allCallers(deployment)).filter(({ work }) => work === "refresh")
    deployment.provider.faults.token = fault
    const replies = await callAll(callers, 5_000)
    deployment.provider.faults.token = undefined
    for (const reply of replies) {
      const { retry_after_seconds: seconds } = answerIn(reply)
      expect(seconds).toBeGreaterThanOrEqual(least)
      expect(seconds).toBeLessThanOrEqual(most)
    }
  })

  it.each(["gzip", "many cookies", "status 503 in another encoding"] as const)(
    "and by the key set in hand, when a read of keys is answered so: %s (C70, C72)",
    async (fault) => {
      const callers = (await allCallers(deployment)).filter(({ work }) => work !== "revocation")
      if (fault !== "status 503 in another encoding") await deployment.coldStart()
      deployment.provider.faults["key set"] = fault
      const replies = await callAll(callers, 20_000)
      deployment.provider.faults["key set"] = undefined
      for (const [index, caller] of callers.entries()) {
        expect.soft(replies[index]?.line, caller.name).toMatchObject({ code: "ok", posts: 1 })
      }
    },
    30_000,
  )

  it.each([1, 400, 1_490])(
    "with so little time that an answer would come too late, before a code is spent: %d ms (C76)",
    async (remainingMs) => {
      const callers = await allCallers(deployment)
      const { requests } = deployment.provider
      const before = { ...requests }
      const replies = await callAll(callers, remainingMs)
      for (const [index, caller] of callers.entries()) {
        const { code, retryable: isRetryable } = answerIn(replies[index] ?? { id: 0, line: {} })
        // The secret is asked for before the cookie is cleared.
        const isGone = caller.isPage && caller.work === "revocation" && code === "upstream_unavailable"
        expect
          .soft(["upstream_unavailable", "secret_unavailable", "key_set_unavailable"], caller.name)
          .toContain(code)
        expect.soft(isRetryable, caller.name).toBe(!isGone)
      }
      expect(requests).toEqual(before)
      // The same codes are still good.
      const codes = callers.flatMap((caller, index) => (caller.work === "code" ? [{ caller, index }] : []))
      const again = await callAll(
        codes.map(({ caller }) => caller),
        20_000,
      )
      for (const { line } of again) expect(line).toMatchObject({ code: "ok" })
    },
    30_000,
  )

  it.each(["an HTML page", "silence", "status 503", "reset before the work", "an empty body"] as const)(
    "before a code is spent, when a cold environment gets this for a key set: %s",
    async (fault) => {
      const callers = (await allCallers(deployment)).filter(({ work }) => work !== "revocation")
      await deployment.coldStart()
      deployment.provider.faults["key set"] = fault
      const before = deployment.provider.requests.token
      const replies = await callAll(callers, 4_500)
      deployment.provider.faults["key set"] = undefined
      for (const [index, caller] of callers.entries()) {
        expect
          .soft(told(replies[index], caller), caller.name)
          .toEqual(asExpected("key_set_unavailable", 0, caller))
      }
      expect(deployment.provider.requests.token).toBe(before)
      // A read that nobody waits for any more hangs on for its own time, and whoever comes meanwhile waits with it.
      if (fault === "silence") await sleep(timing.keySetMs)
      // The same codes are still good.
      const again = await callAll(callers, 20_000)
      for (const [index, caller] of callers.entries()) {
        expect.soft(again[index]?.line, caller.name).toMatchObject({ code: "ok" })
      }
    },
    30_000,
  )

  it.each(["down", "throttled"] as const)(
    "before a code is spent, when a cold environment finds Secrets Manager %s",
    async (outage) => {
      const callers = await allCallers(deployment)
      await deployment.coldStart()
      deployment.secretsManager.outage = outage
      const before = deployment.provider.requests.token
      const replies = await callAll(callers, 6_000)
      deployment.secretsManager.outage = undefined
      for (const [index, caller] of callers.entries()) {
        expect
          .soft(told(replies[index], caller), caller.name)
          .toEqual(asExpected("secret_unavailable", 0, caller))
      }
      expect(deployment.provider.requests.token).toBe(before)
    },
    30_000,
  )
})

describe("every function, with tokens of every kind that SuperOffice has issued", () => {
  it.each(
    (["2018", "2022"] as const).flatMap((generation) =>
      (["hex", "x5t", "absent"] as const).map((keyIds) => ({ generation, keyIds })),
    ),
  )("generation $generation, key named by $keyIds (R06)", async (shapes) => {
    Object.assign(deployment.provider, shapes)
    await deployment.provider.rollSigningKey()
    await deployment.coldStart()
    await expectThatAllIsWell()
    Object.assign(deployment.provider, { generation: "2022", keyIds: "hex" })
  })

  it.each(["elliptic curves", "an exponent of 1", "null members"] as const)(
    "when the key set has others: %s (C73, C74)",
    async (otherKeys) => {
      deployment.provider.otherKeys = otherKeys
      await deployment.coldStart()
      await expectThatAllIsWell()
      deployment.provider.otherKeys = "none"
    },
  )

  it("when times have fractions, members are null and tenants are in small letters (C73)", async () => {
    deployment.provider.changeClaims = (claims) => ({
      ...claims,
      iat: Number(claims.iat) + 0.25,
      exp: Number(claims.exp) + 0.5,
      nbf: Number(claims.nbf) - 0.5,
      azp: null,
      at_hash: null,
      [ctxClaim]: String(claims[ctxClaim]).toLowerCase(),
    })
    await expectThatAllIsWell()
    deployment.provider.changeClaims = (claims) => claims
  })

  it("when a user was renamed: a page's session ends, and it is nobody's fault (C75)", async () => {
    const callers = (await allCallers(deployment)).filter(({ work }) => work === "refresh")
    deployment.provider.changeClaims = (claims) => ({ ...claims, sub: "renamed@example.com" })
    const replies = await callAll(callers, 20_000)
    deployment.provider.changeClaims = (claims) => claims
    for (const [index, { name, isPage }] of callers.entries()) {
      const line = replies[index]?.line
      if (isPage) expect.soft(line, name).toMatchObject({ code: "session_expired", session_user_changed: 1 })
      else expect.soft(line, name).toMatchObject({ code: "ok" })
    }
  })

  it("when the key is rolled just before it signs (R13, R14)", async () => {
    const callers = await allCallers(deployment)
    await deployment.provider.rollSigningKey()
    const replies = await callAll(callers.slice(0, 2), 20_000)
    for (const { line } of replies) expect(line).toMatchObject({ code: "ok", posts: 1 })
  })

  it.each([
    [-600, "id_token_invalid"],
    [600, "id_token_invalid"],
    [-30, "ok"],
    [30, "ok"],
  ])("when SuperOffice's clock is %i s ahead: %s (R18, R20)", async (offset, code) => {
    const callers = (await allCallers(deployment)).filter(({ work }) => work === "code" || work === "refresh")
    deployment.provider.clockOffsetSeconds = offset
    const replies = await callAll(callers, 20_000)
    deployment.provider.clockOffsetSeconds = 0
    for (const [index, { name }] of callers.entries()) {
      expect.soft(replies[index]?.line, name).toMatchObject({ code, posts: 1 })
    }
  })
})

function callAll(callers: readonly FaultCaller[], remainingMs: number): Promise<readonly Reply[]> {
  return Promise.all(
    callers.map(({ functionName, event }) => deployment.invoke(functionName, event, remainingMs)),
  )
}

/** The next request of everybody succeeds. */
async function expectThatAllIsWell(): Promise<void> {
  const callers = await allCallers(deployment)
  const replies = await callAll(callers, 20_000)
  for (const [index, caller] of callers.entries()) {
    expect.soft(replies[index]?.line, `${caller.name}, afterwards`).toMatchObject({ code: "ok" })
    expect
      .soft(answerIn(replies[index] ?? { id: 0, line: {} }), `${caller.name}, afterwards`)
      .not.toHaveProperty("error")
  }
}

/** What the caller and the log were told. */
function told(reply: Reply | undefined, { isPage, work }: FaultCaller) {
  if (!reply) throw new Error("there is no reply")
  const { code = "ok", retryable: isRetryable = false, retry_after_seconds } = answerIn(reply)
  const cookies = (reply.result?.cookies ?? []) as readonly string[]
  return {
    code,
    isRetryable,
    hasWait: retry_after_seconds !== undefined,
    logged: { code: reply.line.code, posts: reply.line.posts },
    thrown: reply.thrown,
    // Revocation alone ends a page's session, whatever SuperOffice says.
    endsSession: isPage && work !== "revocation" && cookies.some((line) => line.includes("Max-Age=0")),
  }
}

function asExpected(code: string, posts: number, { work, isPage }: FaultCaller) {
  const isSpent = work === "code" && posts > 0
  const isGone = work === "revocation" && isPage && posts > 0
  const isRetryable = retryable.has(code) && !isSpent && !isGone
  return {
    code,
    isRetryable,
    hasWait: isRetryable,
    logged: { code, posts },
    thrown: undefined,
    endsSession: false,
  }
}

function outage(code: string): Readonly<Record<Work, Outcome>> {
  return { code: [code, 1], refresh: [code, 2], revocation: [code, 2], "system user": [code, 2] }
}

function once(code: string): Readonly<Record<Work, Outcome>> {
  return { code: [code, 1], refresh: [code, 1], revocation: [code, 1], "system user": [code, 1] }
}
