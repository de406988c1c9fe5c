import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type { APIGatewayEventRequestContextIAMAuthorizer } from "aws-lambda"
import type { GatewayRequest } from "./request.ts"

/** The one credential that the IAM authorizer knows. */
export interface LocalCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  readonly accountId: string
}

/** API Gateway lets a signer's clock differ by five minutes. */
const maxSkewMs = 5 * 60_000

const authorizationHeader =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/

/**
 * Verifies a Signature Version 4 in the `Authorization` header by signing the same request with the known credential.
 * Returns the caller as API Gateway describes it, or undefined when the signature is missing, expired or wrong.
 *
 * The signature is computed here rather than by the AWS SDK, so that callers who sign with the SDK are tested against
 * independent code.
 *
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html}
 */
export function verifySignatureV4(
  request: GatewayRequest,
  credentials: LocalCredentials,
  now: Date,
): APIGatewayEventRequestContextIAMAuthorizer | undefined {
  const { headers } = request
  const claims = authorizationHeader.exec(headers.authorization ?? "")
  const [, accessKeyId, claimedScope, signedNames = "", signature = ""] = claims ?? []
  if (accessKeyId !== credentials.accessKeyId) return undefined

  const signedAt = headers["x-amz-date"] ?? ""
  if (!(Math.abs(parseAmzDate(signedAt) - now.getTime()) <= maxSkewMs)) return undefined
  const scope = [signedAt.slice(0, 8), credentials.region, "execute-api", "aws4_request"]
  if (claimedScope !== scope.join("/")) return undefined

  const signedHeaders = signedNames.split(";")
  if (!["host", "x-amz-date"].every((name) => signedHeaders.includes(name))) return undefined
  if (!signedHeaders.every((name) => headers[name] !== undefined)) return undefined

  const payloadHash = sha256(request.body)
  if ((headers["x-amz-content-sha256"] ?? payloadHash) !== payloadHash) return undefined

  const canonical = canonicalRequest(request, signedHeaders, payloadHash)
  const stringToSign = ["AWS4-HMAC-SHA256", signedAt, scope.join("/"), sha256(canonical)].join("\n")
  const key = scope.reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`)
  return timingSafeEqual(hmac(key, stringToSign), Buffer.from(signature, "hex"))
    ? identityOf(credentials)
    : undefined
}

function canonicalRequest(
  request: GatewayRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  // Sort by name, then by value. "=" would sort after some characters of a name; a line feed sorts before all of
  // them.
  const query = [...new URLSearchParams(request.rawQueryString)]
    .map(([name, value]) => `${encode(name)}\n${encode(value)}`)
    .sort()
    .map((pair) => pair.replace("\n", "="))
  return [
    request.method,
    // For every service but S3, the path is percent-encoded once more before it is signed.
    request.rawPath.split("/").map(encode).join("/"),
    query.join("&"),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n")
}

/** Percent-encodes all but the unreserved characters (RFC 3986 §2.3). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** `20260131T235959Z` in milliseconds since 1970; NaN for anything else. */
function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex")
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}

function identityOf({
  accessKeyId,
  accountId,
}: LocalCredentials): APIGatewayEventRequestContextIAMAuthorizer {
  return {
    iam: {
      accessKey: accessKeyId,
      accountId,
      callerId: "AIDALOCALUSER",
      cognitoIdentity: null,
      principalOrgId: "o-local",
      userArn: `arn:aws:iam::${accountId}:user/local`,
      userId: "AIDALOCALUSER",
    },
  }
}
