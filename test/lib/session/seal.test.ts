import {
  createCipheriv,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from "node:crypto"
import { deflateRawSync } from "node:zlib"
import fc from "fast-check"
import { CompactEncrypt, CompactSign } from "jose"
import { describe, expect, it } from "vitest"
import type { SealingKey } from "../../../lib/ports.ts"
import { isSealedByUnknownKey, seal, unseal, type SealedType } from "../../../lib/session/seal.ts"

const one = sealingKey("k1", 1)
const two = sealingKey("k2", 2)
const content = { refresh_token: "a-refresh-token", ünïcode: [1, null] }
const text = JSON.stringify(content)
const header = { alg: "dir", enc: "A256GCM", typ: "so-session", kid: "k1" }

function sealingKey(kid: string, byte: number): SealingKey {
  return { kid, key: createSecretKey(Buffer.alloc(32, byte)) }
}

/** A JWE made by hand (RFC 7516 §5.1, `dir`), so that its header may say anything. */
function jwe(changes: object, plaintext: string | Buffer = text, key = one.key): string {
  const [protectedHeader, iv] = [encoded(JSON.stringify({ ...header, ...changes })), randomBytes(12)]
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(protectedHeader))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return [protectedHeader, "", encoded(iv), encoded(ciphertext), encoded(cipher.getAuthTag())].join(".")
}

function encoded(bytes: string | Buffer): string {
  return Buffer.from(bytes).toString("base64url")
}

/** A JWE by another algorithm, with everything else as it should be. */
async function encrypted(changes: { alg?: string; enc?: string }, key: KeyObject = one.key): Promise<string> {
  return await new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ ...header, ...changes })
    .encrypt(key)
}

function open(sealed: string, keys = [one, two], type: SealedType = "so-session") {
  return unseal(type, sealed, keys)
}

describe("what is sealed", () => {
  it.each(["so-session", "so-login"] as const)("opens again as what it is: %s", async (type) => {
    expect(await open(await seal(type, content, [one]), [one], type)).toEqual(content)
  })

  it("is a JWE by the first key, whose header names algorithm, kind and key and nothing else (C43)", async () => {
    const [protectedHeader = "", ...rest] = (await seal("so-session", content, [two, one])).split(".")
    expect(JSON.parse(Buffer.from(protectedHeader, "base64url").toString())).toEqual({ ...header, kid: "k2" })
    expect(rest).toHaveLength(4)
    expect(await open([protectedHeader, ...rest].join("."), [two])).toEqual(content)
  })

  it("opens by any key that is kept, and no more when its key is gone (C43)", async () => {
    const sealed = await seal("so-session", content, [one])
    expect(await open(sealed, [two, one])).toEqual(content)
    expect(await open(sealed, [two])).toBeUndefined()
    expect(await open(sealed, [])).toBeUndefined()
  })

  it("is never twice the same, and shows nothing of its content", async () => {
    const both = [await seal("so-session", content, [one]), await seal("so-session", content, [one])]
    expect(both[0]).not.toBe(both[1])
    const shown = both.flatMap((sealed) =>
      sealed.split(".").map((part) => Buffer.from(part, "base64url").toString()),
    )
    expect(shown.join()).not.toContain("refresh")
  })

  it("needs a key", async () => {
    await expect(seal("so-session", content, [])).rejects.toThrow(new Error("there is no sealing key"))
  })
})

describe("the key that sealed it", () => {
  it.each([
    ["the first of ours", jwe({ kid: "k1" }), false],
    ["the second of ours", jwe({ kid: "k2" }, text, two.key), false],
    ["none of ours", jwe({ kid: "k3" }), true],
    ["nobody's name", jwe({ kid: undefined }), false],
    ["a list of names", jwe({ kid: ["k3"] }), false],
    ["named by nothing that was sealed", "a-refresh-token", false],
    ["named by nothing at all", "", false],
  ])("is unknown when it is none of ours, by its name: %s", (_whose, sealed, unknown) => {
    expect(isSealedByUnknownKey(sealed, [one, two])).toBe(unknown)
  })

  it("is unknown to whoever has none", () => {
    expect(isSealedByUnknownKey(jwe({}), [])).toBe(true)
  })
})

