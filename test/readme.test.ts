import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { loadConfig } from "../lib/config.ts"
import { errorResponse, ExchangeError, statusOf } from "../lib/errors.ts"
import { exchangeCode, refreshToken, token } from "../lib/operations/token.ts"
import { bodyOf, browserEvent, signedEvent } from "./support/events.ts"
import { completeEnv, keySetOf, openFrontDoor, rejectedAnswer, requestId } from "./support/front-door.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const seedBody = readFixture("seed-response.json")
const seed = { status: 200, retryAfterSeconds: undefined, body: seedBody }
const sod = JSON.parse(readFixture("sod-jwks.json")) as { keys: unknown[] }

/** The examples are the response this product was specified from, at its own time. */
const atItsTime = {
  now: new Date("2018-01-18T18:21:40Z"),
  answers: [seed],
  keySet: () => Promise.resolve({ value: keySetOf(...sod.keys), stale: false }),
}

describe("the README's examples", () => {
  it("a page's request gets the page's answer", async () => {
    const result = await openFrontDoor(exchangeCode, atItsTime).invoke(browserEvent(example("page request")))
    expect(shortened(bodyOf(result))).toEqual(example("page answer"))
  })

  it("a direct request gets the direct answer", async () => {
    const answers = [
      { ...seed, body: JSON.stringify({ ...(JSON.parse(seedBody) as object), refresh_token: undefined }) },
    ]
    const result = await openFrontDoor(refreshToken, { ...atItsTime, answers }).invoke(
      example("direct request"),
    )
    expect(shortened(result)).toEqual(example("direct answer"))
  })

  it("a signed request gets the same answer", async () => {
    const result = await openFrontDoor(token, atItsTime).invoke(signedEvent(example("signed request")))
    expect(shortened(bodyOf(result))).toEqual(example("direct answer"))
  })

  it("a refused grant gets the error answer", async () => {
    const door = openFrontDoor(refreshToken, { answers: [rejectedAnswer] })
    expect(await door.invoke(example("direct request"))).toEqual(example("error answer"))
  })
})

describe("the README's tables", () => {
  it("list every error code with its status, name and whether it may be retried", () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| `(\w+)` +\| (yes|no)/gm)]
    const told = rows.map(([, code, status, error, retry]) => [code, Number(status), error, retry === "yes"])
    const expected = Object.keys(errorCodes).map((code) => {
      const answer = errorResponse(new ExchangeError(code as keyof typeof errorCodes, ""), requestId)
      return [code, statusOf(answer.code), answer.error, answer.retryable]
    })
    expect(told.toSorted()).toEqual(expected.toSorted())
  })

  it("list every setting that is read", () => {
    const read = new Set<string>()
    const env = new Proxy<Record<string, string>>(completeEnv, {
      get: (target, name) => {
        read.add(String(name))
        return target[String(name)]
      },
    })
    loadConfig(env)
    const ours = [...read].filter((name) => !name.startsWith("AWS_") && !name.startsWith("NODE_"))
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name)
    expect(rows.toSorted()).toEqual(ours.toSorted())
  })
})

/** Every code, by the compiler's word: a new one must be added here and so to the README. */
const errorCodes: Record<ExchangeError["code"], true> = {
  request_invalid: true,
  grant_unsupported: true,
  grant_rejected: true,
  session_expired: true,
  identity_mismatch: true,
  origin_not_allowed: true,
  method_not_allowed: true,
  media_type_unsupported: true,
  request_too_large: true,
  system_user_rejected: true,
  client_rejected: true,
  signing_key_rejected: true,
  clock_rejected: true,
  tenant_mismatch: true,
  id_token_invalid: true,
  upstream_invalid: true,
  upstream_unavailable: true,
  key_set_unavailable: true,
  secret_unavailable: true,
  upstream_timeout: true,
  configuration_invalid: true,
  unexpected: true,
}

function example(name: string): unknown {
  const [, json] = new RegExp(`<!-- example: ${name} -->\\s+\`\`\`json\\n([^\`]+)\`\`\``).exec(readme) ?? []
  if (json === undefined) throw new Error(`the README has no example "${name}"`)
  return JSON.parse(json)
}

/** Long values as the README shows them. */
function shortened(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_name, member: unknown) =>
    typeof member === "string" && member.length > 80 ? `${member.slice(0, 24)}…` : member,
  )
}

function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")
}
