import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { parseSigningKeys } from "../../../lib/credentials/signing-keys.ts"
import { makeStoredKey, secretText, storedKey, storedKeys } from "../../support/api-token.ts"

const [first, second] = storedKeys
const wrongKey = 'one of its "signing_keys" is not an RSA private key of 2048 bits, as PKCS#8 in base64url'

function kids(text: string): string[] {
  return parseSigningKeys(text).map(({ kid }) => kid)
}

/** A key whose modulus belongs to another one: OpenSSL takes it, and nobody can verify what it signs. */
function inconsistentKey(): KeyObject {
  const [one, other] = [1, 2].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey)
  const der = one?.export({ format: "der", type: "pkcs8" }) ?? Buffer.alloc(0)
  const modulusOf = (key: KeyObject | undefined): Buffer =>
    Buffer.from(String(key?.export({ format: "jwk" }).n), "base64url")
  modulusOf(other).copy(der, der.indexOf(modulusOf(one)))
  return { export: () => der } as unknown as KeyObject
}

describe("parseSigningKeys", () => {
  it("reads every key in its order, also from the text that the console's form makes of the list", () => {
    expect(kids(secretText(first, second))).toEqual(["api-1", "api-2"])
    expect(kids(`\ufeff${secretText(second)}\n`)).toEqual(["api-2"])
    expect(kids(JSON.stringify({ signing_keys: JSON.stringify([first]) }))).toEqual(["api-1"])
  })

  it("reads the private key", () => {
    const [{ key }] = parseSigningKeys(secretText(first))
    expect([key.type, storedKey(key)]).toEqual(["private", first.key])
  })

  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey
  it.each([
    ["nothing", undefined, "it is not a JSON object"],
    ["a list", "[]", "it is not a JSON object"],
    ["no key", secretText(), 'it lacks "signing_keys"'],
    ["no list", '{"signing_keys":{}}', 'it lacks "signing_keys"'],
    ["a key without an id", secretText({ key: first.key }), 'one of its "signing_keys" lacks a short "kid"'],
    [
      "one id twice",
      secretText(first, { ...second, kid: first.kid }),
      'two of its "signing_keys" have the same "kid"',
    ],
    ["an id without a key", secretText({ kid: "api-1" }), wrongKey],
    ["a key behind a space", secretText({ ...first, key: ` ${first.key}` }), wrongKey],
    ["a key with padding", secretText({ ...first, key: `${first.key}=` }), wrongKey],
    ["half a key", secretText({ ...first, key: first.key.slice(0, 800) }), wrongKey],
    ["a short key", secretText(first, makeStoredKey("short", 1024)), wrongKey],
    ["a long key", secretText(makeStoredKey("long", 3072)), wrongKey],
    ["a key for PSS", secretText({ kid: "pss", key: storedKey(pss) }), wrongKey],
    ["parts of two keys", secretText({ kid: "both", key: storedKey(inconsistentKey()) }), wrongKey],
  ])("refuses %s", (_, text, why) => {
    expect(() => parseSigningKeys(text)).toThrow(new UnusableSecret(why))
  })
})
