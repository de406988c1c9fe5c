import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Endpoint, Fault } from "../../../local/provider/faults.ts"
import { ctxClaim } from "../../../lib/id-token/id-token.ts"
import { keepSwitches } from "../../support/provider-switches.ts"
import { expectDescribed, operationOf } from "../../openapi/document.ts"
import { answerIn, prepareCallers, type FaultCaller, type MakeCallers, type Work } from "./callers.ts"
import { deploy, type Deployment } from "./deployment.ts"

/** The code of an answer, and how often it went to SuperOffice. */
type Outcome = readonly [code: string, posts: number]
type Outcomes = Readonly<Record<Work, Outcome>>

/**
 * What every function makes of every fault of the endpoint that it posts to. A code is posted once; a refresh and a
 * revocation, which may be repeated, twice after an outage that names no time to come back. Nothing that may have spent a
 * code is retryable. Of a revocation only the status counts (RFC 7009 §2.2).
 */
const matrix: Readonly<Record<Fault, Outcomes>> = {
  "reset before the work": outage("upstream_unavailable"),
  "reset after the work": outage("upstream_unavailable"),
  "truncated body": notRevocation(outage("upstream_unavailable")),
  silence: once("upstream_timeout"),
  "slow drip": notRevocation(once("upstream_timeout")),
  "a body without end": notRevocation(once("upstream_invalid")),
  "wrong content length": once("upstream_invalid"),
  "an HTML page": notRevocation(once("upstream_invalid")),
  "an empty body": notRevocation(once("upstream_invalid")),
  "a list": notRevocation(once("upstream_invalid")),
  "another encoding": notRevocation(once("upstream_invalid")),
  "a coded body without end": notRevocation(once("upstream_invalid")),
  gzip: once("ok"),
  "many cookies": once("ok"),
  "members of null": once("ok"),
  "a redirect": once("upstream_invalid"),
  "a redirect that keeps the body": once("upstream_invalid"),
  "status 408": outage("upstream_unavailable"),
  "status 425": outage("upstream_unavailable"),
  "status 401 with a message": once("client_rejected", "system_user_rejected"),
  "a refusal by number": notRevocation(once("upstream_invalid", "signing_key_rejected")),
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
let callersOf: MakeCallers
let restoreProvider: () => void

beforeAll(async () => {
  deployment = await deploy()
  callersOf = await prepareCallers(deployment)
  restoreProvider = keepSwitches(deployment.provider)
})
afterAll(() => deployment.close())

afterEach(() => {
  restoreProvider()
  deployment.secretsManager.outage = undefined
})

describe("every function, through every door,", { timeout: 30_000 }, () => {
  it.each(Object.entries(matrix) as [Fault, Outcomes][])(
    "has its answer when SuperOffice commits this: %s (C70, C71, C72, C73)",
    async (fault, expected) => {
      const callers = await callersOf()
      const { requests } = deployment.provider
      const before = requests.token
      commit(fault, "token", "revocation", "system user")
      const isWaitedFor = fault === "silence" || fault === "slow drip"
      await expectAnswers(callers, ({ work }) => expected[work], isWaitedFor ? 2_500 : 20_000)
      commit(undefined, "token", "revocation", "system user")

      const works = callers.map(({ work }) => work).filter((work) => work === "code" || work === "refresh")
      const posted = works.reduce((sum, work) => sum + expected[work][1], 0)
      expect(requests.token - before).toBe(posted)
      await expectThatAllIsWell(firstOfEachWork(await callersOf()))
    },
  )

  it.each([
    ["status 429 in another encoding", 30, 30],
    ["status 503 that names a time", 10_000, 10_000],
    ["status 503 that names a date", 85, 91],
    ["status 503 that names nonsense", 60, 60],
  ] as const)("says when to come back, as SuperOffice's %s does (C71)", async (fault, least, most) => {
    commit(fault, "token")
    for (const [, reply] of await callAll(await callersOf("refresh"))) {
      const { retry_after_seconds: seconds } = answerIn(reply)
      expect(seconds).toBeGreaterThanOrEqual(least)
      expect(seconds).toBeLessThanOrEqual(most)
    }
  })

  it.each(["gzip", "many cookies", "status 503 in another encoding"] as const)(
    "succeeds with the keys in hand or as they are read, when a read of keys is answered by %s (C70, C72)",
    async (fault) => {
      const callers = await callersOf("code", "refresh", "system user")
      if (fault !== "status 503 in another encoding") deployment.coldStart()
      commit(fault, "key set")
      await expectLines(callers, { code: "ok", posts: 1 })
    },
  )

  it.each([1, 1_490])(
    "posts nothing and spends no code with %d ms left, too little for an answer (C76)",
    async (remainingMs) => {
      const callers = await callersOf()
      const { requests } = deployment.provider
      const before = { ...requests }
      for (const [{ name, isPage, work }, reply] of await callAll(callers, remainingMs)) {
        const { code, retryable: isRetryable } = answerIn(reply)
        // The secret is asked for before the cookie is cleared.
        const isGone = isPage && work === "revocation" && code === "upstream_unavailable"
        expect.soft(code, name).toMatch(/^(upstream|secret|key_set)_unavailable$/)
        expect.soft(isRetryable, name).toBe(!isGone)
      }
      expect(requests).toEqual(before)
      await expectThatAllIsWell(callers)
    },
  )

  it.each(["an HTML page", "silence", "status 503"] as const)(
    "posts nothing and spends no code when a cold environment gets this for a key set: %s",
    async (fault) => {
      commit(fault, "key set")
      await expectNothingPosted(await callersOf("code", "refresh", "system user"), "key_set_unavailable")
    },
  )

  it.each([
    ["down", "secret_unavailable"],
    ["throttled", "secret_unavailable"],
    ["slow", "secret_unavailable"],
    ["denied", "configuration_invalid"],
  ] as const)(
    "posts nothing and spends no code when a cold environment finds Secrets Manager %s",
    async (outage, code) => {
      deployment.secretsManager.outage = outage
      await expectNothingPosted(await callersOf(), code)
    },
  )
})

describe("every kind of work succeeds", () => {
  it.each(
    (["2018", "2022"] as const).flatMap((generation) =>
      (["hex", "x5t", "absent"] as const).map((keyIds) => [generation, keyIds] as const),
    ),
  )("with tokens of the generation %s, their key named by %s (R06)", async (generation, keyIds) => {
    Object.assign(deployment.provider, { generation, keyIds })
    await deployment.provider.rollSigningKey()
    deployment.coldStart()
    await expectThatAllIsWell(firstOfEachWork(await callersOf()))
  })

  it.each(["elliptic curves", "an exponent of 1", "null members"] as const)(
    "when the key set has other keys, or members that are null: %s (C73, C74)",
    async (otherKeys) => {
      deployment.provider.otherKeys = otherKeys
      deployment.coldStart()
      await expectThatAllIsWell(firstOfEachWork(await callersOf()))
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
    await expectThatAllIsWell(await callersOf("code", "refresh"))
  })

  it("when the key is rolled just before it signs, with one post (R13, R14)", async () => {
    const callers = await callersOf("code")
    await deployment.provider.rollSigningKey()
    await expectLines(callers.slice(0, 2), { code: "ok", posts: 1 })
  })
})

it("a user who was renamed loses a page's session, which is nobody's fault, and no other caller is refused (C75)", async () => {
  const callers = await callersOf("refresh")
  deployment.provider.changeClaims = (claims) => ({ ...claims, sub: "renamed@example.com" })
  const pages = callers.filter(({ isPage }) => isPage)
  await expectLines(pages, { code: "session_expired", session_user_changed: 1 })
  const others = callers.filter(({ isPage }) => !isPage)
  await expectLines(others, { code: "ok" })
})

it.each([
  [-600, "id_token_invalid"],
  [600, "id_token_invalid"],
  [-30, "ok"],
  [30, "ok"],
])(
  "a clock of SuperOffice's that is %i s ahead makes the answer %s, with one post (R18, R20)",
  async (offset, code) => {
    const callers = await callersOf("code", "refresh")
    deployment.provider.clockOffsetSeconds = offset
    await expectLines(callers, { code, posts: 1 })
  },
)

function commit(fault: Fault | undefined, ...endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) deployment.provider.faults[endpoint] = fault
}

