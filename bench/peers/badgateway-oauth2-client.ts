import { OAuth2Client } from "@badgateway/oauth2-client"
import { createRemoteJWKSet, jwtVerify } from "jose"
import type { Answer, CodeRequest } from "./contract.ts"
import { issuer, jwksUrl, tokenUrl } from "./environment.ts"
import { normalize } from "./normalize.ts"
import { clientSecret } from "./secret.ts"

const keySet = createRemoteJWKSet(new URL(jwksUrl))

/** @badgateway/oauth2-client, which validates nothing: jose does, as in the plain stack. */
export const handler = async (request: CodeRequest): Promise<Answer> => {
  const { client_id, client_secret } = await clientSecret()
  const client = new OAuth2Client({
    clientId: client_id,
    clientSecret: client_secret,
    tokenEndpoint: tokenUrl,
    authenticationMethod: "client_secret_post",
  })
  const { accessToken, refreshToken, idToken } = await client.authorizationCode.getToken({
    code: request.code,
    redirectUri: request.redirect_uri,
    codeVerifier: request.code_verifier,
  })
  const { payload } = await jwtVerify(idToken ?? "", keySet, {
    issuer,
    audience: client_id,
    algorithms: ["RS256"],
    requiredClaims: ["exp"],
  })
  if (payload.nonce !== request.nonce) throw new Error("the nonce is another")
  const tokens = { access_token: accessToken, refresh_token: refreshToken ?? undefined, id_token: idToken }
  return normalize(tokens, payload)
}
