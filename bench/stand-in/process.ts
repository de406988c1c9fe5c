// A process of its own: SuperOffice and Secrets Manager behind TLS on two ports of loopback. It tells its parent where
// they stand, and when asked how often each was called.
import type { RequestListener } from "node:http"
import { createServer } from "node:https"
import { text } from "node:stream/consumers"
import { makeCertificate } from "../../harness/certificate.ts"
import { clientId, createSigningKey } from "../../harness/id-tokens.ts"
import { sealingKeys, signInEndpoints } from "./sign-in.ts"
import { listenOnLongWire } from "./wire.ts"
import type { Calls, StandInOptions } from "./start.ts"
import { tokenAnswers } from "./tokens.ts"

const { latencyMs, keys, signsIn, signsApiTokens } = JSON.parse(process.argv[2] ?? "{}") as StandInOptions
const certificate = makeCertificate(["127.0.0.1"])
const signingKey = createSigningKey()
const answers = tokenAnswers(signingKey)
const signIn = signsIn ? signInEndpoints(signingKey) : undefined
const calls: Calls = { secret: 0, keySet: 0, token: 0 }

const secretAnswer = answerOf({
  client_id: clientId,
  client_secret: "the-client-secret",
  ...(signsIn && { sealing_keys: sealingKeys() }),
})
const signingKeysAnswer = signsApiTokens
  ? answerOf({ signing_keys: [storedKey("1"), storedKey("2")] })
  : undefined
// The key that signs comes first: the product looks at the first 20 of a set.
const others = Array.from({ length: keys - 1 }, () => createSigningKey().jwk)
const keySetAnswer = JSON.stringify({ keys: [signingKey.jwk, ...others] })

const secretsManager = await listen(async (request, response) => {
  const asksForKeys = (await text(request)).includes("signing-keys")
  calls.secret += 1
  const isSigned = request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")
  response.writeHead(isSigned ? 200 : 403, { "content-type": "application/x-amz-json-1.1" })
  response.end(isSigned ? (asksForKeys ? signingKeysAnswer : secretAnswer) : "{}")
})
const superOffice = await listen(async (request, response) => {
  const body = await text(request)
  if (request.url === "/login/.well-known/jwks") {
    calls.keySet += 1
    response.writeHead(200, { "content-type": "application/json" }).end(keySetAnswer)
    return
  }
  const location = signIn?.authorize(request.url ?? "")
  if (location !== undefined) {
    response.writeHead(302, { location }).end()
    return
  }
  calls.token += 1
  const form = new URLSearchParams(body)
  const answer = signIn ? signIn.redeem(form) : redeem(form)
  response.writeHead(answer ? 200 : 400, { "content-type": "application/json" })
  response.end(answer ?? '{ "error": "access_denied"}')
})

process.on("message", (question) => process.send?.(question === "issued" ? signIn?.lastIssued() : calls))
process.on("disconnect", () => process.exit())
process.send?.({ secretsManager, superOffice, certificate: certificate.cert })

/** Insists on everything that SuperOffice is sent, so that no row does less. */
function redeem(form: URLSearchParams): string | undefined {
  const isComplete =
    form.get("grant_type") === "authorization_code" &&
    form.get("client_id") === clientId &&
    form.get("client_secret") === "the-client-secret" &&
    form.has("code_verifier") &&
    form.has("redirect_uri")
  return isComplete ? answers.get(form.get("code") ?? "") : undefined
}

/** The answer to GetSecretValue. */
function answerOf(secret: object): string {
  return JSON.stringify({
    ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:superoffice/sod-AbCdEf",
    Name: "superoffice/sod",
    VersionId: "v1",
    SecretString: JSON.stringify(secret),
    VersionStages: ["AWSCURRENT"],
  })
}

/** A key for the product's own tokens, as its secret has it. */
function storedKey(kid: string): object {
  const { privateKey } = createSigningKey()
  return { kid, key: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64url") }
}

async function listen(listener: (...parameters: Parameters<RequestListener>) => Promise<void>) {
  const server = createServer(certificate, (request, response) => void listener(request, response))
  server.keepAliveTimeout = 60_000
  const { port } = await listenOnLongWire(server, latencyMs / 2)
  return `https://127.0.0.1:${port}`
}
