// A process of its own: SuperOffice and Secrets Manager in one server, with ID Tokens that were signed before it began.
// It tells its parent the URL, and puts into each answer what the request brought.
import { createHash } from "node:crypto"
import { createServer, type ServerResponse } from "node:http"
import { text } from "node:stream/consumers"
import { listenOnLoopback } from "../../../local/loopback.ts"
import {
  clientId,
  createSigningKey,
  signIdToken,
  superOfficeClaims,
  namespace,
} from "../../../harness/id-tokens.ts"
import { tenantOf, userCount, userOf } from "./requests.ts"

const key = createSigningKey()
const now = Math.floor(Date.now() / 1000)
const idTokens = Array.from({ length: userCount }, (_, user) =>
  signIdToken(
    key,
    superOfficeClaims({
      sub: `user-${user}@example.com`,
      [`${namespace}ctx`]: tenantOf(user),
      iat: now,
      nbf: now - 60,
      exp: now + 36_000,
    }),
  ),
)
const sealingKey = createHash("sha256").update("soak").digest("base64url")
const SecretString = JSON.stringify({
  client_id: clientId,
  client_secret: "the-client-secret",
  sealing_keys: [{ kid: "soak", key: sealingKey }],
})

const server = createServer((request, response) => {
  void text(request).then((body) => {
    answer(request.url ?? "", body, response)
  })
})
process.send?.(await listenOnLoopback(server))
process.on("disconnect", () => process.exit())

function answer(path: string, body: string, response: ServerResponse): void {
  if (path === "/") {
    json(response, 200, { ARN: "arn", Name: "name", VersionId: "v1", SecretString })
  } else if (path === "/login/.well-known/jwks") {
    json(response, 200, { keys: [key.jwk] })
  } else if (path === "/login/common/oauth/tokens") {
    const form = new URLSearchParams(body)
    const code = form.get("code")
    const grant = code ?? form.get("refresh_token") ?? ""
    if (grant.startsWith("bad")) json(response, 400, { error: "access_denied" })
    else {
      json(response, 200, {
        token_type: "Bearer",
        access_token: `8A:Cust12020.${grant}`,
        expires_in: 3600,
        id_token: idTokens[userOf(grant)],
        ...(code !== null && { refresh_token: `refresh-${grant}` }),
      })
    }
  } else {
    // Revocation, and whatever else: done.
    json(response, 200, {})
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body))
}
