import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type { LocalCredentials } from "./credentials.ts"
import type { ReceivedRequest } from "./received-request.ts"

/** What a signature must be made with. */
export interface ExpectedSigner {
  readonly credentials: LocalCredentials & { readonly sessionToken?: string }
  /** The AWS service in the scope, e.g. `execute-api`. */
  readonly service: string
  readonly now: Date
}

/** Why a request is not accepted as signed. */
export type SignatureFailure = "missing" | "malformed" | "unknown key" | "date" | "scope" | "mismatch"

/** AWS lets a signer's clock differ by five minutes. */
const maxSkewMs = 5 * 60_000

const authorizationHeader =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/

/** The access key id that the request says it is signed with. */
export function accessKeyIdOf({ headers }: ReceivedRequest): string | undefined {
  return authorizationHeader.exec(headers.authorization ?? "")?.[1]
}

/**
 * Verifies a Signature Version 4 in the `Authorization` header by signing the same request with the known credential.
 * The signature must cover the host, the date, every `X-Amz-` header and the body. Returns undefined for a valid one.
 *
 * The signature is computed here rather than by the AWS SDK, so that callers who sign with the SDK are tested against
 * independent code.
 *
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html}
 */
export function verifySignatureV4(
  request: ReceivedRequest,
  { credentials, service, now }: ExpectedSigner,
): SignatureFailure | undefined {
  const { headers } = request
  if (headers.authorization === undefined) return "missing"
  const claims = authorizationHeader.exec(headers.authorization)
  if (!claims) return "malformed"
  const [, accessKeyId, claimedScope, signedNames = "", signature = ""] = claims
  if (accessKeyId !== credentials.accessKeyId) return "unknown key"
  const { sessionToken } = credentials
  if (sessionToken !== undefined && headers["x-amz-security-token"] !== sessionToken) return "unknown key"

  const signedAt = headers["x-amz-date"] ?? ""
  if (!(Math.abs(parseAmzDate(signedAt) - now.getTime()) <= maxSkewMs)) return "date"
  const scope = [signedAt.slice(0, 8), credentials.region, service, "aws4_request"]
  if (claimedScope !== scope.join("/")) return "scope"

  const signedHeaders = signedNames.split(";")
  const mustBeSigned = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))]
  if (!mustBeSigned.every((name) => signedHeaders.includes(name))) return "mismatch"
  if (!signedHeaders.every((name) => Object.hasOwn(headers, name))) return "mismatch"

  const payloadHash = sha256(request.body)
  if ((headers["x-amz-content-sha256"] ?? payloadHash) !== payloadHash) return "mismatch"

  const canonical = canonicalRequest(request, signedHeaders, payloadHash)
  const stringToSign = ["AWS4-HMAC-SHA256", signedAt, scope.join("/"), sha256(canonical)].join("\n")
  const key = scope.reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`)
  const expected = hmac(key, stringToSign)
  return timingSafeEqual(expected, Buffer.from(signature, "hex")) ? undefined : "mismatch"
}

function canonicalRequest(
  request: ReceivedRequest,
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
