import { expect } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import { verifyIdToken, type IdTokenPolicy, type KeySetReader } from "../../lib/id-token/id-token.ts"
import type { KeySet } from "../../lib/ports.ts"
import { accessToken, keySetOf } from "./front-door.ts"
import { clientId, createSigningKey, issuer, signedAt } from "./id-tokens.ts"

/** The key that SuperOffice signs with, and one that it does not. */
export const key = createSigningKey()
export const otherKey = createSigningKey()
/** A header as SuperOffice writes it since 2022. */
export const header = { alg: "RS256", kid: key.kid, x5t: key.x5t, typ: "JWT" }
/** The time at which tokens are signed and verified, in Unix seconds. */
export const now = signedAt.getTime() / 1000

/** What an ID Token for our client must be. */
export const policy: IdTokenPolicy = {
  issuer,
  audience: () => clientId,
  nonce: undefined,
  sub: undefined,
  ctx: undefined,
  accessToken,
  now: signedAt,
  clockToleranceSeconds: 60,
}

/** Gives one key set from the cache and another past it, and remembers what it was asked for. */
export function keySets(cached: KeySet, reread: KeySet = cached): { read: KeySetReader; asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    read: (freshness) => {
      asked.push(freshness)
      return Promise.resolve(freshness === "reread" ? reread : cached)
    },
  }
}

/** Verifies a token by the usual policy and key, but for the changes. */
export async function verify(
  idToken: string,
  changes: Partial<IdTokenPolicy> = {},
  keys = keySetOf(key.jwk),
) {
  return await verifyIdToken(idToken, { ...policy, ...changes }, keySets(keys).read)
}

/** Expects `id_token_invalid` for exactly this reason. */
export async function expectRefusal(verification: Promise<unknown>, why: string): Promise<void> {
  const error: unknown = await verification.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExchangeError)
  expect(error).toMatchObject({ code: "id_token_invalid", message: `the ID Token was refused: ${why}` })
}
