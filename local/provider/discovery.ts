import { paths } from "./paths.ts"

/**
 * The discovery document with the members of SuperOffice's, and those of their values that work here. As at
 * SuperOffice, the document is not at the issuer's URL, and PKCE works although it is not listed.
 */
export function discoveryDocument(issuer: string, url: string) {
  return {
    issuer,
    authorization_endpoint: url + paths.authorize,
    token_endpoint: url + paths.token,
    end_session_endpoint: url + paths.logout,
    jwks_uri: url + paths.keySet,
    scopes_supported: ["openid"],
    response_modes_supported: ["form_post", "fragment", "query"],
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    revocation_endpoint: url + paths.revoke,
  }
}
