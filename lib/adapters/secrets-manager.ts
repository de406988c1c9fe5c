import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type GetSecretValueCommandOutput,
} from "@aws-sdk/client-secrets-manager"
import { readClientSecret, UnusableSecret } from "../client-secret.ts"
import type { Config } from "../config.ts"
import { timing } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { ClientCredentials, Ports } from "../ports.ts"
import type { Connections } from "./connections.ts"
import { holdCopy } from "./held-copy.ts"

/** Our client credentials, read from AWS Secrets Manager and kept. */
export function holdCredentials(
  config: Config,
  connections: Connections,
  ports: Pick<Ports, "now">,
): Ports["credentials"] {
  const client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { httpAgent: connections.http, httpsAgent: connections.https },
  })
  return holdCopy<ClientCredentials>({
    read: async () => {
      await connections.dropDead()
      return await readSecret(client, config)
    },
    now: ports.now,
    maxAgeMs: config.secretMaxAgeSeconds * 1000,
    // SuperOffice itself says when it is no longer good.
    maxStaleMs: Infinity,
    isDefinite: (error) => codeOf(error) === "configuration_invalid" && !(error instanceof UnusableSecret),
    tooLate: () => unavailable(undefined),
  })
}

async function readSecret(client: SecretsManagerClient, config: Config): Promise<ClientCredentials> {
  const output = await getSecretValue(client, config.clientSecretId)
  return readClientSecret(output.SecretString, output.VersionId ?? "", config.allowedOrigins.size > 0)
}

async function getSecretValue(
  client: SecretsManagerClient,
  secretId: string,
): Promise<GetSecretValueCommandOutput> {
  try {
    return await client.send(new GetSecretValueCommand({ SecretId: secretId }), {
      abortSignal: AbortSignal.timeout(timing.secretMs),
    })
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
  return new ExchangeError("configuration_invalid", "the client secret is not there, or not ours to read", {
    cause,
  })
}

function unavailable(cause: unknown): ExchangeError {
  return new ExchangeError("secret_unavailable", "Secrets Manager gave no answer that can be used", { cause })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ExchangeError ? error.code : undefined
}
