import { createSecretKey } from "node:crypto"
import { loadConfig } from "../../lib/config.ts"
import type { Deadline } from "../../lib/deadline.ts"
import { createDocumentsHandler, type DocumentsSpec } from "../../lib/request/documents.ts"
import { createHandler, type FunctionSpec } from "../../lib/request/handler.ts"
import { parseKeySet } from "../../lib/id-token/key-set.ts"
import type {
  ClientCredentials,
  Freshness,
  Cached,
  HttpAnswer,
  HttpRequest,
  KeySet,
  Ports,
} from "../../lib/ports.ts"
import { Secret } from "../../lib/secret.ts"
import {
  clientId,
  createSigningKey,
  signedAt,
  signIdToken,
  superOfficeClaims,
} from "../../harness/id-tokens.ts"

export const signingKey = createSigningKey()
export const requestId = "8f5c1f0e-7c1b-4b8a-9f57-2d3f6a1c9b10"
export const pageOrigin = "https://app.example.com"
export const codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
export const accessToken = "8A:Cust12020.AR2s3phb0gXK8DP0NfoYlsrQAQ+/=="
export const refreshTokenText = "KSamN1Tp4sd26pZJSGK6JobrWOUWorIZ2Y5XxcAqX86K9qoZRp4d3lUH32F4fiT3"

export const completeEnv = {
  SUPEROFFICE_ENVIRONMENT: "sod",
  CLIENT_SECRET_ID: "superoffice/sod",
  ALLOWED_ORIGINS: pageOrigin,
}

export const credentials: ClientCredentials = {
  version: "v1",
  clientId,
  clientSecret: new Secret("client-secret-one"),
  sealingKeys: [{ kid: "k1", key: createSecretKey(Buffer.alloc(32, 7)) }],
}

/** SuperOffice's answer to a code; changes are merged into its JSON, undefined leaves a member out. */
export function tokenAnswer(changes: Readonly<Record<string, unknown>> = {}, idToken?: string): HttpAnswer {
  return jsonAnswer(200, {
    token_type: "Bearer",
    access_token: accessToken,
    expires_in: 3600,
    refresh_token: refreshTokenText,
    id_token: idToken ?? signIdToken(signingKey, superOfficeClaims()),
    ...changes,
  })
}

export function jsonAnswer(status: number, body: unknown): HttpAnswer {
  return plainAnswer(status, JSON.stringify(body))
}

/** An answer whose body is any text, such as a page in HTML. */
export function plainAnswer(status: number, body: string): HttpAnswer {
  return { status, retryAfterSeconds: undefined, body }
}

/** SuperOffice's recorded words for a refused grant, or a refused client: it does not say which. */
export const rejectedAnswer = plainAnswer(400, '{ "error": "access_denied"}')

/** A function behind its door, with four fake ports and everything that went through them. */
export type FrontDoor = ReturnType<typeof openFrontDoor>

/** What a port gives, without the time of reading, which is the time of the test. */
export type Given<T> = Omit<Cached<T>, "readAt">

export interface FrontDoorOptions extends Partial<
  Pick<Ports, "superOffice" | "tenant" | "privateKey" | "signingKeys">
> {
  readonly credentials?: (freshness: Freshness, deadline: Deadline) => Promise<Given<ClientCredentials>>
  readonly keySet?: (freshness: Freshness, deadline: Deadline) => Promise<Given<KeySet>>
  readonly env?: Readonly<Record<string, string>>
  readonly now?: Date
  /** SuperOffice's answers in order; the last one stands for all that follow. An error is thrown. */
  readonly answers?: readonly (HttpAnswer | Error)[]
}

export function openFrontDoor<R>(spec: FunctionSpec<R> | DocumentsSpec, options: FrontDoorOptions = {}) {
  const requests: HttpRequest[] = []
  const credentialReads: Freshness[] = []
  const keySetReads: Freshness[] = []
  const log: string[] = []
  const now = () => options.now ?? signedAt
  const answers = [...(options.answers ?? [tokenAnswer()])]
  const ports: Ports = {
    now,
    privateKey: options.privateKey ?? (() => Promise.reject(new Error("no private key was prepared"))),
    signingKeys: options.signingKeys ?? (() => Promise.reject(new Error("no signing key was prepared"))),
    tenant: options.tenant ?? (() => Promise.resolve(undefined)),
    credentials: async (freshness, deadline) => {
      credentialReads.push(freshness)
      const given = await options.credentials?.(freshness, deadline)
      return { value: credentials, stale: false, ...given, readAt: now() }
    },
    keySet: async (freshness, deadline) => {
      keySetReads.push(freshness)
      const given = await options.keySet?.(freshness, deadline)
      return { value: keySetOf(signingKey.jwk), stale: false, ...given, readAt: now() }
    },
    superOffice: async (request, deadline) => {
      requests.push(request)
      if (options.superOffice) return await options.superOffice(request, deadline)
      const answer =
        (answers.length > 1 ? answers.shift() : answers[0]) ?? new Error("no answer was prepared")
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  const config = loadConfig(options.env ?? completeEnv)
  const runtime = { connect: () => ports, now, write: (line: string) => log.push(line) }
  const handler =
    "find" in spec ? createDocumentsHandler(spec, config, runtime) : createHandler(spec, config, runtime)
  return {
    /** Requests that SuperOffice saw. */
    requests,
    credentialReads,
    keySetReads,
    log,
    /** The last log line. */
    lastLine: () => JSON.parse(log.at(-1) ?? "{}") as Record<string, unknown>,
    async invoke(event: unknown, remainingMs = 20_000) {
      const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => remainingMs }
      return (await handler(event, context)) as Record<string, unknown>
    },
  }
}

export function keySetOf(...jwks: readonly unknown[]): KeySet {
  const keySet = parseKeySet(JSON.stringify({ keys: jwks }))
  if (keySet === undefined) throw new Error("the test's key set holds no usable key")
  return keySet
}
