import { createHash } from "node:crypto"
import type { Secret } from "../secret.ts"

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
      if (rejectedInARow.size < suspicious) rejectedInARow.add(shortHash(refreshToken))
      return rejectedInARow.size >= suspicious
    },
    succeeded() {
      rejectedInARow.clear()
    },
  }
}

/** Tells tokens apart, and does not tell what they are. */
function shortHash(token: Secret): string {
  return createHash("sha256").update(token.reveal()).digest("hex").slice(0, 8)
}
