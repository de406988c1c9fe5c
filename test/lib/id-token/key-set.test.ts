import { describe, expect, it } from "vitest"
import { chooseKeys, parseKeySet, type KeyNames } from "../../../lib/id-token/key-set.ts"
import type { KeySet } from "../../../lib/ports.ts"
import { keySetOf } from "../../support/front-door.ts"
import { createSigningKey } from "../../../harness/id-tokens.ts"

const first = createSigningKey()
const second = createSigningKey()
const { n = "", e = "" } = first.jwk
const bare = { kty: "RSA", n, e }

function fromHex(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url")
}

/** A number of so many bytes, all of whose bits are set. */
function ones(bytes: number): string {
  return fromHex("ff".repeat(bytes))
}

/** The `n` of every key, which tells the keys of a test apart. */
function moduli(keys: KeySet | undefined): unknown[] | undefined {
  return keys?.map(({ key }) => key.export({ format: "jwk" }).n)
}

function read(...keys: unknown[]): KeySet | undefined {
  return parseKeySet(JSON.stringify({ keys }))
}

function namesOf(names: object): string[][] | undefined {
  return read({ ...bare, ...names })?.map((key) => [...key.names])
}

describe("parseKeySet", () => {
  it("gives a thumbprint one spelling, whichever is written", () => {
    const sha1 = `sha1:${first.kid.toLowerCase()}`
    const { kid, x5t } = first
    for (const names of [{ kid }, { kid: kid.toLowerCase() }, { kid: x5t }, { x5t }, { kid, x5t }])
      expect(namesOf(names)).toEqual([[sha1]])
    expect(namesOf({ kid: "2022-key", x5t })).toEqual([["kid:2022-key", sha1]])
    expect([namesOf({}), namesOf({ kid: "", x5t: 5 })]).toEqual([[[]], [[]]])
  })

  it("takes a thumbprint with another character at an end for another name", () => {
    for (const thumbprint of [first.kid, first.x5t])
      for (const kid of [`0${thumbprint}`, `${thumbprint}0`, `!${thumbprint}`, `${thumbprint}!`])
        expect(namesOf({ kid })).toEqual([[`kid:${kid}`]])
  })

  it.each<[string, object]>([
    ["has neither use nor alg", {}],
    ["is for signatures by RS256", { use: "sig", alg: "RS256" }],
    ["has members that nobody knows", { issuer: "https://sod.superoffice.com", x5c: ["not a certificate"] }],
    ["has members that are null (C73)", { use: null, alg: null, kid: null, x5t: null, key_ops: null }],
    ["has no operations", { key_ops: [] }],
    ["may verify, too (C74)", { key_ops: ["sign", "verify"] }],
    ["has an exponent with zeros before it", { e: "AAEAAQ" }],
    ["has another odd exponent (C74)", { e: fromHex("010003") }],
    ["has an exponent of 256 bits (C74)", { e: ones(32) }],
    ["has a modulus of 8192 bits (C74)", { n: ones(1024) }],
  ])("keeps a key that %s", (_what, changes) => {
    const key = { ...bare, ...changes }
    expect(moduli(read(key))).toEqual([key.n])
  })

  it.each<[string, unknown]>([
    ["is for encryption", { ...bare, use: "enc" }],
    ["is for another algorithm", { ...bare, alg: "PS256" }],
    ["is for an HMAC", { kty: "oct", k: "c2VjcmV0", alg: "RS256" }],
    ["says that it is of another kind", { ...bare, kty: "EC" }],
    ["may not verify (C74)", { ...bare, key_ops: ["sign"] }],
    ["has operations that are no list", { ...bare, key_ops: "verify" }],
    ["has an exponent of 1, under which anybody can sign (C74)", { ...bare, e: "AQ" }],
    ["has an exponent just too small (C74)", { ...bare, e: fromHex("ffff") }],
    ["has an even exponent (C74)", { ...bare, e: fromHex("010002") }],
    ["has an exponent of more than 256 bits (C74)", { ...bare, e: fromHex(`01${"00".repeat(31)}01`) }],
    ["has an exponent as long as the set may be", { ...bare, e: "_".repeat(1_000_000) }],
    ["has a modulus as long as the set may be", { ...bare, n: "_".repeat(1_000_000) }],
    ["has an even modulus, which verifies nothing (C74)", { ...bare, n: `${n.slice(0, -1)}A` }],
    ["has more than 8192 bits (C74)", { ...bare, n: ones(1025) }],
    ["has 2047 bits only (C74)", { ...bare, n: fromHex(`7f${"ff".repeat(255)}`) }],
    ["has a certificate but no modulus", { kty: "RSA", use: "sig", x5c: ["MIIB"], kid: first.kid }],
    ["has an empty modulus", { ...bare, n: "" }],
    ["is not an object", "key"],
    ["is null", null],
  ])("keeps the rest of a set, but no key that %s", (_why, unusable) => {
    expect(read(unusable)).toBeUndefined()
    expect(moduli(read(unusable, second.jwk))).toEqual([second.jwk.n])
  })

  it("takes the public members only, whatever private ones the set holds", () => {
    const [key] = read({ ...first.privateKey.export({ format: "jwk" }), kid: first.kid }) ?? []
    expect(key?.key.type).toBe("public")
    expect(key?.key.export({ format: "jwk" })).toEqual(bare)
  })

  it("reads the first twenty usable keys of a set, however many others come before them", () => {
    const unusable = Array.from({ length: 500 }, () => ({ kty: "oct" }))
    const usable = Array.from({ length: 19 }, () => first.jwk)
    expect(moduli(read(...usable, ...unusable, second.jwk))?.at(-1)).toBe(second.jwk.n)
    expect(moduli(read(...usable, first.jwk, second.jwk))).toEqual(Array(20).fill(n))
  })

  it.each(["not JSON", "null", "[]", "{}", '{"keys":{}}', '{"keys":[]}'])("finds no key in %j", (text) => {
    expect(parseKeySet(text)).toBeUndefined()
  })
})

