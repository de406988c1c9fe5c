const suspicious = 5

/**
 * Counts rejected refreshes of one secret version. SuperOffice gives the same answer for an invalid refresh token and for a
 * wrong client secret, but several rejections in a row point at the secret.
 */
export interface RejectionCounter {
  /** Counts a rejection. Returns true from the fifth in a row on, because the client secret is then probably wrong. */
  rejected(secretVersion: string): boolean
  succeeded(): void
}

/** Creates the counter of one execution environment. */
export function createRejectionCounter(): RejectionCounter {
  let version: string | undefined
  let inARow = 0
  return {
    rejected(secretVersion) {
      inARow = secretVersion === version ? inARow + 1 : 1
      version = secretVersion
      return inARow >= suspicious
    },
    succeeded() {
      inARow = 0
    },
  }
}
