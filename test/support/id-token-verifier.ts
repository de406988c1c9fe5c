import { expect } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import { verifyIdToken, type IdTokenPolicy } from "../../lib/id-token/id-token.ts"
import type { KeySet } from "../../lib/ports.ts"
import { accessToken, keySetOf } from "./front-door.ts"
import { clientId, createSigningKey, issuer, signedAt } from "../../harness/id-tokens.ts"

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
  accessToken,
  now: signedAt,
  clockToleranceSeconds: 60,
}

/** Gives a key set past the cache, and counts how often it was asked for. */
export function rereadOf(reread: KeySet | Error): { (): Promise<KeySet>; times: number } {
  const read = () => {
    read.times += 1
    return reread instanceof Error ? Promise.reject(reread) : Promise.resolve(reread)
  }
  read.times = 0
  return read
}

/** Verifies a token by the usual policy and key, but for the changes. */
export async function verify(
  idToken: string,
  changes: Partial<IdTokenPolicy> = {},
  keys = keySetOf(key.jwk),
) {
  return await verifyIdToken(idToken, { ...policy, ...changes }, keys, rereadOf(keys))
}

/** Expects `id_token_invalid` for exactly this reason. */
export async function expectRefusal(verification: Promise<unknown>, why: string): Promise<void> {
  const error: unknown = await verification.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExchangeError)
  expect(error).toMatchObject({ code: "id_token_invalid", message: `the ID Token was refused: ${why}` })
}
