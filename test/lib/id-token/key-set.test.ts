import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { chooseKeys, parseKeySet, type KeyNames } from "../../../lib/id-token/key-set.ts"
import type { KeySet } from "../../../lib/ports.ts"
import { keySetOf } from "../../support/front-door.ts"
import { createSigningKey } from "../../support/id-tokens.ts"

const first = createSigningKey()
const second = createSigningKey()
const { n, e } = first.jwk
const bare = { kty: "RSA", n, e }

const evenModulus = Buffer.from(
  `${Buffer.from(n ?? "", "base64url")
    .toString("hex")
    .slice(0, -1)}0`,
  "hex",
).toString("base64url")

/** A public exponent as a JWK writes it. */
function exponent(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0)).toString("base64url")
}

/** The `n` of every key, which tells the keys of a test apart. */
function moduli(keys: KeySet | undefined): unknown[] | undefined {
  return keys?.map(({ key }) => key.export({ format: "jwk" }).n)
}

function read(...keys: unknown[]): KeySet | undefined {
  return parseKeySet(JSON.stringify({ keys }))
}

describe("reading a key set", () => {
  it("gives a public key with one spelling of its names, whichever is written", () => {
    const sha1 = `sha1:${first.kid.toLowerCase()}`
    const namesOf = (names: object) => read({ ...bare, ...names })?.map((key) => [...key.names])
    expect(namesOf({ kid: first.kid })).toEqual([[sha1]])
    expect(namesOf({ kid: first.kid.toLowerCase() })).toEqual([[sha1]])
    expect(namesOf({ kid: first.x5t })).toEqual([[sha1]])
    expect(namesOf({ x5t: first.x5t })).toEqual([[sha1]])
    expect(namesOf({ kid: first.kid, x5t: first.x5t })).toEqual([[sha1]])
    expect(namesOf({ kid: "2022-key", x5t: first.x5t })).toEqual([["kid:2022-key", sha1]])
    expect(namesOf({})).toEqual([[]])
    expect(namesOf({ kid: "", x5t: 5 })).toEqual([[]])
  })

  it.each([
    ["0", ""],
    ["", "0"],
    ["", "!"],
    ["!", ""],
  ])("takes a thumbprint with %j before and %j after it for another name", (before, after) => {
    for (const thumbprint of [first.kid, first.x5t]) {
      const kid = before + thumbprint + after
      expect(read({ ...bare, kid })?.map((key) => [...key.names])).toEqual([[`kid:${kid}`]])
    }
  })

  it.each<[string, object]>([
    ["use is absent and alg is absent", {}],
    ["use is sig", { use: "sig" }],
    ["alg is RS256", { alg: "RS256" }],
    [
      "it has members that nobody knows",
      { issuer: "https://sod.superoffice.com", x5c: ["not a certificate"] },
    ],
    ["its use is null (C73)", { use: null }],
    ["its alg is null (C73)", { alg: null }],
    ["its names are null (C73)", { kid: null, x5t: null }],
    ["its operations are null (C73)", { key_ops: null }],
    ["its operations are none", { key_ops: [] }],
    ["one of its operations is to verify (C74)", { key_ops: ["sign", "verify"] }],
    ["its exponent is another prime (C74)", { e: exponent(65_539) }],
    ["its exponent has zeros before it", { e: "AAEAAQ" }],
    ["its exponent has 256 bits (C74)", { e: Buffer.alloc(32, 0xff).toString("base64url") }],
    ["its modulus has 8192 bits (C74)", { n: Buffer.alloc(1024, 0xff).toString("base64url") }],
  ])("keeps a key when %s", (_when, changes) => {
    const key = { ...bare, ...changes }
    expect(moduli(read(key))).toEqual([key.n])
  })

  it.each<[string, unknown]>([
    ["is for encryption", { ...bare, use: "enc" }],
    ["is for another algorithm", { ...bare, alg: "PS256" }],
    ["is for an HMAC", { kty: "oct", k: "c2VjcmV0", alg: "RS256" }],
    [
      "is an elliptic curve key",
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
    ],
    ["says that it is an elliptic curve key", { ...bare, kty: "EC" }],
    ["does not say what it is", { ...bare, kty: undefined }],
    ["may not verify", { ...bare, key_ops: ["sign"] }],
    ["has operations that are no list", { ...bare, key_ops: "verify" }],
    ["has an exponent of 1, under which anybody can sign (C74)", { ...bare, e: "AQ" }],
    ["has an exponent of 3 (C74)", { ...bare, e: "Aw" }],
    ["has an exponent just too small (C74)", { ...bare, e: exponent(65_535) }],
    ["has an even exponent (C74)", { ...bare, e: exponent(65_538) }],
    [
      "has an exponent of more than 256 bits (C74)",
      { ...bare, e: Buffer.from(`01${"00".repeat(31)}01`, "hex").toString("base64url") },
    ],
    ["has an exponent as long as the set may be", { ...bare, e: "_".repeat(1_000_000) }],
    ["has a modulus as long as the set may be", { ...bare, n: "_".repeat(1_000_000) }],
    ["has an even modulus, by which nothing can be verified (C74)", { ...bare, n: evenModulus }],
    ["has more than 8192 bits (C74)", { ...bare, n: Buffer.alloc(1025, 0xff).toString("base64url") }],
    ["has 1024 bits only", createSigningKey(1024).jwk],
    ["has 2047 bits only", createSigningKey(2047).jwk],
    ["has a certificate but no modulus", { kty: "RSA", use: "sig", x5c: ["MIIB"], kid: first.kid }],
    ["has a modulus that is not text", { ...bare, n: 5 }],
    ["has an exponent that is not text", { ...bare, e: 65537 }],
    ["has an empty modulus", { ...bare, n: "" }],
    ["is not an object", "key"],
    ["is null", null],
    ["is a list", [bare]],
  ])("keeps the rest of a set, but no key that %s", (_why, unusable) => {
    expect(read(unusable)).toBeUndefined()
    expect(moduli(read(unusable, second.jwk))).toEqual([second.jwk.n])
  })

  it("takes the public members only, whatever private ones the set holds", () => {
    const [key] = read({ ...first.privateKey.export({ format: "jwk" }), kid: first.kid }) ?? []
    expect(key?.key.type).toBe("public")
    expect(key?.key.export({ format: "jwk" })).toEqual({ kty: "RSA", n, e })
  })

  it("reads the first twenty usable keys of a set, however many others come before them", () => {
    const unusable = Array.from({ length: 500 }, () => ({ kty: "oct" }))
    expect(moduli(read(...unusable, first.jwk))).toEqual([n])
    const usable = Array.from({ length: 19 }, () => first.jwk)
    expect(moduli(read(...usable, ...unusable, second.jwk))?.at(-1)).toBe(second.jwk.n)
    expect(moduli(read(...usable, first.jwk, second.jwk))).toEqual(Array(20).fill(n))
  })

  it.each(["", "not JSON", "null", "[]", "{}", '{"keys":{}}', '{"keys":[]}', '{"keys":null}'])(
    "finds no key in %j",
    (text) => {
      expect(parseKeySet(text)).toBeUndefined()
    },
  )
})

