const suspicious = 5

/**
 * Counts rejected refreshes of one secret version. SuperOffice says the same for a dead refresh token and a wrong client
 * secret, but several refusals in a row without a success between them point at the secret.
 */
export interface RejectionCounter {
  /** Counts one; true when the client secret is to be suspected. */
  rejected(secretVersion: string): boolean
  succeeded(): void
}

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
