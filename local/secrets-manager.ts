import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { isPlainObject, parseJson } from "../lib/json.ts"
import type { LocalCredentials } from "./credentials.ts"
import { readGuarded } from "./guard.ts"
import { closeServer, createWebServer, listenOnLoopback } from "./loopback.ts"
import { AwsError } from "./secrets-manager/aws-error.ts"
import { calls } from "./secrets-manager/calls.ts"
import type { SecretsManagerRequest } from "./secrets-manager/request.ts"
import { addVersion, emptySecret } from "./secrets-manager/secret.ts"
import type { Secrets } from "./secrets-manager/select.ts"
import { findSecret } from "./secrets-manager/select.ts"

/** How every call fails while `outage` is set. `slow` does not answer until `outage` changes. */
export type Outage = "down" | "throttled" | "denied" | "slow"

/** AWS Secrets Manager on loopback, in memory. */
export interface LocalSecretsManager {
  /** What `AWS_ENDPOINT_URL_SECRETS_MANAGER` should be. */
  readonly url: string
  /** Creates the secret, or gives it a new current version. */
  put(secretId: string, value: string): void
  /** Forgets the secret at once, without the days in which AWS could restore it. */
  remove(secretId: string): void
  /** Lets calls that name this secret fail as `outage` lets all of them, until it is undefined. */
  fail(secretId: string, outage: Outage | undefined): void
  /** Signed GetSecretValue requests that arrived so far, failed ones and the SDK's own retries included. */
  readonly reads: number
  outage: Outage | undefined
  close(): Promise<void>
}

export interface SecretsManagerOptions {
  /** Only requests that are signed with these are answered. */
  readonly credentials: LocalCredentials
  /** Any free port unless given. */
  readonly port?: number
}

/**
 * Starts the AWS JSON 1.1 endpoint that the AWS SDK and CLI speak to. It answers only callers that have the key of this
 * run, because with `--environment` it holds a developer's real client secret.
 */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<LocalSecretsManager> {
  const { credentials, port } = options
  const secrets: Secrets = new Map()
  let reads = 0
  let outage: Outage | undefined
  const outages = new Map<string, Outage>()
  let held: (() => void)[] = []

  function resumeHeld(): void {
    const resumed = held
    held = []
    for (const resume of resumed) resume()
  }

  async function answer(message: IncomingMessage): Promise<object> {
    const { request, refusal } = await readGuarded(message, { credentials, service: "secretsmanager" })
    if (refusal) throw new AwsError(refusal.type, refusal.message, refusal.status)
    const name = (request.headers["x-amz-target"] ?? "").replace(/^secretsmanager\./, "")
    if (name === "GetSecretValue") reads += 1
    const input = readInput(request.body)
    const current = (): Outage | undefined => outage ?? outages.get(String(input.SecretId))
    while (current() === "slow") await new Promise<void>((resume) => held.push(resume))
    const failed = current()
    if (failed && failed !== "slow") throw failure(failed)
    const call = calls.get(name)
    if (!call) throw new AwsError("UnknownOperationException", `This endpoint does not know ${name}.`)
    return call(secrets, input)
  }

  const server = createWebServer(async (request, response) => {
    try {
      send(response, 200, await answer(request))
    } catch (error) {
      const { type, message, status } =
        error instanceof AwsError ? error : new AwsError("InternalServiceError", String(error), 500)
      send(response, status, { __type: type, Message: message })
    }
  })

  return {
    url: await listenOnLoopback(server, port),
    put(secretId, value) {
      const secret = findSecret(secrets, secretId) ?? emptySecret(secretId)
      secrets.set(secret.name, secret)
      addVersion(secret, { SecretString: value })
    },
    remove(secretId) {
      secrets.delete(findSecret(secrets, secretId)?.name ?? secretId)
    },
    fail(secretId, next) {
      if (next) outages.set(secretId, next)
      else outages.delete(secretId)
      resumeHeld()
    },
    get reads() {
      return reads
    },
    get outage() {
      return outage
    },
    set outage(next) {
      outage = next
      resumeHeld()
    },
    close: () => closeServer(server),
  }
}

function failure(outage: Exclude<Outage, "slow">): AwsError {
  switch (outage) {
    case "down":
      return new AwsError("InternalServiceError", "An error occurred on the server side.", 503)
    case "throttled":
      return new AwsError("ThrottlingException", "Rate exceeded")
    case "denied":
      return new AwsError("AccessDeniedException", "User is not authorized to perform this operation.")
  }
}

function readInput(body: Buffer): SecretsManagerRequest {
  const request = parseJson(body.toString())
  if (isPlainObject(request)) return request
  throw new AwsError("SerializationException", "The request is not a JSON object.")
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": randomUUID(),
  })
  response.end(JSON.stringify(body))
}
