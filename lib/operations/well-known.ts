import { createPublicKey } from "node:crypto"
import type { Config } from "../config.ts"
import { parseSigningKeys } from "../credentials/signing-keys.ts"
import type { IssuerMetadata, PublicKey, PublicKeySet } from "../issuer-documents.ts"
import type { SigningKey } from "../ports.ts"
import { ask } from "../request/ask.ts"
import type { DocumentsSpec } from "../request/documents.ts"

/**
 * Publishes what verifiers of our `api_token` need: the issuer's metadata (RFC 8414 §3) and its key set (RFC 7517 §5). Has
 * nothing to publish unless these tokens are switched on.
 */
export const wellKnown: DocumentsSpec = {
  name: "well-known",
  needs: { clientSecret: false, keySet: false, privateKey: false, signingKeys: parseSigningKeys },
  find: async (path, context) => {
    const { config, ports } = context
    const { apiToken } = config
    if (apiToken === undefined) return undefined
    switch (path) {
      case "/.well-known/openid-configuration":
      case "/.well-known/oauth-authorization-server":
        return metadata(apiToken.issuer, config)
      case "/.well-known/jwks.json": {
        const keys = await ask("secret", ports.signingKeys, "cached", context)
        return { keys: keys.map(publicJwk) } satisfies PublicKeySet
      }
      default:
        return undefined
    }
  },
}

/** What RFC 8414 §2 requires, and how the token endpoint wants its clients. Names no endpoint that does not exist. */
function metadata(issuer: string, { endpoints }: Config): IssuerMetadata {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ["none"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
  }
}

/** Written out of the public half, so that no member of the private one can be left in (RFC 7517 §9.3). */
function publicJwk({ kid, key }: SigningKey): PublicKey {
  const { n, e } = createPublicKey(key).export({ format: "jwk" }) as Pick<PublicKey, "n" | "e">
  return { kty: "RSA", n, e, kid, alg: "RS256", use: "sig" }
}