describe("chooseKeys", () => {
  const neither: KeyNames = { kid: undefined, x5t: undefined }
  const { kid, x5t } = first
  const named = { keys: [n], byName: true }

  /** The keys that are chosen, by their moduli. Undefined when the names contradict each other. */
  function choose(keySet: KeySet, names: Partial<KeyNames>) {
    const choice = chooseKeys(keySet, { ...neither, ...names })
    return choice && { keys: moduli(choice.candidates), byName: choice.byName }
  }

  it.each([{ kid }, { kid: x5t }, { x5t }, { x5t: kid }, { kid, x5t }, { kid: "new-name", x5t }])(
    "finds a key by a header with %j, whichever of its names the key has",
    (header) => {
      for (const names of [{ kid }, { kid: kid.toLowerCase() }, { kid: x5t }, { x5t }, { kid, x5t }])
        expect(choose(keySetOf(second.jwk, { ...bare, ...names }), header)).toEqual(named)
    },
  )

  it("finds a key by a name that is no thumbprint, letter by letter", () => {
    const keySet = keySetOf({ ...bare, kid: "key-A" }, second.jwk)
    expect(choose(keySet, { kid: "key-A" })).toEqual(named)
    expect(choose(keySet, { kid: "key-a" })).toEqual({ keys: [], byName: false })
  })

  it("takes every key for a header without names", () => {
    const keySet = keySetOf(first.jwk, second.jwk, bare)
    expect(choose(keySet, {})).toEqual({ keys: [n, second.jwk.n, n], byName: false })
  })

  it("finds nothing for a header with an unknown or an empty name", () => {
    const keySet = keySetOf({ ...first.jwk, kid: "undefined" })
    for (const names of [{ kid: second.kid }, { x5t: "" }, { kid: "", x5t: "" }])
      expect(choose(keySet, names)).toEqual({ keys: [], byName: false })
  })

  it("adds a key without names to every choice, after the key that is named", () => {
    const keySet = keySetOf({ ...bare, n: second.jwk.n }, first.jwk)
    expect(choose(keySet, { kid })).toEqual({ keys: [n, second.jwk.n], byName: true })
    expect(choose(keySet, { kid: "unknown" })).toEqual({ keys: [second.jwk.n], byName: false })
  })

  it("gives undefined for a kid and an x5t that select different keys", () => {
    const keySet = keySetOf(first.jwk, second.jwk)
    expect(choose(keySet, { kid, x5t: second.x5t })).toBeUndefined()
    expect(choose(keySet, { kid: second.x5t, x5t: kid })).toBeUndefined()
  })

  it("takes what both names select when one of them is shared", () => {
    const keySet = keySetOf({ ...bare, kid: "shared", x5t }, { ...second.jwk, kid: "shared" })
    const chosen = choose(keySet, { kid: "shared", x5t: second.x5t })
    expect(chosen).toEqual({ keys: [second.jwk.n], byName: true })
  })

  it("tries at most eight keys, the named one first", () => {
    const eight = Array.from({ length: 8 }, () => bare)
    expect(choose(keySetOf(...eight, second.jwk), {})?.keys).toEqual(Array(8).fill(n))
    const { keys } = choose(keySetOf(...eight, second.jwk), { kid: second.kid }) ?? {}
    expect(keys).toEqual([second.jwk.n, ...(Array(7).fill(n) as string[])])
  })
})
