import * as oauth from "oauth4webapi"
import type { Answer, CodeRequest } from "./contract.ts"
import { issuer, jwksUrl, tokenUrl } from "./environment.ts"
import { normalize } from "./normalize.ts"
import { clientSecret } from "./secret.ts"

const server: oauth.AuthorizationServer = { issuer, token_endpoint: tokenUrl, jwks_uri: jwksUrl }

/** oauth4webapi, with its own check of the signature. */
export const handler = async (request: CodeRequest): Promise<Answer> => {
  const { client_id, client_secret } = await clientSecret()
  const client: oauth.Client = { client_id, id_token_signed_response_alg: "RS256" }
  const callback = oauth.validateAuthResponse(
    server,
    client,
    new URLSearchParams({ code: request.code }),
    oauth.expectNoState,
  )
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretPost(client_secret),
    callback,
    request.redirect_uri,
    request.code_verifier,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: request.nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(server, response)
  return normalize(tokens, oauth.getValidatedIdTokenClaims(tokens) ?? {})
}
