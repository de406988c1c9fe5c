import {
  failureOfConnection,
  failureOfStatus,
  readBody,
  type CallFailure,
  type Transport,
} from "./transport.ts"
import { Sha256 } from "./sha256.ts"

/**
 * AWS credentials, as the AWS SDK's providers return them.
 *
 * @example
 * const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = process.env
 * const credentials: AwsCredentials = {
 *   accessKeyId: AWS_ACCESS_KEY_ID,
 *   secretAccessKey: AWS_SECRET_ACCESS_KEY,
 * }
 */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Part of temporary credentials, e.g. those of a role. */
  readonly sessionToken?: string
}

/**
 * Options of `overHttps`.
 *
 * @example
 * const credentials = fromNodeProviderChain()
 * const options: HttpsOptions = { url: "https://login.example.com", region: "eu-west-1", credentials }
 */
export interface HttpsOptions {
  /** Base URL of the deployment (its output `ApiUrl`), e.g. `https://login.example.com`. */
  readonly url: string
  /** The API's region, e.g. `eu-west-1`. */
  readonly region: string
  /** Credentials, or a provider of the AWS SDK. The provider is called for every request. */
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>)
}

/**
 * Calls the functions over HTTPS, with requests signed for IAM (Signature Version 4). Needs `@smithy/signature-v4` to be
 * installed, and uses the platform's `fetch`. The caller's policy must allow `execute-api:Invoke` on the routes
 * `POST /signed/*`.
 *
 * @example
 * const credentials = fromNodeProviderChain()
 * const tokens = createClient(overHttps({ url: "https://login.example.com", region: "eu-west-1", credentials }))
 */
export function overHttps({ url: base, region, credentials }: HttpsOptions): Transport {
  return {
    async call(name, request, signal) {
      const url = new URL(`${base.replace(/\/$/, "")}/signed/${name}`)
      const body = JSON.stringify(request)
      let headers: Readonly<Record<string, string>>
      try {
        headers = await sign(url, body, region, credentials)
      } catch {
        return {
          failure: "not_permitted",
          reason: "The request could not be signed, because there are no credentials.",
        }
      }
      try {
        // Follow no redirect: the body contains a secret that only this URL may receive.
        const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" })
        const text = await response.text()
        return response.ok || isServiceError(text) ? readBody(text) : failureOf(response)
      } catch {
        return failureOfConnection(signal)
      }
    },
  }
}

/** True for an error of the service, which has a `code`. API Gateway's own errors have only a `message`. */
function isServiceError(text: string): boolean {
  const result = readBody(text)
  return "body" in result && typeof (result.body as { code?: unknown }).code === "string"
}

function failureOf({ status, headers }: Response): CallFailure {
  const wait = Number(headers.get("retry-after"))
  return { ...failureOfStatus(status), ...(wait > 0 && { retryAfterSeconds: wait }) }
}

async function sign(
  url: URL,
  body: string,
  region: string,
  credentials: HttpsOptions["credentials"],
): Promise<Readonly<Record<string, string>>> {
  // Imported here, because callers that invoke directly do not install it.
  const { SignatureV4 } = await import("@smithy/signature-v4")
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, "content-type": "application/json" },
    body,
  })
  // `fetch` sets `host` itself.
  return Object.fromEntries(Object.entries(headers).filter(([header]) => header !== "host"))
}
