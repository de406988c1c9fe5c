import { createHmac, generateKeyPairSync, sign, verify as verifyByNode } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { verifyIdToken } from "../../../lib/id-token/id-token.ts"
import { verifySignature } from "../../../lib/id-token/signature.ts"
import { parseJson } from "../../../lib/json.ts"
import { keySetOf } from "../../support/front-door.ts"
import { signIdToken, signParts, superOfficeClaims } from "../../../harness/id-tokens.ts"
import {
  expectRefusal,
  header,
  key,
  otherKey,
  policy,
  rereadOf,
  verify,
} from "../../support/id-token-verifier.ts"

/** Verifies a token that our key has signed, whose header has these changes. */
function verifyHeader(changes: Readonly<Record<string, unknown>>, keys = keySetOf(key.jwk)) {
  return verify(signIdToken(key, superOfficeClaims(), { ...header, ...changes }), {}, keys)
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}

const signed = signIdToken(key)
const [head = "", body = "", signature = ""] = signed.split(".")

describe("verifySignature, before it chooses a key,", () => {
  it.each(["jwt", undefined, null])("accepts a typ of %j", async (typ) => {
    await expect(verifyHeader({ typ })).resolves.toBeDefined()
  })

  it.each<[string, unknown]>([
    ["an access token's typ (C35)", "at+jwt"],
    ["a logout token's typ (C35)", "logout+jwt"],
    ["a typ with the media type's prefix", "application/jwt"],
    ["a typ that is not a string", ["JWT"]],
  ])("refuses %s", async (_name, typ) => {
    await expectRefusal(verifyHeader({ typ }), 'its "typ" is not JWT')
  })

  it.each<[string, unknown]>([
    ["jku", "https://sod.superoffice.com/login/.well-known/jwks"],
    ["jwk", key.jwk],
    ["x5u", "https://sod.superoffice.com/cert"],
    ["x5c", ["MIIB"]],
    ["crit", ["exp"]],
    ["crit", []],
    ["b64", true],
    ["cty", "JWT"],
    ["zip", "DEF"],
  ])("refuses %s, even under a good signature (C28)", async (name, value) => {
    await expectRefusal(verifyHeader({ [name]: value }), `its header has "${name}"`)
  })

  it.each(["x5t", "jku", "cty", "zip"])("takes a %s of null for absent (C73)", async (name) => {
    await expect(verifyHeader({ [name]: null })).resolves.toBeDefined()
  })

  it.each([{ kid: 1 }, { x5t: ["a"] }])("refuses a name that is not a string: %j", async (changes) => {
    await expectRefusal(verifyHeader(changes), 'its "kid" or "x5t" is not a string')
  })

  it("refuses a kid and an x5t that select different keys", async () => {
    const verification = verifyHeader({ x5t: otherKey.x5t }, keySetOf(key.jwk, otherKey.jwk))
    await expectRefusal(verification, 'its "kid" and "x5t" name different keys')
  })

  it.each([
    ["nothing", ""],
    ["two parts", `${head}.${body}`],
    ["an empty signature", `${head}.${body}.`],
    ["five parts, as an encrypted token has", `${signed}.${body}.${signature}`],
    ["a line break at the end", `${signed}\n`],
    ["padding", `${head}=.${body}.${signature}`],
    ["ordinary base64", `${signed.slice(0, -1)}+`],
    ["white space inside", `${head}. ${body}.${signature}`],
    ["an empty header", `.${body}.${signature}`],
  ])("refuses %s", async (_name, idToken) => {
    await expectRefusal(verify(idToken), "it is not a compact JWS")
  })

  it.each(["[]", "null", "{", "\ufeff{}"])("refuses a header of %s", async (text) => {
    await expectRefusal(verify(signParts(key, text, "{}")), "its header is not a JSON object")
  })
})

