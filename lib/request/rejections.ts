import type { Secret } from "../secret.ts"
import { shortHash } from "../short-hash.ts"

const suspicious = 5

/**
 * Counts the refresh tokens that were rejected with one secret version. SuperOffice gives the same answer for an invalid
 * refresh token and for a wrong client secret, but several rejections in a row point at the secret.
 */
export interface RejectionCounter {
  /**
   * Counts a rejection, once for each refresh token: a page that reloads counts as one. Returns true from the fifth in a row
   * on, because the client secret is then probably wrong.
   */
  rejected(refreshToken: Secret, secretVersion: string): boolean
  succeeded(): void
}

/** Creates the counter of one execution environment. Keeps a short hash of five tokens at most. */
export function createRejectionCounter(): RejectionCounter {
  const rejectedInARow = new Set<string>()
  let version: string | undefined
  return {
    rejected(refreshToken, secretVersion) {
      if (secretVersion !== version) rejectedInARow.clear()
      version = secretVersion
      if (rejectedInARow.size < suspicious) rejectedInARow.add(shortHash(refreshToken.reveal()))
      return rejectedInARow.size >= suspicious
    },
    succeeded() {
      rejectedInARow.clear()
    },
  }
}
