import { once } from "node:events"
import type { IncomingMessage } from "node:http"
import { Agent, request as httpsRequest } from "node:https"
import { text } from "node:stream/consumers"
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose"
import type { Answer, CodeRequest, TokenAnswer } from "./contract.ts"
import { issuer, jwksUrl, secretId, tokenUrl } from "./environment.ts"
import { normalize } from "./normalize.ts"
import type { ClientSecret } from "./secret.ts"
import { signedHeaders } from "./sigv4.ts"

const agent = new Agent({ keepAlive: true })
const credentials = readSecret()
const keySet = send("GET", jwksUrl).then((body) => createLocalJWKSet(JSON.parse(body) as JSONWebKeySet))

/**
 * The least that can do this work with jose: Signature Version 4 by hand, one agent, secret and key set side by side while
 * the module loads. No retries, no deadlines, no rotation: a limit, not an option.
 */
export const handler = async (request: CodeRequest): Promise<Answer> => {
  const { client_id, client_secret } = await credentials
  const { code, redirect_uri, code_verifier } = request
  const grant_type = "authorization_code"
  const form = new URLSearchParams({
    grant_type,
    code,
    redirect_uri,
    code_verifier,
    client_id,
    client_secret,
  })
  const keys = await keySet
  const type = { "content-type": "application/x-www-form-urlencoded" }
  const tokens = JSON.parse(await send("POST", tokenUrl, form.toString(), type)) as TokenAnswer
  const { payload } = await jwtVerify(tokens.id_token ?? "", keys, {
    issuer,
    audience: client_id,
    algorithms: ["RS256"],
    requiredClaims: ["exp"],
  })
  if (payload.nonce !== request.nonce) throw new Error("the nonce is another")
  return normalize(tokens, payload)
}

async function readSecret(): Promise<ClientSecret> {
  const url = process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
  const body = JSON.stringify({ SecretId: secretId })
  const headers = signedHeaders(new URL(url), "secretsmanager.GetSecretValue", body)
  const { SecretString } = JSON.parse(await send("POST", url, body, headers)) as { SecretString: string }
  return JSON.parse(SecretString) as ClientSecret
}

async function send(
  method: string,
  url: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) }
  const outgoing = httpsRequest(url, { method, agent, headers: { ...headers, ...length } })
  outgoing.end(body)
  const [response] = (await once(outgoing, "response")) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`)
  return answer
}
