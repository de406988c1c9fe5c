import { createHmac, generateKeyPairSync, sign, verify as verifyByNode } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { verifyIdToken } from "../../../lib/id-token/id-token.ts"
import { verifySignature } from "../../../lib/id-token/signature.ts"
import { parseJson } from "../../../lib/json.ts"
import { keySetOf } from "../../support/front-door.ts"
import { signIdToken, signParts, superOfficeClaims } from "../../support/id-tokens.ts"
import {
  expectRefusal,
  header,
  key,
  rereadOf,
  otherKey,
  policy,
  verify,
} from "../../support/id-token-verifier.ts"

describe("the header, before any key is chosen", () => {
  it.each<[string, unknown]>([
    ["JWT", "JWT"],
    ["jwt in small letters", "jwt"],
    ["absent", undefined],
  ])("accepts a typ that is %s", async (_name, typ) => {
    await expect(verify(signIdToken(key, superOfficeClaims(), { ...header, typ }))).resolves.toBeDefined()
  })

  it.each<[string, unknown]>([
    ["an access token's typ (C35)", "at+jwt"],
    ["a logout token's typ (C35)", "logout+jwt"],
    ["a typ with the media type's prefix", "application/jwt"],
    ["a typ that is not a string", ["JWT"]],
    ["an empty typ", ""],
  ])("refuses %s", async (_name, typ) => {
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, typ })
    await expectRefusal(verify(idToken), 'its "typ" is not JWT')
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
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, [name]: value })
    await expectRefusal(verify(idToken), `its header has "${name}"`)
  })

  it.each(["typ", "x5t", "jku", "cty", "zip"])("takes a %s of null for absent (C73)", async (name) => {
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, [name]: null })
    await expect(verify(idToken)).resolves.toBeDefined()
  })

  it.each<[string, Record<string, unknown>]>([
    ["kid", { kid: 1 }],
    ["x5t", { x5t: ["a"] }],
  ])("refuses a %s that is not a string", async (_name, changes) => {
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, ...changes })
    await expectRefusal(verify(idToken), 'its "kid" or "x5t" is not a string')
  })

  it("refuses a kid and an x5t that select different keys", async () => {
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, x5t: otherKey.x5t })
    const keys = keySetOf(key.jwk, otherKey.jwk)
    await expectRefusal(verify(idToken, {}, keys), 'its "kid" and "x5t" name different keys')
  })
})

describe("the algorithm is RS256 and nothing else", () => {
  const publicPem = (format: "spki" | "pkcs1") => {
    const [first] = keySetOf(key.jwk)
    return first?.key.export({ type: format, format: "pem" }).toString() ?? ""
  }
  const unsigned = (changes: Record<string, unknown>) =>
    [{ ...header, ...changes }, superOfficeClaims()]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".")

  it.each([
    "none",
    "None",
    "NONE",
    "rs256",
    "HS256",
    "ES256",
    "PS256",
    "RS384",
    "",
    null,
    ["RS256"],
    undefined,
  ])("refuses an alg of %j over a good RS256 signature (C27, R09, R21)", async (alg) => {
    const idToken = signIdToken(key, superOfficeClaims(), { ...header, alg })
    await expectRefusal(verify(idToken), 'its "alg" is not RS256')
  })

  it("refuses alg none without a signature (C27, R09)", async () => {
    await expectRefusal(verify(`${unsigned({ alg: "none" })}.`), "it is not a compact JWS")
  })

  it.each(["spki", "pkcs1"] as const)(
    "refuses HS256 keyed with the public key in %s form (C27, R11)",
    async (format) => {
      const signed = unsigned({ alg: "HS256" })
      const mac = createHmac("sha256", publicPem(format)).update(signed).digest("base64url")
      await expectRefusal(verify(`${signed}.${mac}`), 'its "alg" is not RS256')
    },
  )

  it("refuses ES256 by a key of its own (C27, R11)", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const signed = unsigned({ alg: "ES256" })
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" })
    await expectRefusal(verify(`${signed}.${signature.toString("base64url")}`), 'its "alg" is not RS256')
  })

  it("refuses a PSS signature that says RS256 (C27)", async () => {
    const signed = unsigned({})
    // RSA_PKCS1_PSS_PADDING
    const signature = sign("sha256", Buffer.from(signed), { key: key.privateKey, padding: 6 })
    await expectRefusal(verify(`${signed}.${signature.toString("base64url")}`), "its signature is wrong")
  })
})

