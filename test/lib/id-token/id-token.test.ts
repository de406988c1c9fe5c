import { createHash } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { verifyIdToken } from "../../../lib/id-token/id-token.ts"
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
} from "../../support/id-tokens.ts"
import {
  expectRefusal,
  header,
  key,
  rereadOf,
  now,
  otherKey,
  policy,
  verify,
} from "../../support/id-token-verifier.ts"

describe("the one valid example", () => {
  it("is accepted, with the claims as they were written and the key that signed (C23, C26, R01, R08)", async () => {
    expect(await verify(signIdToken(key))).toEqual({ payload: superOfficeClaims(), keyId: key.kid })
  })

  it("is accepted in the form of 2018: x5t without kid, iat as a string", async () => {
    const idToken = signIdToken(key, superOfficeClaims({ iat: String(now) }), header2018(key))
    expect(await verify(idToken)).toEqual({ payload: superOfficeClaims(), keyId: key.x5t })
  })
})

describe("claims", () => {
  const sub255 = "a".repeat(255)

  it.each<[string, Record<string, unknown>]>([
    ["an audience list of our client alone (R19)", { aud: [clientId] }],
    ["an audience list that names our client twice (C24)", { aud: [clientId, clientId] }],
    ["an azp that is our client (C25)", { azp: clientId }],
    ["a sub of 255 characters (C33)", { sub: sub255 }],
    ["times as digit strings", { iat: String(now), nbf: String(now - 60), exp: String(now + 300) }],
    ["a nonce that nobody asked about", { nonce: "n-0S6_WzA2Mj" }],
  ])("accepts %s", async (_name, changes) => {
    await expect(verify(signIdToken(key, superOfficeClaims(changes)))).resolves.toBeDefined()
  })

  it.each<[string, Record<string, unknown>, string]>([
    ["another issuer (C23, R02)", { iss: "https://online.superoffice.com" }, "iss"],
    ["an issuer with a trailing slash (C23)", { iss: `${issuer}/` }, "iss"],
    ["an issuer in other letters (C23)", { iss: "https://SOD.superoffice.com" }, "iss"],
    ["a system user's issuer, signed by the same key", { iss: "SuperOffice AS" }, "iss"],
    ["no issuer (R22)", { iss: undefined }, "iss"],
    ["an ID Token for another client (C24, R04)", { aud: "another-client" }, "aud"],
    ["an ID Token for a system user", { aud: "spn:1501178584" }, "aud"],
    ["no audience (R04)", { aud: undefined }, "aud"],
    ["an empty audience list (C24)", { aud: [] }, "aud"],
    ["a second audience (C24, R19)", { aud: [clientId, "another-client"] }, "aud"],
    ["an audience list inside a list (C24)", { aud: [[clientId]] }, "aud"],
    ["another authorized party (C25)", { azp: "another-client" }, "azp"],
    ["no sub (C33, R03)", { sub: undefined }, "sub"],
    ["an empty sub (C33)", { sub: "" }, "sub"],
    ["a sub that is a number (C33)", { sub: 5 }, "sub"],
    ["a sub of 256 characters (C33)", { sub: `${sub255}a` }, "sub"],
    ["no tenant", { [`${namespace}ctx`]: undefined }, "ctx"],
    ["an empty tenant", { [`${namespace}ctx`]: "" }, "ctx"],
    ["a tenant outside the namespace only", { [`${namespace}ctx`]: undefined, ctx: "Cust12020" }, "ctx"],
    ["no exp (C29, R18)", { exp: undefined }, "exp"],
    ["no nbf (C29)", { nbf: undefined }, "nbf"],
    ["null for a sub (C33)", { sub: null }, "sub"],
    ["null for an nbf (C29)", { nbf: null }, "nbf"],
    ["null for an iat (C30)", { iat: null }, "iat"],
    ["no iat (C30, R05)", { iat: undefined }, "iat"],
    ["the hash of another access token (C32, R17)", { at_hash: hashOf("8A:Cust12020.other") }, "at_hash"],
  ])("refuses %s", async (_name, changes, rule) => {
    await expectRefusal(verify(signIdToken(key, superOfficeClaims(changes))), sentences[rule] ?? "")
  })

  it("accepts the hash of the access token it came with (C32, R17)", async () => {
    const idToken = signIdToken(key, superOfficeClaims({ at_hash: hashOf(accessToken) }))
    await expect(verify(idToken)).resolves.toBeDefined()
  })

  it.each(["azp", "at_hash", "nonce", `${namespace}webapi_url`])(
    "takes a %s of null for absent (C73)",
    async (claim) => {
      const { payload } = await verify(signIdToken(key, superOfficeClaims({ [claim]: null })))
      expect(payload).not.toHaveProperty([claim])
    },
  )

  it("cuts the fraction of a second off (RFC 7519 §2)", async () => {
    const times = { iat: now + 0.9, nbf: now - 59.1, exp: now + 299.5 }
    const { payload } = await verify(signIdToken(key, superOfficeClaims(times)))
    expect(payload).toMatchObject({ iat: now, nbf: now - 60, exp: now + 299 })
  })

  it("passes over the hash of an access token where there is none to compare", async () => {
    const idToken = signIdToken(key, superOfficeClaims({ at_hash: hashOf(accessToken) }))
    await expect(verify(idToken, { accessToken: undefined })).resolves.toBeDefined()
  })

  it("computes the hash as the example of the specification does (C32)", async () => {
    // OIDC Core, appendix A.3.
    const idToken = signIdToken(key, superOfficeClaims({ at_hash: "77QmUPtjPfzWtF2AnpK9RQ" }))
    await expect(
      verify(idToken, { accessToken: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y" }),
    ).resolves.toBeDefined()
  })

  it.each([
    "1e3",
    "-1",
    "+1",
    " 1",
    "1.0",
    "0x10",
    "",
    "1234567890123",
    "١٢٣",
    "1.5",
    -1,
    -0.5,
    1e12,
    true,
    null,
    [now],
  ])("refuses %j as a point in time", async (value) => {
    const idToken = (claim: string) => signIdToken(key, superOfficeClaims({ [claim]: value }))
    for (const claim of ["exp", "nbf", "iat"]) {
      await expectRefusal(verify(idToken(claim)), `its "${claim}" is not a time`)
    }
  })
})

const sentences: Readonly<Record<string, string>> = {
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

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url")
}

describe("time, with a tolerance of 60 seconds", () => {
  // Each rule with the last moment on one side and the first on the other, in milliseconds from signing.
  const wide = { exp: now + 86_400, nbf: now - 86_400 }

  it.each<[string, Record<string, number>, number, string | undefined]>([
    ["just before exp + 60 s (C29)", {}, 360_000 - 1, undefined],
    ["at exp + 60 s (C29, R18)", {}, 360_000, "it has expired"],
    ["at nbf − 60 s (C29)", { nbf: now + 30, iat: now - 60 }, -30_000, undefined],
    ["just before nbf − 60 s (C29)", { nbf: now + 30, iat: now - 60 }, -30_001, "it is not valid yet"],
    ["at iat − 60 s (C30)", wide, -60_000, undefined],
    ["just before iat − 60 s (C30)", wide, -60_001, 'its "iat" is in the future'],
    ["an hour and 60 s after iat (C30)", wide, 3_660_000, undefined],
    ["just after an hour and 60 s (C30)", wide, 3_660_001, 'its "iat" is more than an hour ago'],
    [
      "a week after iat (C30, R20)",
      { ...wide, exp: now + 1e6 },
      604_800_000,
      'its "iat" is more than an hour ago',
    ],
  ])("%s", async (_when, changes, offsetMs, refusal) => {
    const at = new Date(signedAt.getTime() + offsetMs)
    const verification = verify(signIdToken(key, superOfficeClaims(changes)), { now: at })
    if (refusal) await expectRefusal(verification, refusal)
    else await expect(verification).resolves.toBeDefined()
  })

  it("is exact with a tolerance of 0 (C29)", async () => {
    const at = (ms: number) => ({ now: new Date(signedAt.getTime() + ms), clockToleranceSeconds: 0 })
    await expect(verify(signIdToken(key), at(0))).resolves.toBeDefined()
    await expect(verify(signIdToken(key), at(299_999))).resolves.toBeDefined()
    await expectRefusal(verify(signIdToken(key), at(300_000)), "it has expired")
    await expectRefusal(verify(signIdToken(key), at(-1)), 'its "iat" is in the future')
  })
})

describe("the payload", () => {
  const signed = (payload: string | Uint8Array) => signParts(key, JSON.stringify(header), payload)

  it.each(["[]", "null", "1649314756", '"text"', '{"iss":', "{} {}", "\ufeff{}"])(
    "refuses %j, which is not one JSON object",
    async (payload) => {
      await expectRefusal(verify(signed(payload)), "its payload is not a JSON object")
    },
  )

  it.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["ISO 8859-1", [0xe5]],
  ])("refuses %s inside a name, which is not UTF-8", async (_name, bytes) => {
    const text = JSON.stringify(superOfficeClaims({ [`${namespace}company_name`]: "@" }))
    const at = text.indexOf('"@"') + 1
    const payload = Buffer.concat([
      Buffer.from(text.slice(0, at)),
      Buffer.from(bytes),
      Buffer.from(text.slice(at + 1)),
    ])
    await expectRefusal(verify(signed(payload)), "its payload is not UTF-8")
  })

  it("accepts names beyond ASCII", async () => {
    const claims = superOfficeClaims({ [`${namespace}company_name`]: "Blåbær & Søn 漢字 🫐" })
    expect((await verify(signIdToken(key, claims))).payload).toEqual(claims)
  })

  it("leaves a member called __proto__ an ordinary member", async () => {
    const text = JSON.stringify(superOfficeClaims()).replace("{", '{"__proto__":{"azp":"another-client"},')
    const { payload } = await verify(signed(text))
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype)
    expect(payload.azp).toBeUndefined()
  })
})

