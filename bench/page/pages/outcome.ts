/** What a page tells the benchmark: how it came to an access token, or what went wrong. */
export interface Outcome {
  /** Milliseconds since 1970: when the sign-in began, or this page's script. */
  readonly startedAt: number
  readonly endedAt?: number
  readonly accessToken?: string
  /** The tenant that the user's claims name. */
  readonly tenant?: unknown
  /** All values that the page has in web storage. */
  readonly stored: readonly string[]
  readonly error?: string
}
