import { failureOfConnection, failureOfStatus, readBody, type Failure, type Transport } from "./transport.ts"
import { Sha256 } from "./sha256.ts"

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials, which a role's are. */
  readonly sessionToken?: string
}

export interface HttpsOptions {
  /** Base URL of the API, e.g. `https://login.example.com`. */
  readonly url: string
  /** The API's, e.g. `eu-west-1`. */
  readonly region: string
  /** As they are, or a provider of the AWS SDK that is asked for every call. */
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>)
}

/**
 * Over HTTPS, signed with IAM (Signature Version 4), by `@smithy/signature-v4` and the platform's `fetch`. The caller's
 * policy needs `execute-api:Invoke` on the routes `POST /signed/*`.
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
        return { failure: "not_permitted", reason: "The request could not be signed: no credentials." }
      }
      try {
        // A redirect is not followed: a signed request with a secret in it goes to one place only.
        const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" })
        const text = await response.text()
        return response.ok || isOfService(text) ? readBody(text) : failureOf(response)
      } catch {
        return failureOfConnection(signal)
      }
    },
  }
}

/** The service's errors have a `code`; the gateway's have a `message` alone. */
function isOfService(text: string): boolean {
  const read = readBody(text)
  return "body" in read && typeof (read.body as { code?: unknown }).code === "string"
}

function failureOf({ status, headers }: Response): Failure {
  const wait = Number(headers.get("retry-after"))
  return { ...failureOfStatus(status, ""), ...(wait > 0 && { retryAfterSeconds: wait }) }
}

async function sign(
  url: URL,
  body: string,
  region: string,
  credentials: HttpsOptions["credentials"],
): Promise<Readonly<Record<string, string>>> {
  // When it is first needed: who invokes directly does not install it.
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
  // `fetch` sets it by itself.
  return Object.fromEntries(Object.entries(headers).filter(([header]) => header !== "host"))
}
