import { isLoopbackHost } from "./loopback.ts"
import type { ReceivedRequest } from "./received-request.ts"
import { verifySignatureV4, type ExpectedSigner, type SignatureFailure } from "./signature-v4.ts"

/** The AWS services whose endpoints are guarded, and the status with which each refuses a signature. */
const refusedStatus = { secretsmanager: 400, lambda: 403, cloudformation: 403 }

/** Why a request is not answered, as AWS says it. */
export interface Refusal {
  readonly status: number
  readonly type: RefusalType
  readonly message: string
}

export type RefusalType =
  | "IncompleteSignatureException"
  | "InvalidSignatureException"
  | "MisdirectedRequest"
  | "MissingAuthenticationTokenException"
  | "UnrecognizedClientException"

/**
 * Refuses every request that is not signed with the key of this run, or whose `Host` is not loopback; undefined for a
 * request that may be answered. Loopback alone does not protect a secret: other users and programs of the machine
 * reach it, and so does a page that points a DNS name of its own to 127.0.0.1.
 *
 * @see {@link https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html}
 */
export function refusalOf(
  request: ReceivedRequest,
  signer: ExpectedSigner & { readonly service: keyof typeof refusedStatus },
): Refusal | undefined {
  if (!isLoopbackHost(request.headers.host)) {
    return { status: 421, type: "MisdirectedRequest", message: "The Host header does not name this machine." }
  }
  const failure = verifySignatureV4(request, signer)
  return failure && { status: refusedStatus[signer.service], ...refusals[failure] }
}

const refusals: Readonly<Record<SignatureFailure, Omit<Refusal, "status">>> = {
  missing: {
    type: "MissingAuthenticationTokenException",
    message: "The request is not signed: sign it with the key that this run of the local stack has printed.",
  },
  malformed: {
    type: "IncompleteSignatureException",
    message: "The Authorization header is not a complete Signature Version 4.",
  },
  "unknown key": {
    type: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  },
  date: {
    type: "InvalidSignatureException",
    message: "Signature expired, or not yet current: X-Amz-Date differs by more than five minutes.",
  },
  scope: {
    type: "InvalidSignatureException",
    message: "Credential should be scoped to a valid date, region and service.",
  },
  mismatch: {
    type: "InvalidSignatureException",
    message: "The request signature we calculated does not match the signature you provided.",
  },
}
