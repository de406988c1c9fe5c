import { createPrivateKey } from "node:crypto"
import { decodeProtectedHeader } from "jose"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { makeStoredKey, type StoredKey } from "../support/api-token.ts"
import { forge, withClaims } from "./api-token/forge.ts"
import { startIssuer, type Issuer } from "./api-token/issuer.ts"
import { libraries, startVerifier, type Library, type Verifier } from "./api-token/verifiers.ts"

const first = makeStoredKey("k1")
const second = makeStoredKey("k2")
const third = makeStoredKey("k3")
const past = Math.floor(Date.now() / 1000) - 3_600

let issuer: Issuer
let token: string
let idToken: string
beforeAll(async () => {
  issuer = await startIssuer(first, second)
  ;({ apiToken: token, idToken } = await issuer.issue())
})
afterAll(() => issuer.close())

/** A process that has read no key set yet. */
function open(library: Library, { trusted } = issuer): Verifier {
  const verifier = startVerifier(library, trusted)
  onTestFinished(() => {
    verifier.close()
  })
  return verifier
}

function keyOf({ key }: StoredKey) {
  return createPrivateKey({ key: Buffer.from(key, "base64url"), format: "der", type: "pkcs8" })
}

/** The token, signed by our key again with changes. */
function changed(claims: object, header: object = {}): string {
  return forge(token, keyOf(first), { claims: { ...claims }, header: { ...header } })
}

const isAnotherAlg = /alg|applicable key|3 parts/i
const isAnotherSignature = /signature/i

/** What no verifier may accept, and how the libraries say why. */
const refused: readonly (readonly [what: string, make: () => string, why: RegExp])[] = [
  ["of another issuer", () => changed({ iss: "https://login.example.com" }), /issuer|"iss"/i],
  ["whose issuer ends with a slash", () => changed({ iss: `${issuer.trusted.issuer}/` }), /issuer|"iss"/i],
  ["for another audience", () => changed({ aud: "https://other.example" }), /audience|"aud"/i],
  [
    "signed by another key under our key's name",
    () => forge(token, keyOf(makeStoredKey("k1"))),
    isAnotherSignature,
  ],
  ["whose claims were changed", () => withClaims(token, { sub: "Cust12020/6" }), isAnotherSignature],
  ["with alg none", () => changed({}, { alg: "none" }), isAnotherAlg],
  ["with alg HS256 and the public key", () => changed({}, { alg: "HS256" }), isAnotherAlg],
  ["with alg RS512", () => changed({}, { alg: "RS512" }), isAnotherAlg],
  ["with alg PS256", () => changed({}, { alg: "PS256" }), isAnotherAlg],
  ["that has expired", () => changed({ iat: past, exp: past + 600 }), /expired|"exp"/i],
  [
    "signed by a key that is not published",
    () => forge(token, keyOf(third), { header: { kid: "k3" } }),
    /"k3"|applicable key/,
  ],
]

describe.each(libraries)("%s, with the code of docs/api-token.md,", (library) => {
  it("accepts what the function token issued, and says who the user is (C82)", async () => {
    const { issuer: iss, audience: aud } = issuer.trusted
    expect(await open(library).verify(token)).toEqual({
      claims: {
        ...{ iss, aud, client_id: issuer.clientId, sub: "Cust12020/5", ctx: "Cust12020", associateid: 5 },
        ...{ iat: expect.any(Number) as number, exp: expect.any(Number) as number },
        ...{ is_administrator: false, email: "tony@example.com", upn: "tony@example.com" },
        jti: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      },
    })
  })

  it("refuses a token of another issuer, audience, key or alg, and one that has expired (C82)", async () => {
    const verifier = open(library)
    expect(await verifier.verify(changed({}))).toHaveProperty("claims")
    for (const [what, make, why] of refused) {
      expect
        .soft(await verifier.verify(make()), what)
        .toEqual({ refusal: expect.stringMatching(why) as string })
    }
    expect(await verifier.verify(token)).toHaveProperty("claims")
  })

  it("refuses SuperOffice's own ID Token (C82)", async () => {
    expect(await open(library).verify(idToken)).toEqual({
      refusal: expect.stringMatching(/"typ"|JWK|signing key/) as string,
    })
  })
})

describe("every library accepts the tokens of a deployment", () => {
  const kidOf = (one: string) => decodeProtectedHeader(one).kid

  /** A deployment of its own, because its keys change, and what has read its key set before they do. */
  async function startRotation() {
    const rotating = await startIssuer(first, second)
    onTestFinished(() => rotating.close())
    const { apiToken: ofFirst } = await rotating.issue()
    expect(kidOf(ofFirst)).toBe("k1")
    const openAll = () => libraries.map((library) => [library, open(library, rotating)] as const)
    const before = openAll()
    await expectVerdicts(before, ofFirst, "claims")
    return { rotating, ofFirst, before, openAll }
  }

  async function expectVerdicts(
    verifiers: readonly (readonly [Library, Verifier])[],
    one: string,
    verdict: "claims" | "refusal",
  ) {
    const verdicts = verifiers.map(async ([library, verifier]) => {
      expect.soft(await verifier.verify(one), library).toHaveProperty(verdict)
    })
    await Promise.all(verdicts)
  }

  it("through a rotation, of the old key until it is retired, and of the new one at once (C83)", async () => {
    const { rotating, ofFirst, before, openAll } = await startRotation()

    await rotating.useKeys(first, second, third)
    const published = openAll()
    const { apiToken: stillOfFirst } = await rotating.issue()
    expect(kidOf(stillOfFirst)).toBe("k1")
    for (const verifiers of [before, published]) await expectVerdicts(verifiers, stillOfFirst, "claims")

    await rotating.useKeys(second, third, first)
    const { apiToken: ofSecond } = await rotating.issue()
    expect(kidOf(ofSecond)).toBe("k2")
    for (const verifiers of [before, published]) await expectVerdicts(verifiers, ofSecond, "claims")
    await expectVerdicts(openAll(), ofFirst, "claims")

    await rotating.useKeys(second, third)
    const retired = openAll()
    await expectVerdicts(retired, ofSecond, "claims")
    await expectVerdicts(retired, ofFirst, "refusal")

    await rotating.useKeys(third, second)
    const { apiToken: ofThird } = await rotating.issue()
    expect(kidOf(ofThird)).toBe("k3")
    for (const verifiers of [published, retired]) await expectVerdicts(verifiers, ofThird, "claims")
  }, 60_000)

  it("when a leaked key was retired at once and the reserve signs, which they have read before (C83)", async () => {
    const { rotating, ofFirst, before, openAll } = await startRotation()
    await rotating.useKeys(second)
    const { apiToken: ofSecond } = await rotating.issue()
    await expectVerdicts(before, ofSecond, "claims")
    await expectVerdicts(openAll(), ofFirst, "refusal")
  }, 60_000)
})
