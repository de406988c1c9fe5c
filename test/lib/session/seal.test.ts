import { createCipheriv, createSecretKey, randomBytes, type KeyObject } from "node:crypto"
import { deflateRawSync } from "node:zlib"
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

function decoded(part = ""): string {
  return Buffer.from(part, "base64url").toString()
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

describe("seal", () => {
  it.each(["so-session", "so-login"] as const)("makes %s that opens again as what it is", async (type) => {
    expect(await open(await seal(type, content, [one]), [one], type)).toEqual(content)
  })

  it("makes a JWE by the first key, whose header names algorithm, kind and key and nothing else (C43)", async () => {
    const parts = (await seal("so-session", content, [two, one])).split(".")
    expect(JSON.parse(decoded(parts[0]))).toEqual({ ...header, kid: "k2" })
    expect(parts).toHaveLength(5)
    expect(await open(parts.join("."), [two])).toEqual(content)
  })

  it("never makes the same twice, and shows nothing of the content", async () => {
    const both = [await seal("so-session", content, [one]), await seal("so-session", content, [one])]
    expect(both[0]).not.toBe(both[1])
    expect(both.flatMap((sealed) => sealed.split(".").map(decoded)).join()).not.toContain("refresh")
  })

  it("needs a key", async () => {
    await expect(seal("so-session", content, [])).rejects.toThrow(new Error("there is no sealing key"))
  })
})

describe("isSealedByUnknownKey", () => {
  it.each([
    [false, "the first of ours", jwe({ kid: "k1" })],
    [false, "the second of ours", jwe({ kid: "k2" }, text, two.key)],
    [true, "none of ours", jwe({ kid: "k3" })],
    [false, "not named", jwe({ kid: undefined })],
    [false, "a list of names", jwe({ kid: ["k3"] })],
    [false, "in nothing that was sealed", "a-refresh-token"],
    [false, "in nothing at all", ""],
  ])("is %s when the key is %s", (unknown, _whose, sealed) => {
    expect(isSealedByUnknownKey(sealed, [one, two])).toBe(unknown)
  })
})

describe("unseal", () => {
  it("opens by any key that is kept, and no more when its key is gone (C43)", async () => {
    for (const sealed of [await seal("so-session", content, [one]), jwe({})]) {
      expect(await open(sealed, [two, one])).toEqual(content)
      expect(await open(sealed, [two])).toBeUndefined()
      expect(await open(sealed, [])).toBeUndefined()
    }
  })

  it.each([
    ["the other kind", { typ: "so-login" }],
    ["the kind in capitals", { typ: "SO-SESSION" }],
    ["no kind", { typ: undefined }],
    ["a kind that is a list", { typ: ["so-session"] }],
    ["an unknown key's name", { kid: "k3" }],
    ["the other key's name", { kid: "k2" }],
    ["no key's name", { kid: undefined }],
    ["compression that was not done", { zip: "DEF" }],
    ["compression that says nothing", { zip: null }],
    ["algorithm none", { alg: "none" }],
    ["another encryption by name", { enc: "A128GCM" }],
    ["no encryption", { enc: undefined }],
    ["a critical member that nobody knows", { crit: ["unknown"], unknown: 1 }],
  ])("opens nothing with %s in its header", async (_what, changes) => {
    expect(await open(jwe(changes))).toBeUndefined()
  })

  it.each([
    ["compressed, however well it was sealed", jwe({ zip: "DEF" }, deflateRawSync(text))],
    ["sealed by another key of the same name", jwe({}, text, two.key)],
    // Each of these decrypts with our very key; only the pinned algorithms refuse them.
    ["encrypted by A256KW", encrypted({ alg: "A256KW" })],
    ["encrypted by A128CBC-HS256", encrypted({ enc: "A128CBC-HS256" })],
    ["encrypted by half of our key", encrypted({ enc: "A128GCM" }, createSecretKey(Buffer.alloc(16, 1)))],
    [
      "only signed, though by our key",
      new CompactSign(Buffer.from(text)).setProtectedHeader({ ...header, alg: "HS256" }).sign(one.key),
    ],
  ])("opens nothing that is %s", async (_how, sealed) => {
    expect(await open(await sealed)).toBeUndefined()
  })

  it.each([0, 1, 2, 3, 4])(
    "opens nothing whose part %d was changed, is another's, or is absent",
    async (at) => {
      const sealed = jwe({}).split(".")
      const other = jwe({ extra: 1 }, '{"other":1}').split(".")
      const part = sealed[at] ?? ""
      const changed = `${part.startsWith("B") ? "C" : "B"}${part.slice(1)}`
      const replacements = at === 1 ? [changed, "AAAA"] : [changed, other[at] ?? "", ""]
      const damaged = [...replacements.map((each) => sealed.with(at, each)), sealed.toSpliced(at, 1)]
      for (const parts of damaged) expect(await open(parts.join("."))).toBeUndefined()
    },
  )

  it.each(["[1]", "1", "null", "not JSON", ""])("opens nothing that holds no object: %j", async (text) => {
    expect(await open(jwe({}, text))).toBeUndefined()
  })

  it.each(["", "....", "a.b.c.d.e", "e30....", "bnVsbA....", `${jwe({})}.`])(
    "opens no garbage: %j",
    async (sealed) => {
      expect(await open(sealed)).toBeUndefined()
    },
  )
})
