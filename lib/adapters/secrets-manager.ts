import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { UnusableSecret } from "../credentials/client-secret.ts"
import { timing } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { Ports } from "../ports.ts"
import type { Connections } from "./connections.ts"
import { holdCopy, type HeldCopy } from "./cache.ts"

/** Which secret is held, and how its text is read; `read` throws `UnusableSecret`. */
export interface SecretOptions<T> {
  /** Name or ARN. */
  readonly secretId: string
  readonly maxAgeSeconds: number
  readonly read: (text: string | undefined, version: string) => T
}

/** Reads secrets from AWS Secrets Manager and keeps them. */
export type HoldSecret = <T>(options: SecretOptions<T>) => HeldCopy<T>

/** Connects to Secrets Manager; each secret is held by itself. */
export function connectSecretsManager(connections: Connections, { now }: Pick<Ports, "now">): HoldSecret {
  const client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { httpAgent: connections.http, httpsAgent: connections.https },
  })
  return ({ secretId, maxAgeSeconds, read }) =>
    holdCopy({
      read: async () => {
        await connections.dropDead()
        const { text, version } = await getSecret(client, secretId)
        return read(text, version)
      },
      now,
      maxAgeMs: maxAgeSeconds * 1000,
      // SuperOffice itself says when it is no longer good.
      maxStaleMs: Infinity,
      isDefinite: (error) =>
        error instanceof ExchangeError &&
        error.code === "configuration_invalid" &&
        !(error instanceof UnusableSecret),
      tooLate: () => unavailable(undefined),
    })
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

/** Answers of Secrets Manager, or of KMS behind it, that no second try will change. */
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
  return new ExchangeError("configuration_invalid", "a secret is not there, or not ours to read", { cause })
}

function unavailable(cause: unknown): ExchangeError {
  return new ExchangeError("secret_unavailable", "Secrets Manager gave no answer that can be used", { cause })
}
