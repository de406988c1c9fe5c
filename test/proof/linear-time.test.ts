import { describe, expect, it } from "vitest"
import { retryAfterSeconds } from "../../lib/adapters/http-headers.ts"
import { parseClientSecret } from "../../lib/credentials/client-secret.ts"
import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { parseSigningKeys } from "../../lib/credentials/signing-keys.ts"
import { parseTokenResponse } from "../../lib/exchange/token-response.ts"
import { normalizeClaims } from "../../lib/id-token/claims.ts"
import { parseKeySet } from "../../lib/id-token/key-set.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { refreshToken, type token } from "../../lib/operations/token.ts"
import { sessionCookiePrefix } from "../../lib/session/cookie-names.ts"
import { parseTenant } from "../../lib/superoffice/tenant.ts"
import { makeStoredKey, secretText } from "../support/api-token.ts"
import { completeConfig } from "../support/context.ts"
import { browserEvent } from "../support/events.ts"
import {
  jsonAnswer,
  keySetOf,
  openFrontDoor,
  pageOrigin,
  signingKey,
  tokenAnswer,
} from "../support/front-door.ts"
import { clientId, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { verify } from "../support/id-token-verifier.ts"
import { everyFunction } from "./functions.ts"
import { countWork } from "./work.ts"

const sizes = [1_000, 2_000, 4_000, 8_000]

/** How much more work the largest size is than the smallest. It is eight times as large. */
async function growth(run: (size: number) => () => unknown, of: readonly number[] = sizes): Promise<number> {
  const counts: number[] = []
  for (const size of of) counts.push(await countWork(run(size)))
  return (counts.at(-1) ?? NaN) / (counts[0] ?? NaN)
}

/** Between eight times (linear) and 64 times (quadratic), with room for what sorts. */
const most = 12

function times<T>(size: number, make: (index: number) => T): T[] {
  return Array.from({ length: size }, (_, index) => make(index))
}

function named<T>(size: number, make: (index: number) => readonly [string, T]): Record<string, T> {
  return Object.fromEntries(times(size, make))
}

/** Members of JSON that nobody asked for. */
function members(size: number): Record<string, null> {
  return named(size, (index) => [`m${index}`, null])
}

/** A spelling of a header's name for each number: its letters in capitals as the bits of the number say. */
function spelling(index: number): string {
  return Array.from("access-control-request-headers")
    .map((letter, bit) => ((index >> (bit % 16)) & 1 ? letter.toUpperCase() : letter))
    .join("")
}

describe("the counter of work", () => {
  const copied = (size: number) => times(size, Number).reduce<number[]>((list, each) => [...list, each], [])
  const searched = (size: number) => times(size, Number).map((each) => times(size, Number).includes(each))

  it.each([
    ["copied", copied],
    ["searched", searched],
  ])("sees that a list which is %s for each of its members is quadratic", async (_what, run) => {
    expect(await growth((size) => () => run(size), [100, 200, 400, 800])).toBeGreaterThan(50)
  })

  it("sees that a list which is gone through once is linear", async () => {
    expect(await growth((size) => () => times(size, String).join(","))).toBeLessThan(most)
  })
})

describe("an event, whoever may invoke the function, costs no more than linear time", () => {
  const cookies = (size: number) =>
    times(size, (index) => `__Host-so-login-${String(index).padStart(8, "0")}=x`)

  const page = (changes: (size: number) => object, options?: object) => (size: number) => ({
    ...browserEvent({}, options),
    ...changes(size),
  })

  it.each<[string, (size: number) => object]>([
    ["fields that nobody knows", (size) => named(size, (index) => [`field${index}`, index])],
    ["a list to include", (size) => ({ refresh_token: "a", include: times(size, () => "tenant") })],
    ["a text to include", (size) => ({ refresh_token: "a", include: "tenant ".repeat(size) })],
    ["a long token", (size) => ({ refresh_token: "a".repeat(size) })],
    ["spellings of one header", page((size) => ({ headers: named(size, (n) => [spelling(n), "x"]) }))],
    ["headers", page((size) => ({ headers: named(size, (index) => [`x-${index}`, "x"]) }))],
    ["cookies of one name", page((size) => ({ cookies: times(size, () => "__Host-so-login-00000000=x") }))],
    ["cookies of many names", page((size) => ({ cookies: cookies(size) }))],
    ["many cookies twice", page((size) => ({ cookies: [...cookies(size), ...cookies(size)] }))],
    ["cookies that are not ours", page((size) => ({ cookies: times(size, (index) => `a${index}=x`) }))],
    ["a long body", page((size) => ({ body: `{"a":"${"a".repeat(size)}"}` }))],
    [
      "a form of many fields",
      page((size) => ({ body: times(size, (index) => `f${index}=%41`).join("&") }), {
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    ],
    [
      "a list of audiences of the authorizer",
      (size) => browserEvent({}, { authorizer: times(size, String) }),
    ],
  ])("with %s", async (_what, event) => {
    for (const spec of everyFunction) {
      const door = openFrontDoor(spec)
      // The first request reads the secret.
      await door.invoke({})
      expect(await growth((size) => () => door.invoke(event(size)))).toBeLessThan(most)
    }
  })
})

describe("a page's many cookies cost no more than linear time", () => {
  const headers = { "x-csrf": "1" }

  it.each<[string, typeof token, object]>([
    ["a sign-in that begins", startLogin as never, { redirect_uri: `${pageOrigin}/callback` }],
    ["a refresh", refreshToken, {}],
    ["a revocation", revokeToken as never, {}],
  ])("in %s", async (_what, spec, fields) => {
    const door = openFrontDoor(spec)
    await door.invoke({})
    const names = (prefix: string, size: number) =>
      times(size, (index) => `${prefix}${String(index).padStart(8, "0")}=x`)
    const event = (size: number) => ({
      ...browserEvent(fields, { headers }),
      cookies: [...names("__Host-so-login-", size), ...names(sessionCookiePrefix(pageOrigin), size)],
    })
    expect(await growth((size) => () => door.invoke(event(size)))).toBeLessThan(most)
  })
})

describe("what SuperOffice sends costs no more than linear time", () => {
  const key = signingKey.jwk

  /** What is read is made before the work is counted. */
  const reading =
    <T>(make: (size: number) => T, read: (made: T) => unknown) =>
    (size: number) => {
      const made = make(size)
      return () => read(made)
    }
  const readingKeys = (make: (size: number) => unknown[]) =>
    reading((size) => JSON.stringify({ keys: make(size) }), parseKeySet)
  const readRetryAfter = (text: string) => retryAfterSeconds({ "retry-after": text }, new Date())
  const expected = { audience: clientId, localHost: undefined }
  const longTenant = (size: number) =>
    jsonAnswer(200, {
      ContextIdentifier: "Cust1",
      Api: `https://superoffice.com/${"a".repeat(size)}`,
      ...members(size),
    })
  const manyClaims = (size: number) => ({
    ...superOfficeClaims(named(size, (index) => [`http://schemes.superoffice.net/identity/c${index}`, "x"])),
    ...{ nbf: 1, iat: 1, exp: 1 },
  })

  it.each<[string, (size: number) => () => unknown]>([
    ["keys that nobody can use", readingKeys((size) => times(size, (n) => ({ kty: "EC", kid: `${n}` })))],
    ["keys that can be used", readingKeys((size) => times(size, (n) => ({ ...key, kid: `${n}` })))],
    ["a key of many operations", readingKeys((size) => [{ ...key, key_ops: times(size, String) }])],
    ["a key of many members", readingKeys((size) => [{ ...key, ...members(size) }])],
    ["a key of a long name", readingKeys((size) => [{ ...key, kid: "a".repeat(size) }])],
    ["a token answer of many members", reading((size) => tokenAnswer(members(size)), parseTokenResponse)],
    ["a long Retry-After", reading((size) => "1".repeat(size), readRetryAfter)],
    ["a Retry-After that is almost a date", reading((size) => `Sun Nov ${" ".repeat(size)}`, readRetryAfter)],
    [
      "a tenant of many members",
      reading(longTenant, (answer) => parseTenant(answer, "Cust1", completeConfig())),
    ],
    ["claims", reading(manyClaims, (payload) => normalizeClaims(payload as never, expected))],
  ])("with %s", async (_what, run) => {
    expect(await growth(run)).toBeLessThan(most)
  })

  it.each<[string, (size: number) => Record<string, unknown>]>([
    ["claims", (size) => named(size, (index) => [`c${index}`, null])],
    ["audiences", (size) => ({ aud: times(size, () => clientId) })],
  ])("with an ID Token of many %s", async (_what, changes) => {
    const keySet = keySetOf(key)
    const signed = (size: number) => signIdToken(signingKey, superOfficeClaims(changes(size)))
    expect(await growth(reading(signed, (token) => verify(token, {}, keySet)))).toBeLessThan(most)
  })
})

describe("a secret costs no more than linear time", () => {
  it.each<[string, (size: number) => string]>([
    ["a long text", (size) => `{"client_id":"${"a".repeat(size)}","client_secret":"${" ".repeat(size)}"}`],
    [
      "sealing keys",
      (size) =>
        JSON.stringify({
          client_id: "a",
          client_secret: "b",
          sealing_keys: times(size, (index) => ({ kid: `${index}`, key: "A".repeat(43) })),
        }),
    ],
  ])("with %s", async (_what, text) => {
    expect(await growth(attempting((size) => parseClientSecret(text(size), "v1", true)))).toBeLessThan(most)
  })

  it.each<[string, (size: number) => string]>([
    ["a long text", (size) => "a".repeat(size)],
    ["white space", (size) => " ".repeat(size)],
    ["escaped line ends", (size) => "\\n".repeat(size)],
    ["beginnings of a PEM", (size) => "-----BEGIN PRIVATE KEY-----".repeat(size)],
    ["beginnings of XML", (size) => "<RSAKeyValue>".repeat(size)],
    ["elements of XML", (size) => `<RSAKeyValue>${"<Modulus>AA==</Modulus>".repeat(size)}</RSAKeyValue>`],
    ["an element of XML without an end", (size) => `<RSAKeyValue><Modulus>${"A ".repeat(size)}`],
  ])("with a private key of %s", async (_what, text) => {
    expect(await growth(attempting((size) => parsePrivateKey(text(size), "v1")))).toBeLessThan(most)
  })

  const { key: signingKeyText } = makeStoredKey("k")

  it.each<[string, (size: number) => string]>([
    ["a long text", (size) => "a".repeat(size)],
    ["a key of a long text", (size) => secretText({ kid: "k", key: "A".repeat(size) })],
    ["a key with a long end", (size) => secretText({ kid: "k", key: signingKeyText + "A".repeat(size) })],
    ["a key of a long name", (size) => secretText({ kid: "k".repeat(size), key: signingKeyText })],
    ["a key of many members", (size) => secretText({ kid: "k", key: signingKeyText, ...members(size) })],
    ["lists within a text", (size) => JSON.stringify({ signing_keys: "[".repeat(size) })],
  ])("with signing keys that are %s", async (_what, text) => {
    expect(await growth(attempting((size) => parseSigningKeys(text(size))))).toBeLessThan(most)
  })

  it("with many signing keys, each of which is read", async () => {
    const text = (size: number) => secretText(...times(size, (n) => ({ kid: `${n}`, key: signingKeyText })))
    expect(
      await growth(
        attempting((size) => parseSigningKeys(text(size))),
        [10, 20, 40, 80],
      ),
    ).toBeLessThan(most)
  })
})

function attempting(run: (size: number) => unknown): (size: number) => () => unknown {
  return (size) => () => {
    try {
      return run(size)
    } catch {
      // Refused: what counts is how much work that was.
      return undefined
    }
  }
}