/** Calls them all at once. Every answer over HTTP must be one that docs/openapi.json describes. */
async function callAll(callers: readonly FaultCaller[], remainingMs = 20_000) {
  const called = callers.map(async (caller) => {
    const reply = await deployment.invoke(caller.functionName, caller.event, remainingMs)
    const { statusCode, headers = {} } = reply.result ?? {}
    if (caller.path !== undefined) {
      const answer = {
        status: Number(statusCode),
        body: answerIn(reply),
        headers: new Headers(headers as never),
      }
      expectDescribed(operationOf(caller.path), answer)
      expect(answer.headers.has("retry-after"), caller.name).toBe("retry_after_seconds" in answer.body)
    }
    return [caller, reply] as const
  })
  return await Promise.all(called)
}

function firstOfEachWork(callers: readonly FaultCaller[]): readonly FaultCaller[] {
  return callers.filter(({ work }, index) => callers.findIndex((other) => other.work === work) === index)
}

async function expectLines(callers: readonly FaultCaller[], line: object): Promise<void> {
  for (const [{ name }, reply] of await callAll(callers)) expect.soft(reply.line, name).toMatchObject(line)
}

/** Calls them in a cold environment, and again when all is well: the same codes must still be good. */
async function expectNothingPosted(callers: readonly FaultCaller[], code: string): Promise<void> {
  const { provider, secretsManager } = deployment
  deployment.coldStart()
  const before = provider.requests.token
  await expectAnswers(callers, () => [code, 0])
  expect(provider.requests.token).toBe(before)
  commit(undefined, "key set")
  secretsManager.outage = undefined
  // A read that nobody waits for any more hangs on for its own time, and whoever comes meanwhile waits with it.
  deployment.coldStart()
  await expectThatAllIsWell(callers)
}

