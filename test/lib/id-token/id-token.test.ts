import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { verifyIdToken, type IdTokenPolicy } from "../../../lib/id-token/id-token.ts"
import { accessToken, keySetOf } from "../../support/front-door.ts"
import {
  clientId,
  header2018,
  issuer,
  namespace,
  signedAt,
  signIdToken,
  signParts,
  superOfficeClaims,
} from "../../../harness/id-tokens.ts"
import {
  expectRefusal,
  header,
  key,
  now,
  otherKey,
  policy,
  rereadOf,
  verify,
} from "../../support/id-token-verifier.ts"

/** Verifies a token of SuperOffice's whose claims have these changes. */
function verifyClaims(changes: Readonly<Record<string, unknown>>, policy: Partial<IdTokenPolicy> = {}) {
  return verify(signIdToken(key, superOfficeClaims(changes)), policy)
}

/** Verifies it so many milliseconds after it was signed. */
function verifyLater(ms: number, changes: Readonly<Record<string, unknown>>) {
  return verifyClaims(changes, { now: new Date(signedAt.getTime() + ms) })
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url")
}

describe("verifyIdToken", () => {
  const sub255 = "a".repeat(255)
  const ctx = `${namespace}ctx`

  it("accepts a valid token, and gives its claims and its key (C23, C26, R01, R08)", async () => {
    const claims = superOfficeClaims({ [`${namespace}company_name`]: "Blåbær & Søn 漢字 🫐", nonce: "any" })
    expect(await verify(signIdToken(key, claims))).toEqual({ payload: claims, keyId: key.kid })
  })

  it("accepts the form of 2018: x5t without kid, and times as strings", async () => {
    const times = { iat: String(now), nbf: String(now - 60), exp: String(now + 300) }
    const idToken = signIdToken(key, superOfficeClaims(times), header2018(key))
    expect(await verify(idToken)).toEqual({ payload: superOfficeClaims(), keyId: key.x5t })
  })

  it.each<[string, Record<string, unknown>]>([
    ["an audience list of our client alone (R19)", { aud: [clientId] }],
    ["an audience list that names our client twice (C24)", { aud: [clientId, clientId] }],
    ["an azp that is our client (C25)", { azp: clientId }],
    ["a sub of 255 characters (C33)", { sub: sub255 }],
    ["the hash of the access token that it came with (C32, R17)", { at_hash: hashOf(accessToken) }],
  ])("accepts %s", async (_name, changes) => {
    await expect(verifyClaims(changes)).resolves.toBeDefined()
  })

  const rules = {
    iss: 'its "iss" is not this environment\'s',
    aud: 'its "aud" is not our client alone',
    azp: 'its "azp" is not our client',
    sub: 'its "sub" is not 1 to 255 characters',
    ctx: "it names no tenant",
    exp: 'its "exp" is not a time',
    nbf: 'its "nbf" is not a time',
    iat: 'its "iat" is not a time',
    at_hash: 'its "at_hash" is not the access token\'s',
  }

  it.each<[string, Record<string, unknown>, keyof typeof rules]>([
    ["another issuer (C23, R02)", { iss: "https://online.superoffice.com" }, "iss"],
    ["an issuer with a trailing slash (C23)", { iss: `${issuer}/` }, "iss"],
    ["an issuer in other letters (C23)", { iss: "https://SOD.superoffice.com" }, "iss"],
    ["a system user's issuer, signed by the same key", { iss: "SuperOffice AS" }, "iss"],
    ["no issuer (R22)", { iss: undefined }, "iss"],
    ["an ID Token for another client (C24, R04)", { aud: "another-client" }, "aud"],
    ["no audience (R04)", { aud: undefined }, "aud"],
    ["an empty audience list (C24)", { aud: [] }, "aud"],
    ["a second audience (C24, R19)", { aud: [clientId, "another-client"] }, "aud"],
    ["an audience list inside a list (C24)", { aud: [[clientId]] }, "aud"],
    ["another authorized party (C25)", { azp: "another-client" }, "azp"],
    ["no sub (C33, R03)", { sub: undefined }, "sub"],
    ["null for a sub (C33)", { sub: null }, "sub"],
    ["an empty sub (C33)", { sub: "" }, "sub"],
    ["a sub that is a number (C33)", { sub: 5 }, "sub"],
    ["a sub of 256 characters (C33)", { sub: `${sub255}a` }, "sub"],
    ["an empty tenant", { [ctx]: "" }, "ctx"],
    ["a tenant outside the namespace only", { [ctx]: undefined, ctx: "Cust12020" }, "ctx"],
    ["no exp (C29, R18)", { exp: undefined }, "exp"],
    ["no nbf (C29)", { nbf: undefined }, "nbf"],
    ["null for an nbf (C29)", { nbf: null }, "nbf"],
    ["no iat (C30, R05)", { iat: undefined }, "iat"],
    ["null for an iat (C30)", { iat: null }, "iat"],
    ["the hash of another access token (C32, R17)", { at_hash: hashOf("8A:Cust12020.other") }, "at_hash"],
  ])("refuses %s", async (_name, changes, rule) => {
    await expectRefusal(verifyClaims(changes), rules[rule])
  })

  it("passes over the hash of an access token where there is none to compare", async () => {
    await expect(verifyClaims({ at_hash: "any" }, { accessToken: undefined })).resolves.toBeDefined()
  })

  it("computes the hash as the example of the specification does (C32)", async () => {
    // OIDC Core, appendix A.3.
    const example = { accessToken: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y" }
    await expect(verifyClaims({ at_hash: "77QmUPtjPfzWtF2AnpK9RQ" }, example)).resolves.toBeDefined()
  })

  it.each(["azp", "at_hash", "nonce", "webapi_url"])("takes a %s of null for absent (C73)", async (claim) => {
    const { payload } = await verifyClaims({ [claim]: null })
    expect(payload).not.toHaveProperty([claim])
  })

  it("cuts the fraction of a second off (RFC 7519 §2)", async () => {
    const { payload } = await verifyClaims({ iat: now + 0.9, nbf: now - 59.1, exp: now + 299.5 })
    expect(payload).toMatchObject({ iat: now, nbf: now - 60, exp: now + 299 })
  })

  it.each(["1e3", "-1", " 1", "1.0", "", "1234567890123", -1, -0.5, 1e12, true, null, [now]])(
    "refuses %j as a point in time",
    async (value) => {
      for (const claim of ["exp", "nbf", "iat"] as const)
        await expectRefusal(verifyClaims({ [claim]: value }), rules[claim])
    },
  )
})

describe("verifyIdToken, with a tolerance of 60 seconds,", () => {
  // Each rule with the last moment on one side and the first on the other, in milliseconds from signing.
  const usual = {}
  const early = { nbf: now + 30, iat: now - 60 }
  const wide = { exp: now + 1e6, nbf: now - 86_400 }

  it.each<[string, Record<string, number>, number]>([
    ["just before exp + 60 s (C29)", usual, 360_000 - 1],
    ["at nbf − 60 s (C29)", early, -30_000],
    ["at iat − 60 s (C30)", wide, -60_000],
    ["an hour and 60 s after iat (C30)", wide, 3_660_000],
  ])("accepts a token %s", async (_when, changes, ms) => {
    await expect(verifyLater(ms, changes)).resolves.toBeDefined()
  })

  it.each<[string, Record<string, number>, number, string]>([
    ["at exp + 60 s (C29, R18)", usual, 360_000, "it has expired"],
    ["just before nbf − 60 s (C29)", early, -30_001, "it is not valid yet"],
    ["just before iat − 60 s (C30)", wide, -60_001, 'its "iat" is in the future'],
    ["just after an hour and 60 s (C30)", wide, 3_660_001, 'its "iat" is more than an hour ago'],
    ["a week after iat (C30, R20)", wide, 604_800_000, 'its "iat" is more than an hour ago'],
  ])("refuses a token %s", async (_when, changes, ms, refusal) => {
    await expectRefusal(verifyLater(ms, changes), refusal)
  })
})

describe("verifyIdToken, of a payload,", () => {
  const signed = (payload: string | Uint8Array) => verify(signParts(key, JSON.stringify(header), payload))

  it.each(["[]", "null", "1649314756", '{"iss":', "{} {}", "\ufeff{}"])(
    "refuses %j, which is not one JSON object",
    async (payload) => {
      await expectRefusal(signed(payload), "its payload is not a JSON object")
    },
  )

  it.each([
    ["an overlong slash", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["ISO 8859-1", [0xe5]],
  ])("refuses %s inside a name, which is not UTF-8", async (_name, bytes) => {
    const [before = "", after = ""] = JSON.stringify(superOfficeClaims({ name: "@" })).split('"@"')
    const payload = Buffer.concat([Buffer.from(`${before}"`), Buffer.from(bytes), Buffer.from(`"${after}`)])
    await expectRefusal(signed(payload), "its payload is not UTF-8")
  })

  it("leaves a member called __proto__ an ordinary member", async () => {
    const text = JSON.stringify(superOfficeClaims()).replace("{", '{"__proto__":{"azp":"another-client"},')
    const { payload } = await signed(text)
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype)
    expect(payload.azp).toBeUndefined()
  })

  it("says nothing of what the token held when it refuses (C62)", async () => {
    const secrets = { sub: "private@example.com", nonce: "private-nonce", aud: "private-client" }
    const error = (await verifyClaims(secrets).catch((thrown: unknown) => thrown)) as ExchangeError
    expect(error.code).toBe("id_token_invalid")
    expect(`${error.message} ${String(error.stack)}`).not.toContain("private")
    expect(error.cause).toBeUndefined()
  })
})

describe("verifyIdToken, with a set of keys,", () => {
  const nameless = signIdToken(key, superOfficeClaims(), { alg: "RS256" })
  const unnamed = { ...key.jwk, kid: undefined, x5t: undefined }

  it.each([
    ["the one key for a header without names (R06)", nameless, keySetOf(key.jwk)],
    ["every key for a header without names (R07)", nameless, keySetOf(otherKey.jwk, key.jwk)],
    [
      "the key of the header's x5t among several (R07)",
      signIdToken(key, superOfficeClaims(), header2018(key)),
      keySetOf(otherKey.jwk, key.jwk),
    ],
    ["a key without names for any header", signIdToken(key), keySetOf(otherKey.jwk, unnamed)],
    ["the key that is in hand, and reads no other (C36)", signIdToken(key), keySetOf(otherKey.jwk, key.jwk)],
  ])("tries %s", async (_what, idToken, keys) => {
    const reread = rereadOf(new Error("the keys were read again"))
    const { payload } = await verifyIdToken(idToken, policy, keys, reread)
    expect(payload).toEqual(superOfficeClaims())
    expect(reread.times).toBe(0)
  })

  it.each([
    ["a key that it has not seen (C36, R13, R14)", signIdToken(key)],
    ["a header without names that no key verifies (R13)", nameless],
  ])("accepts after one more read of the keys for %s", async (_what, idToken) => {
    const reread = rereadOf(keySetOf(otherKey.jwk, key.jwk))
    const { payload } = await verifyIdToken(idToken, policy, keySetOf(otherKey.jwk), reread)
    expect(payload).toEqual(superOfficeClaims())
    expect(reread.times).toBe(1)
  })

  it("refuses after one more read when the key is still not there (C36)", async () => {
    const reread = rereadOf(keySetOf(otherKey.jwk))
    const verification = verifyIdToken(signIdToken(key), policy, keySetOf(otherKey.jwk), reread)
    await expectRefusal(verification, "no key of SuperOffice's verifies its signature")
    expect(reread.times).toBe(1)
  })

  it("lets the failure of that read pass through as it is", async () => {
    const failure = new ExchangeError("key_set_unavailable", "the key endpoint is down")
    const verification = verifyIdToken(signIdToken(key), policy, keySetOf(otherKey.jwk), rereadOf(failure))
    await expect(verification).rejects.toBe(failure)
  })
})
