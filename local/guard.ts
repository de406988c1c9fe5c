import type { IncomingMessage } from "node:http"
import { isLoopbackHost } from "./loopback.ts"
import { readRequest, type ReceivedRequest } from "./received-request.ts"
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
  | "RequestEntityTooLarge"
  | "UnrecognizedClientException"

/**
 * Reads a request. Refuses one that is too large, that is not signed with the key of this run, or whose `Host` is not loopback.
 * Loopback alone does not protect a secret: other users and programs of the machine reach it, and so does a page that points a
 * DNS name of its own to 127.0.0.1.
 *
 * @see {@link https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html}
 */
export async function readGuarded(
  message: IncomingMessage,
  signer: Omit<ExpectedSigner, "now"> & { readonly service: keyof typeof refusedStatus },
): Promise<
  | { readonly request: ReceivedRequest; readonly refusal?: undefined }
  | { readonly request?: undefined; readonly refusal: Refusal }
> {
  const request = await readRequest(message)
  if (!request) {
    return { refusal: { status: 413, type: "RequestEntityTooLarge", message: "The request is too large." } }
  }
  if (!isLoopbackHost(request.headers.host)) {
    const reason = "The Host header does not name this machine."
    return { refusal: { status: 421, type: "MisdirectedRequest", message: reason } }
  }
  const failure = verifySignatureV4(request, { ...signer, now: new Date() })
  return failure ? { refusal: { status: refusedStatus[signer.service], ...refusals[failure] } } : { request }
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
