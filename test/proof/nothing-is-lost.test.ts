import fc from "fast-check"
import { expect, it } from "vitest"
import { bodyOf, browserEvent } from "../support/events.ts"
import { codeVerifier, pageOrigin } from "../support/front-door.ts"
import { StandInEnvironment } from "./stand-ins/environment.ts"

type Json = Readonly<Record<string, unknown>>

/** A request that somebody makes, or what happens in the world. */
const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      request: fc.constantFrom("code", "refresh", "refresh by a page"),
      twice: fc.boolean(),
      // A signature takes as long as everything else.
      hasApiToken: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      change: fc.constantFrom("secret at SuperOffice", "secret in Secrets Manager", "key"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ secondsPass: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.record({ secretsManagerIs: fc.constantFrom("up", "down", "slow") }) },
  { weight: 1, arbitrary: fc.record({ signingKeysAre: fc.constantFrom("up", "down") }) },
  { weight: 1, arbitrary: fc.record({ keysAre: fc.constantFrom("up", "down", "slow") }) },
  { weight: 2, arbitrary: fc.record({ fault: fc.constantFrom("refused", "lost", "busy", "page") }) },
)
type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

it("loses no tokens and no session, and posts no code twice, whatever happens in whatever order (C07)", async () => {
  const seen = nothingSeen()
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 25 }), async (story) => {
      const life = new Life()
      for (const step of story) await life.live(step)
      for (const [name, count] of Object.entries(life.seen)) seen[name as keyof typeof seen] += count
    }),
    { numRuns: 500 },
  )
  // The stories were about something.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10)
}, 120_000)

function nothingSeen() {
  return { tokens: 0, apiTokens: 0, rejections: 0, outages: 0, retried: 0, unsigned: 0 }
}

/** One environment, the callers who use it, and what they must be able to rely on. */
class Life {
  readonly seen = nothingSeen()
  readonly #environment = new StandInEnvironment()
  #secrets = 0
  #refreshToken: string | undefined
  #session: string | undefined

  async live(step: Step): Promise<void> {
    const { superOffice, secretsManager } = this.#environment
    // Forced reads are limited to one per ten seconds in the long run; that limit has tests of its own.
    this.#environment.wait(10)
    if ("request" in step) {
      const requests = step.twice ? [step.request, step.request] : [step.request]
      const more = step.hasApiToken ? { include: ["api_token"] } : {}
      await Promise.all(requests.map((request) => this.#send(request, more)))
      this.#checkArrivals()
    } else if ("secondsPass" in step) this.#environment.wait(step.secondsPass)
    else if ("secretsManagerIs" in step) secretsManager.is = step.secretsManagerIs
    else if ("signingKeysAre" in step) this.#environment.signingKeysAre = step.signingKeysAre
    else if ("keysAre" in step) superOffice.keysAre = step.keysAre
    else if ("fault" in step) superOffice.fault = step.fault
    else if (step.change === "key") superOffice.rollKey()
    else if (step.change === "secret in Secrets Manager") secretsManager.replace(superOffice.clientSecret)
    else superOffice.clientSecret = `secret-${(this.#secrets += 1)}`
  }

  async #send(request: "code" | "refresh" | "refresh by a page", more: object): Promise<void> {
    const { superOffice } = this.#environment
    if (request === "code") {
      const proof = { redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
      const fields = { grant_type: "authorization_code", ...proof, ...more }
      const [code, another] = [superOffice.issueCode(), superOffice.issueCode()]
      this.#session = sessionOf(await this.#post(code, browserEvent({ ...fields, code }))) ?? this.#session
      const { refresh_token } = await this.#post(another, { ...fields, code: another })
      if (typeof refresh_token === "string") this.#refreshToken = refresh_token
      if ("include" in more && this.#environment.signingKeysAre === "down") this.#checkUnsigned(code, another)
    } else if (request === "refresh" && this.#refreshToken !== undefined) {
      const refresh_token = this.#refreshToken
      await this.#post(refresh_token, { grant_type: "refresh_token", refresh_token, ...more })
    } else if (request === "refresh by a page" && this.#session !== undefined) {
      const event = browserEvent({ grant_type: "refresh_token", ...more }, { headers: { "x-csrf": "1" } })
      const result = await this.#post(undefined, { ...event, cookies: [this.#session] })
      const body = bodyOf(result)
      if (body.code === "session_expired") this.#session = undefined
      else if ("error" in body) expect(result.cookies ?? []).toEqual([])
    }
  }

  /** Sends a request, and holds the answer against what the world knows. */
  async #post(grant: string | undefined, event: object): Promise<Json> {
    const { superOffice, secretsManager } = this.#environment
    const canKnowSecret = secretsManager.is !== "down" || secretsManager.lastRead === superOffice.clientSecret
    const hasGoodSecret = canKnowSecret && secretsManager.clientSecret === superOffice.clientSecret
    const isWorking = grant !== undefined && superOffice.isWorking(grant)
    const heldOldSecret = secretsManager.lastRead !== superOffice.clientSecret
    const result = await this.#environment.send(event)
    const body = "statusCode" in result ? bodyOf(result) : result

    if (body.access_token !== undefined) {
      this.seen.tokens += 1
      if (heldOldSecret) this.seen.retried += 1
      if ("api_token" in body) this.seen.apiTokens += 1
      return result
    }
    if (body.code === "grant_rejected") {
      this.seen.rejections += 1
      if (isWorking && hasGoodSecret) throw new Error("a working refresh token was rejected")
    } else this.seen.outages += 1
    const isCode = grant?.startsWith("code-") ?? false
    if (isCode && superOffice.delivered.has(String(grant)) && this.#knowsKeys()) {
      throw new Error(`tokens were issued, and ${String(body.code)} was told`)
    }
    return result
  }

  /** Whether the key that signs can be had: from the endpoint, or from the cache while it may still be used. */
  #knowsKeys(): boolean {
    const { superOffice, now } = this.#environment
    const { lastFetched, signingKid, keysAre } = superOffice
    const isCurrent = lastFetched?.kid === signingKid && now.getTime() - lastFetched.at.getTime() < 86_400_000
    return keysAre !== "down" || isCurrent
  }

  /** A code stays good when its answer could not have the token that was asked for. */
  #checkUnsigned(...codes: readonly string[]): void {
    this.seen.unsigned += 1
    const arrived = this.#environment.superOffice.arrivals.find(({ grant }) => codes.includes(grant))
    if (arrived) throw new Error(`${arrived.grant} was posted without a key to sign with`)
  }

  /** A code arrives once; or twice when the first was rejected, and the second brought another client secret. */
  #checkArrivals(): void {
    const { arrivals } = this.#environment.superOffice
    for (const code of new Set(
      arrivals.map(({ grant }) => grant).filter((grant) => grant.startsWith("code-")),
    )) {
      const [first, second, ...more] = arrivals.filter(({ grant }) => grant === code)
      const mayBeRepeated = first?.rejected && first.clientSecret !== second?.clientSecret
      if (more.length > 0 || (second && !mayBeRepeated)) throw new Error(`${code} was posted again`)
    }
  }
}

function sessionOf({ cookies }: Json): string | undefined {
  const [line] = (cookies ?? []) as readonly string[]
  return line?.startsWith("__Host-so-session-") ? line.slice(0, line.indexOf(";")) : undefined
}
