import { createRemoteJWKSet, jwtVerify } from "jose"
import type { Answer, CodeRequest, TokenAnswer } from "./contract.ts"
import { issuer, jwksUrl, tokenUrl } from "./environment.ts"
import { normalize } from "./normalize.ts"
import { clientSecret } from "./secret.ts"

const keySet = createRemoteJWKSet(new URL(jwksUrl))

/** What most would write: the AWS SDK, global `fetch` and jose. */
export const handler = async (request: CodeRequest): Promise<Answer> => {
  const credentials = await clientSecret()
  const { code, redirect_uri, code_verifier } = request
  const response = await fetch(tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri,
      code_verifier,
      client_id: credentials.client_id,
      client_secret: credentials.client_secret,
    }),
  })
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`)
  const tokens = (await response.json()) as TokenAnswer
  const { payload } = await jwtVerify(tokens.id_token ?? "", keySet, {
    issuer,
    audience: credentials.client_id,
    algorithms: ["RS256"],
    requiredClaims: ["exp"],
  })
  if (payload.nonce !== request.nonce) throw new Error("the nonce is another")
  return normalize(tokens, payload)
}
