import { generateKeyPairSync } from "node:crypto"
import fc from "fast-check"
import { CompactSign, compactVerify } from "jose"
import { describe, expect, it } from "vitest"
import { isSignedBy, readJws } from "../../../lib/id-token/jws.ts"

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 })
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 })

function sign(payload: string, alg = "RS256"): Promise<string> {
  return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg }).sign(keys.privateKey)
}

describe("a compact JWS", () => {
  it("is taken apart", async () => {
    const token = await sign('{"sub":"æ"}')
    const [header = "", payload = "", signature = ""] = token.split(".")
    expect(readJws(token)).toEqual({
      header: { alg: "RS256" },
      payload: Buffer.from('{"sub":"æ"}'),
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, "base64url"),
    })
  })

  it.each(["", "a.b", "a..c", "a.b.", ".b.c", "a.b.c.d", "a.b.c\n", "a.b.c=", "a.b/.c", "a.b. c"])(
    "is not %j",
    (token) => {
      expect(readJws(token)).toBeUndefined()
    },
  )

  it("has no header where there is no JSON", () => {
    expect(readJws("e30x.e30.e30")).toMatchObject({ header: undefined })
  })
})

describe("a signature", () => {
  it("is the key's own, by RS256, whatever the header says", async () => {
    for (const [alg, isOurs] of [
      ["RS256", true],
      ["RS512", false],
      ["PS256", false],
    ] as const) {
      const jws = readJws(await sign("{}", alg))
      expect(jws && isSignedBy(jws, keys.publicKey), alg).toBe(isOurs)
      expect(jws && isSignedBy(jws, stranger.publicKey)).toBe(false)
    }
  })

  const seed = 20261125
  it(`is right when jose says so, and only then, of a token with any one character changed (seed ${seed})`, async () => {
    const token = await sign(JSON.stringify({ sub: "somebody", nonce: "n-0S6_WzA2Mj" }))
    const character = fc.constantFrom("A", "Z", "a", "z", "0", "9", "-", "_", ".", "+", "/", "=", " ", "\n")
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), character, async (at, replacement) => {
        const changed = token.slice(0, at) + replacement + token.slice(at + 1)
        const jws = readJws(changed)
        const ours = jws !== undefined && isSignedBy(jws, keys.publicKey)
        const theirs = await compactVerify(changed, keys.publicKey, { algorithms: ["RS256"] }).then(
          ({ payload }) => Buffer.from(payload).equals(jws?.payload ?? Buffer.alloc(0)),
          () => false,
        )
        expect(ours).toBe(theirs)
      }),
      { seed, numRuns: 400 },
    )
  })
})
