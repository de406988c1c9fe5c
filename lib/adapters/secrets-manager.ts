import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { UnusableSecret } from "../credentials/client-secret.ts"
import { timing } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { Cache } from "../ports.ts"
import { createCache } from "./cache.ts"
import type { Connections } from "./connections.ts"

/** Which secret is read, and how its text is parsed; `parse` throws `UnusableSecret`. */
export interface SecretCacheOptions<T> {
  /** Name or ARN. */
  readonly secretId: string
  readonly maxAgeSeconds: number
  readonly parse: (text: string | undefined, version: string) => T
  readonly now: () => Date
}

/** AWS Secrets Manager over our own connections. */
export interface SecretsManager {
  /** Makes a cache of one secret. Each secret is cached by itself. */
  readonly createSecretCache: <T>(options: SecretCacheOptions<T>) => Cache<T>
}

/** Creates the client of AWS Secrets Manager, with the endpoint and the credentials that the AWS SDK finds. */
export function createSecretsManagerClient(connections: Connections): SecretsManager {
  const client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { httpAgent: connections.http, httpsAgent: connections.https },
  })
  return {
    createSecretCache: ({ secretId, maxAgeSeconds, parse, now }) =>
      createCache({
        read: async () => {
          await connections.closeStale()
          const { text, version } = await getSecret(client, secretId)
          return parse(text, version)
        },
        now,
        maxAgeMs: maxAgeSeconds * 1000,
        // No limit, because SuperOffice rejects a client secret that is no longer valid.
        staleIfErrorMs: Infinity,
        isPermanent: (error) =>
          error instanceof ExchangeError &&
          error.code === "configuration_invalid" &&
          !(error instanceof UnusableSecret),
        tooLate: () => unavailable(undefined),
      }),
  }
}

async function getSecret(
  client: SecretsManagerClient,
  secretId: string,
): Promise<{ readonly text: string | undefined; readonly version: string }> {
  try {
    const abortSignal = AbortSignal.timeout(timing.secretMs)
    const output = await client.send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal })
    return { text: output.SecretString, version: output.VersionId ?? "" }
  } catch (cause) {
    throw isRefusal(cause) ? refused(cause) : unavailable(cause)
  }
}

/** Permanent failures: errors of Secrets Manager, or of KMS behind it, that a second try does not change. */
const refusals = new Set([
  "ResourceNotFoundException",
  "AccessDeniedException",
  "InvalidRequestException",
  "InvalidParameterException",
  "ValidationException",
  "DecryptionFailure",
])

function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.has(error.name)
}

function refused(cause: unknown): ExchangeError {
  return new ExchangeError(
    "configuration_invalid",
    "a secret does not exist, or this function may not read it",
    { cause },
  )
}

function unavailable(cause: unknown): ExchangeError {
  return new ExchangeError("secret_unavailable", "Secrets Manager gave no answer that can be used", { cause })
}