describe("the signature", () => {
  const [head = "", body = "", signature = ""] = signIdToken(key).split(".")
  const changed = Buffer.from(JSON.stringify(superOfficeClaims({ sub: "admin@example.com" }))).toString(
    "base64url",
  )

  it("refuses a payload that was changed after signing (C26, R10)", async () => {
    await expectRefusal(verify(`${head}.${changed}.${signature}`), "its signature is wrong")
  })

  it("refuses a header that was changed after signing (C26)", async () => {
    const withoutTyp = Buffer.from(JSON.stringify({ ...header, typ: undefined })).toString("base64url")
    await expectRefusal(verify(`${withoutTyp}.${body}.${signature}`), "its signature is wrong")
  })

  it("refuses a signature by another key under our key's name (C26, R10)", async () => {
    await expectRefusal(verify(signIdToken(otherKey, superOfficeClaims(), header)), "its signature is wrong")
  })

  it("does not read the keys again when the key that is named refuses", async () => {
    const reread = rereadOf(keySetOf(key.jwk))
    const idToken = signIdToken(otherKey, superOfficeClaims(), header)
    await expectRefusal(verifyIdToken(idToken, policy, keySetOf(key.jwk), reread), "its signature is wrong")
    expect(reread.times).toBe(0)
  })

  it.each([
    ["nothing", ""],
    ["an opaque token", "8A:Cust12020.AR2s3phb0gXK8DP0"],
    ["two parts", `${head}.${body}`],
    ["an empty signature", `${head}.${body}.`],
    ["four parts", `${head}.${body}.${signature}.`],
    ["five parts, as an encrypted token has", `${head}.${body}.${signature}.${body}.${signature}`],
    ["a line break at the end", `${head}.${body}.${signature}\n`],
    ["padding", `${head}=.${body}.${signature}`],
    ["padding at the end", `${head}.${body}.${signature}==`],
    ["ordinary base64", `${head}.${body}.${signature.slice(0, -1)}+`],
    ["white space inside", `${head}. ${body}.${signature}`],
    ["an empty header", `.${body}.${signature}`],
    ["an empty payload", `${head}..${signature}`],
  ])("refuses %s", async (_name, idToken) => {
    await expectRefusal(verify(idToken), "it is not a compact JWS")
  })

  it.each(["[]", "null", '"RS256"', "{", ""])("refuses a header of %s", async (text) => {
    const idToken = text === "" ? "e30x.e30.AA" : signParts(key, text, "{}")
    await expectRefusal(verify(idToken), "its header is not a JSON object")
  })

  const seed = 20261125
  it(`is right when Node's own crypto says so, and only then, with any one character changed (seed ${seed})`, async () => {
    const token = signIdToken(key)
    const keySet = keySetOf(key.jwk)
    const character = fc.constantFrom("A", "Z", "a", "z", "0", "9", "-", "_", ".", "+", "/", "=", " ", "\n")
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), character, async (at, replacement) => {
        const changed = token.slice(0, at) + replacement + token.slice(at + 1)
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

/** An independent verdict: three parts of base64url, a header that names our key, and Node's own signature check. */
function isSignedByNode(token: string): boolean {
  const [, signed = "", head = "", signature = ""] = /^(([\w-]+)\.[\w-]+)\.([\w-]+)$/.exec(token) ?? []
  if (!isDeepStrictEqual(parseJson(Buffer.from(head, "base64url").toString()), header)) return false
  const publicKey = keySetOf(key.jwk)[0]?.key
  if (publicKey === undefined) throw new Error("the test has no key")
  return verifyByNode("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64url"))
}
