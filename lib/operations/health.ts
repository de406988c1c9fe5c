import type { HealthResponse } from "../contract.ts"
import { timing, within } from "../deadline.ts"
import { asExchangeError } from "../errors.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { Invocation } from "../request/invocation.ts"
import type { Cached } from "../ports.ts"

/** Tells an operator how things are, with nothing secret in it. `version` is the build's. */
export function health(version: string): FunctionSpec<undefined> {
  return {
    name: "health",
    doors: ["signed", "direct"],
    needs: { keySet: true, privateKey: false },
    read: () => undefined,
    run: (_request, invocation) => examine(version, invocation),
  }
}

async function examine(version: string, invocation: Invocation): Promise<HealthResponse> {
  const { ports, deadline, config } = invocation
  const [secret, keySet, skew] = await Promise.all([
    cacheHealth(() => ports.credentials("cached", within(deadline, timing.secretMs)), invocation),
    cacheHealth(() => ports.keySet("cached", within(deadline, timing.keySetMs)), invocation),
    clockSkew(invocation),
  ])
  const isWell =
    [secret, keySet].every(({ health }) => health.error === null && !health.stale) &&
    skew !== null &&
    Math.abs(skew) <= config.clockToleranceSeconds
  return {
    status: isWell ? "ok" : "degraded",
    version,
    environment: config.environment,
    secret: { ...secret.health, version: secret.value?.version ?? null },
    key_set: { ...keySet.health, key_ids: (keySet.value ?? []).flatMap(({ names }) => [...names]) },
    clock_skew_seconds: skew,
  }
}

async function cacheHealth<T>(read: () => Promise<Cached<T>>, { ports }: Invocation) {
  try {
    const { value, readAt, stale } = await read()
    const ageMs = ports.now().getTime() - readAt.getTime()
    return { value, health: { age_seconds: Math.max(0, Math.round(ageMs / 1000)), stale, error: null } }
  } catch (error) {
    return {
      value: undefined,
      health: { age_seconds: null, stale: false, error: asExchangeError(error).code },
    }
  }
}

/** By the `Date` of a fresh answer of the key endpoint; to the second, and half a round trip. */
async function clockSkew({ ports, deadline, config }: Invocation): Promise<number | null> {
  try {
    const request = { method: "GET", url: config.endpoints.jwks } as const
    const { date } = await ports.superOffice(request, within(deadline, timing.keySetMs))
    return date ? Math.round((date.getTime() - ports.now().getTime()) / 1000) : null
  } catch {
    // That SuperOffice cannot be reached is what null says.
    return null
  }
}