async function expectThatAllIsWell(callers: readonly FaultCaller[]): Promise<void> {
  for (const [{ name }, reply] of await callAll(callers)) {
    expect.soft(reply.line, `${name}, afterwards`).toMatchObject({ code: "ok" })
    expect.soft(answerIn(reply), `${name}, afterwards`).not.toHaveProperty("error")
  }
}

/** Expects that the callers and the log are told the outcome, and nothing that is not so. */
async function expectAnswers(
  callers: readonly FaultCaller[],
  outcomeOf: (caller: FaultCaller) => Outcome,
  remainingMs?: number,
): Promise<void> {
  for (const [caller, reply] of await callAll(callers, remainingMs)) {
    const { name, work, isPage } = caller
    const [code, posts] = outcomeOf(caller)
    const answer = answerIn(reply)
    const isSpent = work === "code" && posts > 0
    const isGone = work === "revocation" && isPage && posts > 0
    const isRetryable = retryable.has(code) && !isSpent && !isGone
    const told = {
      code: answer.code ?? "ok",
      isRetryable: answer.retryable ?? false,
      hasWait: "retry_after_seconds" in answer,
      logged: { code: reply.line.code, posts: reply.line.posts },
      thrown: reply.thrown,
    }
    const logged = { code, posts }
    expect.soft(told, name).toEqual({ code, isRetryable, hasWait: isRetryable, logged, thrown: undefined })
    // Revocation alone ends a page's session, whatever SuperOffice says.
    if (work !== "revocation") expect.soft(String(reply.result?.cookies), name).not.toContain("Max-Age=0")
  }
}

function outage(code: string): Outcomes {
  return { code: [code, 1], refresh: [code, 2], revocation: [code, 2], "system user": [code, 2] }
}

function once(code: string, ofSystemUser = code): Outcomes {
  return { code: [code, 1], refresh: [code, 1], revocation: [code, 1], "system user": [ofSystemUser, 1] }
}

function notRevocation(outcomes: Outcomes): Outcomes {
  return { ...outcomes, revocation: ["ok", 1] }
}
