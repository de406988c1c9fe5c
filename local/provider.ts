import { randomBytes, type KeyObject } from "node:crypto"
import { createServer } from "node:http"
import type { Environment } from "../lib/contract.ts"
import { closeServer, listenOnLoopback } from "./loopback.ts"
import { mountEndpoints, type Shapes } from "./provider/endpoints.ts"
import { rememberCredentials } from "./provider/issued-credentials.ts"
import { generateSigningKey } from "./provider/keys.ts"
import { createProtocol } from "./provider/protocol.ts"
import { mountTenantEndpoints, type TenantShapes } from "./provider/tenant-endpoints.ts"
import { tenants } from "./provider/users.ts"

/**
 * A provider on loopback that behaves as SuperOffice's login service is known to, with the least of what a tenant has
 * beside it: its state, its system user and one resource of its REST API.
 */
export interface LocalProvider extends Shapes, TenantShapes {
  /** How far the provider's clock is ahead of this machine's, in seconds. */
  clockOffsetSeconds: number
  /** Base of every endpoint, in place of `https://{environment}.superoffice.com`. */
  readonly url: string
  /** The environment's issuer: what tokens carry, though they come from loopback. */
  readonly issuer: string
  readonly clientId: string
  /** As in SuperOffice's portal: the old secret is deleted, and from now on only the new one works. */
  replaceClientSecret(next: string): void
  /** A new key pair signs, and is the only one in the key set, from now on. */
  rollSigningKey(): Promise<void>
  close(): Promise<void>
}

export interface LocalProviderOptions {
  /** `sod` unless given. */
  readonly environment?: Environment
  /** 32 hex digits; made up unless given. */
  readonly clientId?: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** Can be set later. */
  readonly systemUserKey?: KeyObject
  /** A free one unless given. */
  readonly port?: number
}

/** Starts a provider: the newer token generation, `kid` as hex, everything changeable later. */
export async function startProvider(options: LocalProviderOptions): Promise<LocalProvider> {
  const issuer = `https://${options.environment ?? "sod"}.superoffice.com`
  const client = {
    id: options.clientId ?? randomBytes(16).toString("hex"),
    secret: options.clientSecret,
    redirectUris: options.redirectUris,
  }
  const shapes: Shapes & TenantShapes & Pick<LocalProvider, "clockOffsetSeconds"> = {
    generation: "2022",
    keyIds: "hex",
    systemUserKey: options.systemUserKey,
    systemUserTenant: undefined,
    tenantStates: new Map(tenants.map(({ ctx }) => [ctx, "Running"])),
    clockOffsetSeconds: 0,
  }
  const now = (): Date => new Date(Date.now() + shapes.clockOffsetSeconds * 1000)
  const credentials = rememberCredentials(now)
  let key = await generateSigningKey()
  const protocol = createProtocol(issuer, key, () => client)

  const signingKey = () => key
  mountTenantEndpoints(protocol, { shapes, clientSecret: () => client.secret, signingKey, now, credentials })
  mountEndpoints(protocol, { issuer, clientId: client.id, shapes, signingKey, now, credentials })

  const listener = protocol.callback()
  const server = createServer((request, response) => {
    response.setHeader("date", now().toUTCString())
    void listener(request, response)
  })
  const url = await listenOnLoopback(server, options.port)

  // One object with `shapes`, so that what is set on the provider is what the endpoints read.
  return Object.assign(shapes, {
    url,
    issuer,
    clientId: client.id,
    replaceClientSecret: (next: string) => {
      client.secret = next
    },
    rollSigningKey: async () => {
      key = await generateSigningKey()
    },
    close: () => closeServer(server),
  })
}
