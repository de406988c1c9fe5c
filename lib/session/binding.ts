import type { Config } from "../config.ts"
import type { ClientCredentials } from "../ports.ts"
import { unixSeconds } from "../seconds.ts"

/** What a sealed value is bound to: one origin and one deployment. */
export interface Binding {
  readonly config: Config
  readonly credentials: ClientCredentials
  readonly origin: string
}

/**
 * The members that are bound into every sealed value and compared when it is opened. Includes the delivery mode, because
 * script may have read a value that was sent in a body.
 */
export function bindingMembers({ config, credentials, origin }: Binding): Readonly<Record<string, string>> {
  const { environment, refreshTokenDelivery: delivery } = config
  return { environment, delivery, client_id: credentials.clientId, origin }
}

/** True when an opened value has the members of this binding. */
export function isBoundTo(content: Readonly<Record<string, unknown>>, binding: Binding): boolean {
  return Object.entries(bindingMembers(binding)).every(([name, value]) => content[name] === value)
}

/** True for a sealed time, in Unix seconds, that is not in the future: another environment's clock may be a little ahead. */
export function isPastTime(time: unknown, now: Date, config: Config): time is number {
  return Number.isFinite(time) && Number(time) <= unixSeconds(now) + config.clockToleranceSeconds
}
