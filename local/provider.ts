import { randomBytes, type KeyObject } from "node:crypto"
import type { Environment } from "../lib/contract.ts"
import { closeServer, createWebServer, listenOnLoopback, type Tls } from "./loopback.ts"
import { mountEndpoints, type Shapes } from "./provider/endpoints.ts"
import { withFaults, type FaultSwitch } from "./provider/faults.ts"
import { rememberCredentials } from "./provider/issued-credentials.ts"
import { generateSigningKey } from "./provider/keys.ts"
import { createProtocol } from "./provider/protocol.ts"
import { mountTenantEndpoints, type TenantShapes } from "./provider/tenant-endpoints.ts"
import { tenants } from "./provider/users.ts"

/**
 * A provider on loopback that behaves as SuperOffice's login service is known to. It also has the parts of a tenant
 * that are needed here: its state, its system user and a few resources of its REST API.
 */
export interface LocalProvider extends Shapes, TenantShapes, FaultSwitch {
  /** How far the provider's clock is ahead of this machine's, in seconds. */
  clockOffsetSeconds: number
  /** Base of every endpoint, in place of `https://{environment}.superoffice.com`. */
  readonly url: string
  /** The same over TLS, when a certificate was given. */
  readonly secureUrl: string | undefined
  /** The environment's issuer, which tokens contain although they come from loopback. */
  readonly issuer: string
  readonly clientId: string
  /** As in SuperOffice's portal: the old secret is deleted, and from now on only the new one works. */
  replaceClientSecret(next: string): void
  /** As in SuperOffice's portal: another id is made, and whatever was issued to the old one fails. Returns the new one. */
  regenerateClientId(): string
  /** From now on, a new key pair signs, and is the only one in the key set. */
  rollSigningKey(): Promise<void>
  close(): Promise<void>
}

export interface LocalProviderOptions {
  /** `sod` unless given. */
  readonly environment?: Environment
  /** 32 hex digits; random unless given. */
  readonly clientId?: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** Can be set later. */
  readonly systemUserKey?: KeyObject
  /** Any free port unless given. */
  readonly port?: number
  /** Without it, the provider serves plain HTTP only. */
  readonly tls?: Tls
}

/** Starts a provider with the newer token generation and `kid` as hex. Both can be changed later. */
export async function startProvider(options: LocalProviderOptions): Promise<LocalProvider> {
  const issuer = `https://${options.environment ?? "sod"}.superoffice.com`
  const client = {
    id: options.clientId ?? randomClientId(),
    secret: options.clientSecret,
    redirectUris: options.redirectUris,
  }
  const shapes: Shapes & TenantShapes & Pick<LocalProvider, "clockOffsetSeconds" | "clientId"> = {
    generation: "2022",
    keyIds: "hex",
    otherKeys: "none",
    changeClaims: (claims) => claims,
    systemUserKey: options.systemUserKey,
    systemUserTenant: undefined,
    systemUserClaims: {},
    systemTokens: new Map(),
    tenantStates: new Map(tenants.map(({ ctx }) => [ctx, "Running"])),
    consentErrors: new Map(),
    movedTenants: new Map(),
    clockOffsetSeconds: 0,
    get clientId() {
      return client.id
    },
  }
  const now = (): Date => new Date(Date.now() + shapes.clockOffsetSeconds * 1000)
  const credentials = rememberCredentials(now)
  let key = await generateSigningKey()
  const protocol = createProtocol(issuer, key, () => client)

  const signingKey = () => key
  // At SuperOffice, an application's origins are registered beside its redirect URIs. That of an app's own scheme is "null",
  // which is also the origin of every sandboxed page.
  const origins = options.redirectUris.map((uri) => new URL(uri).origin).filter((origin) => origin !== "null")
  const clientSecret = () => client.secret
  mountTenantEndpoints(protocol, { shapes, clientSecret, signingKey, now, credentials, origins })
  mountEndpoints(protocol, { issuer, clientId: () => client.id, shapes, signingKey, now, credentials })

  const callback = protocol.callback()
  const { listener, control } = withFaults((request, response) => {
    // Koa has no path for some whole URLs, and the endpoints need one.
    if (!request.url?.startsWith("/")) {
      response.writeHead(404).end()
      return
    }
    response.setHeader("date", now().toUTCString())
    void callback(request, response)
  })
  const server = createWebServer(listener)
  const url = await listenOnLoopback(server, options.port)
  const secureServer = options.tls && createWebServer(listener, options.tls)
  const secureUrl = secureServer && (await listenOnLoopback(secureServer, 0, "https:"))

  // Assigns to `shapes` itself, so that the endpoints read what is set on the provider.
  return Object.assign(shapes, control, {
    url,
    secureUrl,
    issuer,
    replaceClientSecret: (next: string) => {
      client.secret = next
    },
    regenerateClientId: () => (client.id = randomClientId()),
    rollSigningKey: async () => {
      key = await generateSigningKey()
    },
    close: async () => {
      await Promise.all([closeServer(server), secureServer && closeServer(secureServer)])
    },
  })
}

function randomClientId(): string {
  return randomBytes(16).toString("hex")
}