describe("verifySignature, of algorithms,", () => {
  const unsigned = (alg: string) => `${encode({ ...header, alg })}.${body}`

  it.each(["none", "NONE", "rs256", "HS256", "ES256", "PS256", "RS384", "", null, ["RS256"], undefined])(
    "refuses an alg of %j over a good RS256 signature (C27, R09, R21)",
    async (alg) => {
      await expectRefusal(verifyHeader({ alg }), 'its "alg" is not RS256')
    },
  )

  it("refuses alg none without a signature (C27, R09)", async () => {
    await expectRefusal(verify(`${unsigned("none")}.`), "it is not a compact JWS")
  })

  it("refuses HS256 keyed with the public key, in either form (C27, R11)", async () => {
    const [publicKey] = keySetOf(key.jwk)
    for (const type of ["spki", "pkcs1"] as const) {
      const pem = publicKey?.key.export({ type, format: "pem" }) ?? ""
      const mac = createHmac("sha256", pem).update(unsigned("HS256")).digest("base64url")
      await expectRefusal(verify(`${unsigned("HS256")}.${mac}`), 'its "alg" is not RS256')
    }
  })

  it("refuses ES256 by a key of its own (C27, R11)", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const by = { key: privateKey, dsaEncoding: "ieee-p1363" } as const
    const signature = sign("sha256", Buffer.from(unsigned("ES256")), by).toString("base64url")
    await expectRefusal(verify(`${unsigned("ES256")}.${signature}`), 'its "alg" is not RS256')
  })

  it("refuses a PSS signature that says RS256 (C27)", async () => {
    // RSA_PKCS1_PSS_PADDING
    const by = { key: key.privateKey, padding: 6 }
    const signature = sign("sha256", Buffer.from(unsigned("RS256")), by).toString("base64url")
    await expectRefusal(verify(`${unsigned("RS256")}.${signature}`), "its signature is wrong")
  })
})

describe("verifySignature, of what was signed,", () => {
  it("refuses a payload that was changed after signing (C26, R10)", async () => {
    const changed = encode(superOfficeClaims({ sub: "admin@example.com" }))
    await expectRefusal(verify(`${head}.${changed}.${signature}`), "its signature is wrong")
  })

  it("refuses a header that was changed after signing (C26)", async () => {
    const changed = encode({ ...header, typ: undefined })
    await expectRefusal(verify(`${changed}.${body}.${signature}`), "its signature is wrong")
  })

  it("refuses a signature by another key under our key's name (C26, R10)", async () => {
    const reread = rereadOf(keySetOf(key.jwk))
    const forged = signIdToken(otherKey, superOfficeClaims(), header)
    await expectRefusal(verifyIdToken(forged, policy, keySetOf(key.jwk), reread), "its signature is wrong")
    // Another read would give no better key than the one that is named.
    expect(reread.times).toBe(0)
  })

  const seed = 20261125
  it(`agrees with Node's own crypto when any one character is changed (seed ${seed})`, async () => {
    const keySet = keySetOf(key.jwk)
    const character = fc.constantFrom(...Array.from("AZaz09-_.+/= \n"))
    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), character, async (at, replacement) => {
        const changed = signed.slice(0, at) + replacement + signed.slice(at + 1)
        const ours = await verifySignature(changed, keySet, () => Promise.resolve(keySet)).then(
          () => true,
          () => false,
        )
        expect(ours).toBe(isSignedByNode(changed))
      }),
      { seed, numRuns: 400 },
    )
  })
})

/** An independent verdict: three parts of base64url, our header, and Node's own signature check. */
function isSignedByNode(token: string): boolean {
  const [, signed = "", head = "", signature = ""] = /^(([\w-]+)\.[\w-]+)\.([\w-]+)$/.exec(token) ?? []
  if (!isDeepStrictEqual(parseJson(Buffer.from(head, "base64url").toString()), header)) return false
  const publicKey = keySetOf(key.jwk)[0]?.key
  if (publicKey === undefined) throw new Error("the test has no key")
  return verifyByNode("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64url"))
}
