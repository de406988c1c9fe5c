import * as client from "openid-client"
import type { Answer, CodeRequest } from "./contract.ts"
import { issuer, jwksUrl, tokenUrl } from "./environment.ts"
import { normalize } from "./normalize.ts"
import { clientSecret } from "./secret.ts"

let configuration: client.Configuration | undefined

/** openid-client, told to verify signatures too. */
export const handler = async (request: CodeRequest): Promise<Answer> => {
  configuration ??= await configure()
  const callback = new URL(request.redirect_uri)
  callback.searchParams.set("code", request.code)
  const tokens = await client.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: request.code_verifier,
    expectedNonce: request.nonce,
    idTokenExpected: true,
  })
  return normalize(tokens, tokens.claims() ?? {})
}

async function configure(): Promise<client.Configuration> {
  const { client_id, client_secret } = await clientSecret()
  const server = { issuer, token_endpoint: tokenUrl, jwks_uri: jwksUrl }
  const made = new client.Configuration(server, client_id, {}, client.ClientSecretPost(client_secret))
  client.enableNonRepudiationChecks(made)
  return made
}