describe("keys", () => {
  const withoutNames = { ...key.jwk, kid: undefined, x5t: undefined }
  const nameless = { alg: "RS256" }

  it("accepts a header without names when the set has one key (R06)", async () => {
    await expect(verify(signIdToken(key, superOfficeClaims(), nameless))).resolves.toMatchObject({
      keyId: undefined,
    })
  })

  it("tries every key for a header without names (R07)", async () => {
    const keys = keySetOf(otherKey.jwk, key.jwk)
    await expect(verify(signIdToken(key, superOfficeClaims(), nameless), {}, keys)).resolves.toBeDefined()
  })

  it("finds the key by x5t among several (R07)", async () => {
    const keys = keySetOf(otherKey.jwk, key.jwk)
    await expect(
      verify(signIdToken(key, superOfficeClaims(), header2018(key)), {}, keys),
    ).resolves.toBeDefined()
  })

  it("tries a key without names for a header that names another", async () => {
    await expect(verify(signIdToken(key), {}, keySetOf(otherKey.jwk, withoutNames))).resolves.toBeDefined()
  })

  it("reads the keys once more for a key it has not seen, and then accepts (C36, R13, R14)", async () => {
    const reread = rereadOf(keySetOf(key.jwk))
    const { payload } = await verifyIdToken(signIdToken(key), policy, keySetOf(otherKey.jwk), reread)
    expect(payload).toEqual(superOfficeClaims())
    expect(reread.times).toBe(1)
  })

  it("are not read again for a key that is in hand (C36)", async () => {
    const reread = rereadOf(new Error("the keys were read again"))
    await expect(
      verifyIdToken(signIdToken(key), policy, keySetOf(otherKey.jwk, key.jwk), reread),
    ).resolves.toBeDefined()
    expect(reread.times).toBe(0)
  })

  it("reads the keys once more when no key verifies a header without names (R13)", async () => {
    const reread = rereadOf(keySetOf(otherKey.jwk, key.jwk))
    const idToken = signIdToken(key, superOfficeClaims(), nameless)
    await verifyIdToken(idToken, policy, keySetOf(otherKey.jwk), reread)
    expect(reread.times).toBe(1)
  })

  it("refuses after one more read when the key is still not there (C36)", async () => {
    const keys = keySetOf(otherKey.jwk)
    const reread = rereadOf(keys)
    const verification = verifyIdToken(signIdToken(key), policy, keys, reread)
    await expectRefusal(verification, "no key of SuperOffice's verifies its signature")
    expect(reread.times).toBe(1)
  })

  it("lets the failure of that read pass through as it is", async () => {
    const failure = new ExchangeError("key_set_unavailable", "the key endpoint is down")
    await expect(
      verifyIdToken(signIdToken(key), policy, keySetOf(otherKey.jwk), rereadOf(failure)),
    ).rejects.toBe(failure)
  })
})

describe("a refusal", () => {
  let error: ExchangeError

  beforeAll(async () => {
    const claims = superOfficeClaims({
      sub: "private@example.com",
      nonce: "private-nonce",
      aud: "private-client",
    })
    error = (await verify(signIdToken(key, claims)).catch((thrown: unknown) => thrown)) as ExchangeError
  })

  it("says nothing of what the token held (C62)", () => {
    expect(error.code).toBe("id_token_invalid")
    expect(`${error.message} ${String(error.stack)}`).not.toContain("private")
    expect(error.cause).toBeUndefined()
  })
})
