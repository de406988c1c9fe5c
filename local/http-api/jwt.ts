import { createPublicKey, verify } from "node:crypto"
import { isPlainObject, parseJson } from "../../lib/json.ts"
import type { ReceivedRequest } from "../received-request.ts"
import { gatewayMessage, type GatewayAnswer } from "./answer.ts"
import type { JwtContext } from "./event.ts"
import { createKeySet, type Issuer, type Jwk } from "./key-set.ts"

/** Says who a request's token is for, or refuses it. */
export type JwtAuthorizer = (
  request: Pick<ReceivedRequest, "headers">,
  now: Date,
) => Promise<{ readonly authorizer: JwtContext } | { readonly refusal: GatewayAnswer }>

export interface JwtAuthorizerOptions {
  /** As the tokens name it in `iss`, byte for byte. */
  readonly issuer: Issuer
  /** One of these must be in `aud`, or without `aud` be the `client_id`. */
  readonly audience: readonly string[]
}

/**
 * A JWT authorizer of an API Gateway HTTP API, whose identity source is the header `Authorization`. Takes what AWS documents
 * that API Gateway takes, and where the documentation is silent it takes less: a token must have `exp` and `iat`.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html}
 */
export function createJwtAuthorizer({ issuer, audience }: JwtAuthorizerOptions): JwtAuthorizer {
  const keySet = createKeySet(issuer)
  return async ({ headers }, now) => {
    const token = /^(?:Bearer +)?([^ ]+)$/i.exec(headers.authorization ?? "")?.[1]
    if (token === undefined) return { refusal: unauthorized() }
    const jwt = decode(token)
    if (!jwt) return { refusal: unauthorized("the token is malformed") }
    const keys = await keySet(now).catch(() => undefined)
    if (!keys) return { refusal: unauthorized("the keys of the issuer cannot be read") }
    const problem = signatureProblem(jwt, keys) ?? claimsProblem(jwt.claims, issuer.url, audience, now)
    if (problem !== undefined) return { refusal: unauthorized(problem) }
    return { authorizer: { jwt: { claims: asText(jwt.claims), scopes: null } } }
  }
}

/**
 * The answer to a request that is refused; with a description, one whose token is. AWS publishes the description of a wrong
 * audience alone. The other words are ours.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html}
 */
export function unauthorized(description?: string): GatewayAnswer {
  const problem = ` scope="" error="invalid_token" error_description="${description ?? ""}"`
  const answer = gatewayMessage(401, "Unauthorized")
  const challenge = `Bearer${description === undefined ? "" : problem}`
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } }
}

type JsonObject = Readonly<Record<string, unknown>>

interface Jwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signed: string
  readonly signature: Buffer
}

function decode(token: string): Jwt | undefined {
  const [, signed = "", first = "", second = "", third = ""] =
    /^(([\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(token) ?? []
  const [header, claims] = [first, second].map((part) => parseJson(Buffer.from(part, "base64url").toString()))
  if (!isPlainObject(header) || !isPlainObject(claims)) return undefined
  return { header, claims, signed, signature: Buffer.from(third, "base64url") }
}

/** AWS: only RSA-based algorithms are supported. */
const digests: Readonly<Record<string, string>> = { RS256: "sha256", RS384: "sha384", RS512: "sha512" }

function signatureProblem(
  { header: { alg, kid, crit }, signed, signature }: Jwt,
  keys: readonly Jwk[],
): string | undefined {
  const digest = typeof alg === "string" && Object.hasOwn(digests, alg) ? digests[alg] : undefined
  if (digest === undefined || crit !== undefined) return "the algorithm of the token is not supported"
  const jwk = keys.find((key) => key.kid === kid)
  if (!jwk) return "the key of the token is not in the key set"
  const { kty, alg: meantFor = alg, use = "sig" } = jwk
  if (kty !== "RSA" || meantFor !== alg || use !== "sig")
    return "the key of the token is not for its algorithm"
  return isSignedBy(jwk, digest, signed, signature) ? undefined : "the signature of the token is wrong"
}

function isSignedBy({ n, e }: Jwk, digest: string, signed: string, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: { kty: "RSA", n: String(n), e: String(e) }, format: "jwk" })
    return verify(digest, Buffer.from(signed), key, signature)
  } catch {
    return false
  }
}

function claimsProblem(
  { iss, aud, client_id, exp, nbf = 0, iat }: JsonObject,
  issuer: string,
  audience: readonly string[],
  now: Date,
): string | undefined {
  if (iss !== issuer) return "the token does not have a valid issuer"
  // AWS reads `client_id` only if there is no `aud`.
  const named: unknown[] = Array.isArray(aud) ? aud : [aud === undefined ? client_id : aud]
  if (!audience.some((one) => named.includes(one))) return "the token does not have a valid audience"
  const seconds = now.getTime() / 1000
  if (typeof exp !== "number" || exp <= seconds) return "the token has expired"
  if (typeof nbf !== "number" || nbf > seconds) return "the token is not valid yet"
  if (typeof iat !== "number" || iat > seconds) return "the token was issued in the future"
  return undefined
}

/** A list is written as API Gateway is seen to write it: its values in brackets, separated by spaces. */
function asText(claims: JsonObject): Record<string, string> {
  const texts = Object.entries(claims).map(([name, value]) => [
    name,
    Array.isArray(value) ? `[${value.map(textOf).join(" ")}]` : textOf(value),
  ])
  return Object.fromEntries(texts) as Record<string, string>
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value)
}