describe("nothing opens", () => {
  it("but what has every part right, as this one made by hand has", async () => {
    expect(await open(jwe({}))).toEqual(content)
  })

  it.each([
    ["the other kind", { typ: "so-login" }],
    ["the kind in capitals", { typ: "SO-SESSION" }],
    ["no kind", { typ: undefined }],
    ["a kind that is a list", { typ: ["so-session"] }],
    ["an unknown key's name", { kid: "k3" }],
    ["the other key's name", { kid: "k2" }],
    ["no key's name", { kid: undefined }],
    ["a key's name that is a list", { kid: ["k1"] }],
    ["compression that was not done", { zip: "DEF" }],
    ["compression that says nothing", { zip: null }],
    ["no algorithm", { alg: undefined }],
    ["algorithm none", { alg: "none" }],
    ["another encryption by name", { enc: "A128GCM" }],
    ["no encryption", { enc: undefined }],
    ["a critical member that nobody knows", { crit: ["unknown"], unknown: 1 }],
  ])("with %s in its header", async (_what, changes) => {
    expect(await open(jwe(changes))).toBeUndefined()
  })

  it("that is compressed, however well it was sealed", async () => {
    expect(await open(jwe({ zip: "DEF" }, deflateRawSync(text)))).toBeUndefined()
  })

  it("sealed by another key of the same name", async () => {
    expect(await open(jwe({}, text, two.key))).toBeUndefined()
  })

  // Each of these decrypts with our very key; only the pinned algorithms refuse them.
  it.each([
    { alg: "A256KW" },
    { alg: "A256GCMKW" },
    { alg: "PBES2-HS512+A256KW" },
    { enc: "A128CBC-HS256" },
    { alg: "A256KW", enc: "A128GCM" },
  ])("encrypted by our key in another way: %j", async (changes) => {
    expect(await open(await encrypted(changes))).toBeUndefined()
  })

  it("encrypted by half of our key", async () => {
    const half = createSecretKey(Buffer.alloc(16, 1))
    expect(await open(await encrypted({ enc: "A128GCM" }, half))).toBeUndefined()
  })

  it("encrypted to a public key", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    expect(await open(await encrypted({ alg: "RSA-OAEP-256" }, publicKey))).toBeUndefined()
  })

  it("that is only signed, though by our key", async () => {
    const signed = new CompactSign(Buffer.from(text)).setProtectedHeader({ ...header, alg: "HS256" })
    expect(await open(await signed.sign(one.key))).toBeUndefined()
  })

  it.each([
    ["header", 0],
    ["encrypted key", 1],
    ["initialization vector", 2],
    ["ciphertext", 3],
    ["tag", 4],
  ])("whose %s was changed, taken from another, or left out", async (_part, at) => {
    const [sealed, other] = [
      jwe({}).split("."),
      jwe({ typ: "so-session", extra: 1 }, '{"other":1}').split("."),
    ]
    const part = sealed[at] ?? ""
    const changes = [
      `${part.startsWith("B") ? "C" : "B"}${part.slice(1)}`,
      at === 1 ? "AAAA" : (other[at] ?? ""),
    ]
    for (const changed of at === 1 ? changes : [...changes, ""]) {
      expect(await open(sealed.with(at, changed).join("."))).toBeUndefined()
    }
    expect(await open(sealed.toSpliced(at, 1).join("."))).toBeUndefined()
  })

  it("whose header says the same in other words", async () => {
    const sealed = jwe({}).split(".")
    expect(await open(sealed.with(0, encoded(JSON.stringify(header, null, 1))).join("."))).toBeUndefined()
  })

  it.each([["[1]"], ["1"], ["null"], ['"text"'], ["not JSON"], [""]])(
    "that holds something other than an object: %j",
    async (plaintext) => {
      expect(await open(jwe({}, plaintext))).toBeUndefined()
    },
  )

  it.each([
    "",
    ".",
    "....",
    "a.b.c.d.e",
    "e30....",
    "bnVsbA....",
    "refresh token",
    `${jwe({})}.`,
    "æ".repeat(99),
  ])("that is garbage: %j", async (sealed) => {
    expect(await open(sealed)).toBeUndefined()
  })

  const seed = 7516
  it(`that anybody can think of (seed ${seed})`, async () => {
    const part = fc.oneof(fc.base64String(), fc.constantFrom(encoded(JSON.stringify(header)), ""))
    const parts = fc.array(part, { maxLength: 6 }).map((some) => some.join("."))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), parts), async (sealed) => {
        expect(await open(sealed)).toBeUndefined()
      }),
      { seed },
    )
  })
})