describe("choosing keys", () => {
  const neither: KeyNames = { kid: undefined, x5t: undefined }
  const keyForms = {
    "kid in hex": { kid: first.kid },
    "kid in small hex": { kid: first.kid.toLowerCase() },
    "kid in x5t form": { kid: first.x5t },
    "x5t only": { x5t: first.x5t },
    "kid and x5t": { kid: first.kid, x5t: first.x5t },
  }
  const headerForms: Record<string, KeyNames> = {
    "kid in hex": { kid: first.kid, x5t: undefined },
    "kid in x5t form": { kid: first.x5t, x5t: undefined },
    x5t: { kid: undefined, x5t: first.x5t },
    "x5t in hex": { kid: undefined, x5t: first.kid },
    "kid and x5t": { kid: first.kid, x5t: first.x5t },
  }
  const matrix = Object.entries(keyForms).flatMap(([keyForm, names]) =>
    Object.entries(headerForms).map(([headerForm, header]) => [keyForm, headerForm, names, header] as const),
  )

  it.each(matrix)("finds a key with %s by a header with %s", (_keyForm, _headerForm, names, header) => {
    const choice = chooseKeys(keySetOf(second.jwk, { ...bare, ...names }), header)
    expect(moduli(choice?.candidates)).toEqual([n])
    expect(choice?.byName).toBe(true)
  })

  it("finds a key by a name that is no thumbprint, letter by letter", () => {
    const keySet = keySetOf({ ...bare, kid: "key-A" }, second.jwk)
    expect(moduli(chooseKeys(keySet, { ...neither, kid: "key-A" })?.candidates)).toEqual([n])
    expect(chooseKeys(keySet, { ...neither, kid: "key-a" })).toEqual({ candidates: [], byName: false })
  })

  it("takes every key for a header without names", () => {
    const choice = chooseKeys(keySetOf(first.jwk, second.jwk, bare), neither)
    expect(moduli(choice?.candidates)).toEqual([n, second.jwk.n, n])
    expect(choice?.byName).toBe(false)
  })

  it("finds nothing for a header with an unknown or an empty name", () => {
    const keySet = keySetOf({ ...first.jwk, kid: "undefined" })
    for (const header of [
      { ...neither, kid: second.kid },
      { ...neither, x5t: "" },
      { kid: "", x5t: "" },
    ]) {
      expect(chooseKeys(keySet, header)).toEqual({ candidates: [], byName: false })
    }
  })

  it("adds a key without names to every choice, after the key that is named", () => {
    const keySet = keySetOf({ kty: "RSA", n: second.jwk.n, e }, first.jwk)
    const named = chooseKeys(keySet, { ...neither, kid: first.kid })
    expect(moduli(named?.candidates)).toEqual([n, second.jwk.n])
    const unknown = chooseKeys(keySet, { ...neither, kid: "unknown" })
    expect(moduli(unknown?.candidates)).toEqual([second.jwk.n])
    expect(unknown?.byName).toBe(false)
  })

  it("refuses a kid and an x5t that select different keys", () => {
    const keySet = keySetOf(first.jwk, second.jwk)
    expect(chooseKeys(keySet, { kid: first.kid, x5t: second.x5t })).toBeUndefined()
    expect(chooseKeys(keySet, { kid: second.x5t, x5t: first.kid })).toBeUndefined()
  })

  it("takes what both names select when one of them is shared", () => {
    const keySet = keySetOf({ ...bare, kid: "shared", x5t: first.x5t }, { ...second.jwk, kid: "shared" })
    const choice = chooseKeys(keySet, { kid: "shared", x5t: second.x5t })
    expect(moduli(choice?.candidates)).toEqual([second.jwk.n])
  })

  it("goes by the one name that is known when the other is not", () => {
    const keySet = keySetOf(first.jwk)
    const choice = chooseKeys(keySet, { kid: "new-name", x5t: first.x5t })
    expect(moduli(choice?.candidates)).toEqual([n])
    expect(choice?.byName).toBe(true)
  })

  it("tries at most eight keys", () => {
    const eight = Array.from({ length: 8 }, () => bare)
    const ninth = { ...bare, n: second.jwk.n }
    expect(moduli(chooseKeys(keySetOf(...eight, ninth), neither)?.candidates)).toEqual(
      eight.map((key) => key.n),
    )
    const named = chooseKeys(keySetOf(...eight, second.jwk), { ...neither, kid: second.kid })
    expect(named?.candidates).toHaveLength(8)
    expect(moduli(named?.candidates)?.[0]).toBe(second.jwk.n)
  })
})
