import type { HealthResponse } from "../contract.ts"
import { daysUntil, formatDate, unreadableExpiry, warnOfExpiry } from "../credentials/expiry.ts"
import { readRefusal, type SecretRefusal } from "../credentials/secret-refusal.ts"
import { asExchangeError, ExchangeError } from "../errors.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import type { Cache, ClientCredentials } from "../ports.ts"
import { inTime } from "../request/ask.ts"

/** Tells an operator the state of secret, key set and clock, with nothing secret in it. `version` is the build's. */
export function health(version: string): FunctionSpec<undefined> {
  return {
    name: "health",
    doors: ["signed", "direct"],
    needs: { clientSecret: true, keySet: true, privateKey: false, signingKeys: false },
    read: () => undefined,
    run: (_request, context) => examine(version, context),
  }
}

async function examine(version: string, context: RequestContext): Promise<HealthResponse> {
  const { ports, config } = context
  const [secret, keySet, skew] = await Promise.all([
    cacheHealth("secret", ports.credentials, context),
    cacheHealth("key_set", ports.keySet, context),
    clockSkew(context),
  ])
  if (secret.value !== undefined) warnOfExpiry(secret.value, context)
  const isWell =
    [secret, keySet].every(({ health }) => health.error === null && !health.stale) &&
    skew !== null &&
    Math.abs(skew) <= config.clockToleranceSeconds
  return {
    status: isWell ? "ok" : "degraded",
    version,
    environment: config.environment,
    secret: {
      ...secret.health,
      version: secret.value?.version ?? null,
      client_id: secret.value?.clientId ?? null,
      problem: problemOf(secret.failure),
      ...expiryHealth(secret.value?.expires, ports.now()),
    },
    key_set: { ...keySet.health, key_ids: (keySet.value ?? []).flatMap(({ names }) => [...names]) },
    clock_skew_seconds: skew,
  }
}

async function cacheHealth<T>(step: "secret" | "key_set", port: Cache<T>, context: RequestContext) {
  try {
    const {
      value,
      readAt,
      stale,
      error: failure,
    } = await inTime(step, (deadline) => port("cached", deadline), context)
    const ageMs = context.ports.now().getTime() - readAt.getTime()
    return {
      value,
      failure,
      health: { age_seconds: Math.max(0, Math.round(ageMs / 1000)), stale, error: null },
    }
  } catch (error) {
    return {
      value: undefined,
      failure: error,
      health: { age_seconds: null, stale: false, error: asExchangeError(error).code },
    }
  }
}

/** Says nothing of what a date that cannot be read is, because it may be another member's value. */
function expiryHealth(expires: ClientCredentials["expires"], now: Date) {
  const date = expires === "unreadable" ? undefined : expires
  return {
    expires: date ? formatDate(date) : null,
    expires_in_days: date ? daysUntil(date, now) : null,
    expires_problem: expires === "unreadable" ? unreadableExpiry : null,
  }
}

/** What an operator must correct; null if the failure passes by itself. Names no value, and does not quote AWS. */
function problemOf(failure: unknown): string | null {
  if (!(failure instanceof ExchangeError) || failure.code !== "configuration_invalid") return null
  const refusal = readRefusal(failure.cause)
  return refusal ? refusals[refusal] : failure.message
}

const refusals: Readonly<Record<SecretRefusal, string>> = {
  no_secret: "the secret does not exist in the function's region",
  no_value: "the secret has no value",
  scheduled_for_deletion: "the secret is scheduled for deletion",
  denied: "the function's role may not call secretsmanager:GetSecretValue on the secret",
  key_unusable:
    "the secret's KMS key is not enabled, or the function's role may not call kms:Decrypt on it (secretKmsKeyArn in deployment.yml allows it)",
}

/** Seconds that SuperOffice's clock is ahead, by the `Date` header: accurate to a second and half a round trip. */
async function clockSkew(context: RequestContext): Promise<number | null> {
  const { ports, config } = context
  try {
    const request = { method: "GET", url: config.endpoints.jwks, needsBody: () => false } as const
    const { date } = await inTime("key_set", (deadline) => ports.superOffice(request, deadline), context)
    return date ? Math.round((date.getTime() - ports.now().getTime()) / 1000) : null
  } catch {
    // Null means that SuperOffice cannot be reached.
    return null
  }
}
