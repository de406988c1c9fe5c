/**
 * What `well-known` publishes of this service as the issuer of `api_token` (RFC 8414 §2), beside the keys.
 *
 * @example
 * const { issuer, jwks_uri } = (await response.json()) as IssuerMetadata
 */
export interface IssuerMetadata {
  /** The claim `iss` of every `api_token`, byte for byte. */
  readonly issuer: string
  /**
   * Where the key set is.
   * @format uri
   */
  readonly jwks_uri: string
  /**
   * SuperOffice's, where users sign in.
   * @format uri
   */
  readonly authorization_endpoint: string
  /** @format uri */
  readonly token_endpoint: string
  readonly token_endpoint_auth_methods_supported: readonly string[]
  readonly grant_types_supported: readonly string[]
  readonly response_types_supported: readonly string[]
  readonly code_challenge_methods_supported: readonly string[]
}

/**
 * The public half of every key that signs an `api_token`, will sign, or has signed (RFC 7517 §5).
 *
 * @example
 * const keyOf = ({ keys }: PublicKeySet, kid: string) => keys.find((key) => key.kid === kid)
 */
export interface PublicKeySet {
  readonly keys: readonly PublicKey[]
}

/**
 * A key of the set (RFC 7517 §4, RFC 7518 §6.3.1).
 *
 * @example
 * const verifier = (key: PublicKey) => crypto.subtle.importKey("jwk", key, algorithm, false, ["verify"])
 */
export interface PublicKey {
  readonly kty: "RSA"
  /** Modulus, in base64url. */
  readonly n: string
  /** Exponent, in base64url. */
  readonly e: string
  /** As in the header of the tokens that it signs. */
  readonly kid: string
  readonly alg: "RS256"
  readonly use: "sig"
}
