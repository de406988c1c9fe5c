import { isServiceError } from "./answers.ts"
import { readBounded } from "./bounded.ts"
import { Sha256 } from "./sha256.ts"
import {
  failureOfConnection,
  failureOfStatus,
  optionsInvalid,
  packageMissing,
  readBody,
  waitOf,
  writeBody,
  type CallFailure,
  type CallResult,
  type FunctionName,
  type Transport,
} from "./transport.ts"

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
  /**
   * Base URL of the deployment (its output `ApiUrl`), e.g. `https://login.example.com`. `http:` is accepted only for
   * `localhost`, `127.0.0.1` and `[::1]`. Any other value results in `options_invalid`.
   */
  readonly url: string
  /** The API's region, e.g. `eu-west-1`. */
  readonly region: string
  /**
   * Credentials, or a provider of the AWS SDK. The provider is called for every request. If it throws, the call results in
   * `not_permitted`.
   */
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>)
}

/**
 * Calls the functions over HTTPS, with requests signed for IAM (Signature Version 4). Needs `@smithy/signature-v4` to be
 * installed, and uses the platform's `fetch`. The caller's policy must allow `execute-api:Invoke` on the routes
 * `POST /signed/*`. Follows no redirect, and reads at most 1 MiB of an answer.
 *
 * @example
 * const credentials = fromNodeProviderChain()
 * const tokens = createClient(overHttps({ url: "https://login.example.com", region: "eu-west-1", credentials }))
 */
export function overHttps(options: HttpsOptions): Transport {
  return {
    async call(name, request, signal) {
      try {
        const signed = await signedRequest(options, name, request)
        return "failure" in signed ? signed : await send(signed, signal)
      } catch {
        // Every step has a guard of its own, so only a getter of the caller's options can throw here.
        return optionsInvalid("The options of overHttps cannot be read.")
      }
    },
  }
}

interface SignedRequest {
  readonly url: URL
  readonly headers: Headers
  readonly body: string
}

async function send({ url, headers, body }: SignedRequest, signal: AbortSignal): Promise<CallResult> {
  try {
    // Follow no redirect: the body contains a secret that only this URL may receive.
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" })
    const bytes = response.body ? await readBounded(response.body) : new Uint8Array()
    return readAnswer(response, readBody(bytes))
  } catch {
    return failureOfConnection(signal)
  }
}

/** API Gateway and proxies answer, too. Only a 2xx is a success, and only the service's own errors are taken as they are. */
function readAnswer({ ok, status, headers }: Response, answer: ReturnType<typeof readBody>): CallResult {
  const isError = "body" in answer && isServiceError(answer.body)
  if (ok && isError) {
    return { failure: "answer_unreadable", reason: `The answer is an error with status ${status}.` }
  }
  if (ok || (isError && status >= 400)) return answer
  return { ...failureOfStatus(status), ...waitOf(headers.get("retry-after"), headers.get("date")) }
}

async function signedRequest(
  options: Partial<HttpsOptions> | undefined,
  name: FunctionName,
  request: object,
): Promise<SignedRequest | CallFailure> {
  const { url: base = "", region, credentials } = options ?? {}
  const url = urlOf(base, name)
  if (url === undefined) {
    return optionsInvalid(
      '"url" must be an https: URL without user, query and fragment, or an http: one of this machine.',
    )
  }
  if (typeof region !== "string" || region === "")
    return optionsInvalid('"region" must be a region, e.g. "eu-west-1".')
  const body = writeBody(request)
  if ("failure" in body) return body
  // Imported here, because callers that invoke directly do not install it.
  const module = await import("@smithy/signature-v4").catch(() => undefined)
  if (module === undefined) return packageMissing("@smithy/signature-v4")
  try {
    if (credentials === undefined) throw new Error("There are no credentials.")
    const config = { service: "execute-api", region, credentials, sha256: Sha256 }
    const { headers } = await new module.SignatureV4(config).sign({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, "content-type": "application/json" },
      body: body.text,
    })
    // `fetch` sets `host` itself.
    const own = Object.entries(headers).filter(([header]) => header !== "host")
    return { url, headers: new Headers(own), body: body.text }
  } catch {
    return {
      failure: "not_permitted",
      reason: "The request could not be signed, because there are no usable credentials.",
    }
  }
}

/** Undefined if a secret must not be sent to such a URL. */
function urlOf(base: string, name: FunctionName): URL | undefined {
  if (!URL.canParse(base)) return undefined
  const url = new URL(base)
  const { protocol, hostname, username, password, search, hash, pathname } = url
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname)
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback)) return undefined
  if (username || password || search || hash) return undefined
  url.pathname = `${pathname.replace(/\/$/, "")}/signed/${name}`
  return url
}
