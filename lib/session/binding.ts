import type { Config } from "../config.ts"
import type { ClientCredentials } from "../ports.ts"

/** Where something sealed belongs: one page of one deployment. */
export interface Binding {
  readonly config: Config
  readonly credentials: ClientCredentials
  readonly origin: string
}

/** The members that are sealed in to say where it belongs. The delivery is one, since it decides who may have read it. */
export function bindingMembers({ config, credentials, origin }: Binding): Readonly<Record<string, string>> {
  const { environment, refreshTokenDelivery: delivery } = config
  return { environment, delivery, client_id: credentials.clientId, origin }
}

/** True when what was opened belongs here. */
export function isBoundTo(content: Readonly<Record<string, unknown>>, binding: Binding): boolean {
  return Object.entries(bindingMembers(binding)).every(([name, value]) => content[name] === value)
}
