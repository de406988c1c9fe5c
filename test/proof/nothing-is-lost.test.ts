import fc from "fast-check"
import { expect, it } from "vitest"
import { bodyOf, browserEvent } from "../support/events.ts"
import { codeVerifier, pageOrigin } from "../support/front-door.ts"
import { StandInEnvironment } from "./stand-ins/environment.ts"
import type { ReceivedRequest } from "./stand-ins/superoffice.ts"

type Json = Readonly<Record<string, unknown>>

/** What happens in the world, or a request that somebody makes. */
type Step =
  | {
      readonly happens: "secret replaced at SuperOffice" | "secret replaced in Secrets Manager" | "key rolled"
    }
  | { readonly happens: "time goes by"; readonly seconds: number }
  | { readonly happens: "Secrets Manager" | "key endpoint"; readonly is: "up" | "down" | "slow" }
  | { readonly happens: "fault"; readonly fault: "refused" | "lost" | "busy" | "page" }
  | { readonly request: "code" | "refresh" | "refresh by a page"; readonly twice: boolean }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      request: fc.constantFrom("code", "refresh", "refresh by a page"),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ happens: fc.constant("secret replaced at SuperOffice") }) },
  { weight: 1, arbitrary: fc.record({ happens: fc.constant("secret replaced in Secrets Manager") }) },
  { weight: 1, arbitrary: fc.record({ happens: fc.constant("key rolled") }) },
  { weight: 1, arbitrary: fc.record({ happens: fc.constant("time goes by"), seconds: fc.nat(90_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      happens: fc.constantFrom("Secrets Manager", "key endpoint"),
      is: fc.constantFrom("up", "down", "slow"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      happens: fc.constant("fault"),
      fault: fc.constantFrom("refused", "lost", "busy", "page"),
    }),
  },
)

it("loses no tokens and no session, and posts no code twice, whatever happens in whatever order (C07)", async () => {
  const seen = { tokens: 0, rejections: 0, outages: 0, retried: 0 }
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

/** One environment, the callers who use it, and what they must be able to rely on. */
class Life {
  readonly seen = { tokens: 0, rejections: 0, outages: 0, retried: 0 }
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
      await Promise.all(requests.map((request) => this.#send(request)))
      this.#checkArrivals()
    } else if (step.happens === "time goes by") this.#environment.wait(step.seconds)
    else if (step.happens === "Secrets Manager") secretsManager.is = step.is
    else if (step.happens === "key endpoint") superOffice.keysAre = step.is
    else if (step.happens === "fault") superOffice.fault = step.fault
    else if (step.happens === "key rolled") superOffice.rollKey()
    else if (step.happens === "secret replaced at SuperOffice") {
      superOffice.clientSecret = `secret-${(this.#secrets += 1)}`
    } else secretsManager.replace(superOffice.clientSecret)
  }

  async #send(request: "code" | "refresh" | "refresh by a page"): Promise<void> {
    if (request === "code") {
      const code = this.#environment.superOffice.issueCode()
      const redirect_uri = `${pageOrigin}/callback`
      const fields = { grant_type: "authorization_code", code, redirect_uri, code_verifier: codeVerifier }
      const byPage = await this.#expect(code, () => this.#environment.send(browserEvent(fields)))
      this.#session = sessionOf(byPage) ?? this.#session
      const another = this.#environment.superOffice.issueCode()
      const answer = await this.#expect(another, () => this.#environment.send({ ...fields, code: another }))
      if (typeof answer.refresh_token === "string") this.#refreshToken = answer.refresh_token
    } else if (request === "refresh" && this.#refreshToken !== undefined) {
      const fields = { grant_type: "refresh_token", refresh_token: this.#refreshToken }
      await this.#expect(this.#refreshToken, () => this.#environment.send(fields))
    } else if (request === "refresh by a page" && this.#session !== undefined) {
      const event = browserEvent({ grant_type: "refresh_token" }, { headers: { "x-csrf": "1" } })
      const cookies = [this.#session]
      const result = await this.#expect(undefined, () => this.#environment.send({ ...event, cookies }))
      const code = String(bodyOf(result).code)
      if (code === "session_expired") this.#session = undefined
      else if ("error" in bodyOf(result)) expect(result.cookies ?? []).toEqual([])
    }
  }

  /** Sends, and holds the answer against what the world knows. */
  async #expect(grant: string | undefined, send: () => Promise<Json>): Promise<Json> {
    const { superOffice, secretsManager } = this.#environment
    const canKnowSecret = secretsManager.is !== "down" || secretsManager.lastRead === superOffice.clientSecret
    const hasGoodSecret = canKnowSecret && secretsManager.clientSecret === superOffice.clientSecret
    const isWorking = grant !== undefined && superOffice.isWorking(grant)
    const heldOldSecret = secretsManager.lastRead !== superOffice.clientSecret
    const result = await send()
    const body = "statusCode" in result ? bodyOf(result) : result

    if (body.access_token !== undefined) {
      this.seen.tokens += 1
      if (heldOldSecret) this.seen.retried += 1
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

  /** A code arrives once; or twice when the first was rejected, and the second brought another client secret. */
  #checkArrivals(): void {
    const byCode = new Map<string, ReceivedRequest[]>()
    for (const arrival of this.#environment.superOffice.arrivals) {
      if (!arrival.grant.startsWith("code-")) continue
      byCode.set(arrival.grant, [...(byCode.get(arrival.grant) ?? []), arrival])
    }
    for (const [code, [first, second, ...more]] of byCode) {
      const mayBeRepeated = first?.rejected && first.clientSecret !== second?.clientSecret
      if (more.length > 0 || (second && !mayBeRepeated)) throw new Error(`${code} was posted again`)
    }
  }
}

function sessionOf({ cookies }: Json): string | undefined {
  const [line] = (cookies ?? []) as readonly string[]
  return line?.startsWith("__Host-so-session-") ? line.slice(0, line.indexOf(";")) : undefined
}
