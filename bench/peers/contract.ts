/** What every peer is asked. */
export interface CodeRequest {
  readonly code: string
  readonly redirect_uri: string
  readonly code_verifier: string
  readonly nonce: string
}

/** SuperOffice's answer, as far as peers look at it. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly expires_in?: number | undefined
  readonly id_token?: string | undefined
}

/** What every peer answers. */
export interface Answer {
  readonly token_type: "Bearer"
  readonly access_token: string
  readonly expires_in: number
  readonly expires_at: number
  readonly refresh_token: string | undefined
  readonly id_token: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}
