import type { KeyObject } from "node:crypto"
import { text } from "node:stream/consumers"
import type { KoaContextWithOIDC, Provider } from "oidc-provider"
import type { TenantState } from "../../lib/contract.ts"
import { isPlainObject, parseJson } from "../../lib/json.ts"
import { isSameTenant } from "../../lib/tenant.ts"
import type { ConsentError } from "./consent.ts"
import type { Shapes } from "./endpoints.ts"
import type { IssuedCredentials } from "./issued-credentials.ts"
import type { SigningKey } from "./keys.ts"
import { principalOfRequest, resourceOf } from "./rest-api.ts"
import { answerSystemUser } from "./system-user.ts"
import { tenantStateDocument } from "./tenant-state.ts"
import { tenants } from "./users.ts"

/** What can be changed about tenants, and about the application in them, while the provider runs. */
export interface TenantShapes {
  /**
   * The application's public key for system users, as registered at SuperOffice. Without one, every signature is
   * wrong.
   */
  systemUserKey: KeyObject | undefined
  /** Signs in to this tenant, whichever was requested. */
  systemUserTenant: string | undefined
  /** Changes of the claims in a system user's token. Undefined leaves a claim out. */
  systemUserClaims: Readonly<Record<string, unknown>>
  /** The system tokens that are known beside those of the sample users, and the tenant of each. */
  readonly systemTokens: Map<string, string>
  /** By context identifier; a tenant that is not in it does not exist for the state endpoint. */
  readonly tenantStates: Map<string, TenantState>
  /** By context identifier, why the application may not work in the tenant. In a tenant that is not in it, it may. */
  readonly consentErrors: Map<string, ConsentError>
  /** By context identifier, the origin to which a tenant was moved. The provider answers 421 for its REST API from then on. */
  readonly movedTenants: Map<string, string>
}

export interface TenantEndpointSettings {
  readonly shapes: Readonly<Shapes & TenantShapes>
  readonly clientSecret: () => string
  readonly signingKey: () => SigningKey
  readonly now: () => Date
  readonly credentials: IssuedCredentials
  /** The origins of pages that may call the REST API, as registered for CORS at SuperOffice. */
  readonly origins: readonly string[]
}

/** Adds the tenants' endpoints to the login service. Paths are case-insensitive, as on IIS. */
export function mountTenantEndpoints(protocol: Provider, settings: TenantEndpointSettings): void {
  const { shapes, clientSecret, signingKey, now, credentials, origins } = settings
  const endpoints: readonly Endpoint[] = [
    {
      route: /^POST \/login\/api\/partnersystemuser\/authenticate$/i,
      answer: async (ctx) => {
        const request = parseJson(await text(ctx.req))
        if (!isPlainObject(request)) {
          refuse(ctx, 400, "The request is invalid.")
          return
        }
        ctx.body = await answerSystemUser(request, {
          ...shapes,
          clientSecret: clientSecret(),
          signingKey: signingKey(),
          tenantBase: (tenant) => shapes.movedTenants.get(tenant.ctx) ?? ctx.URL.origin,
          credentials,
          now: now(),
        })
      },
    },
    {
      route: /^GET \/api\/state\/([^/]+)$/i,
      answer: (ctx, name) => {
        const tenant = tenants.find((one) => isSameTenant(one.ctx, name))
        const state = tenant && shapes.tenantStates.get(tenant.ctx)
        const base = shapes.movedTenants.get(tenant?.ctx ?? "") ?? ctx.URL.origin
        if (tenant && state) ctx.body = tenantStateDocument(tenant, state, base, now())
        else refuse(ctx, 404, "There is no such customer.")
      },
    },
    {
      route: /^OPTIONS \/[^/]+\/api\/v1\//i,
      answer: (ctx) => {
        allowOrigin(ctx, origins)
        ctx.status = 204
      },
    },
    {
      route: /^GET \/([^/]+)\/api\/v1\/(.+)$/i,
      answer: (ctx, name, path) => {
        allowOrigin(ctx, origins)
        if ([...shapes.movedTenants.keys()].some((moved) => isSameTenant(moved, name))) {
          refuse(ctx, 421, "Wrong subdomain used to access tenant")
          return
        }
        const caller = principalOfRequest(ctx.headers, name, { credentials, clientSecret: clientSecret() })
        const resource = caller && resourceOf(path, caller)
        if (resource) ctx.body = resource
        else if (caller) refuse(ctx, 404, "The local provider has not this resource.")
        else refuse(ctx, 401, "Authorization has been denied for this request.")
      },
    },
  ]
  protocol.use((ctx: KoaContextWithOIDC, next) => {
    for (const { route, answer } of endpoints) {
      const match = route.exec(`${ctx.method} ${ctx.path}`)
      if (match) return answer(ctx, match[1] ?? "", match[2] ?? "")
    }
    return next()
  })
}

interface Endpoint {
  /** Method and path; the first group is the tenant's name, the second the path within its REST API. */
  readonly route: RegExp
  readonly answer: (ctx: KoaContextWithOIDC, tenant: string, path: string) => void | Promise<void>
}

/** Lets a page of a registered origin read the answer (CORS), with the headers that a call of the REST API has. */
function allowOrigin(ctx: KoaContextWithOIDC, origins: readonly string[]): void {
  ctx.vary("Origin")
  const origin = ctx.get("Origin")
  if (!origins.includes(origin)) return
  ctx.set("Access-Control-Allow-Origin", origin)
  ctx.set("Access-Control-Allow-Headers", "Authorization, Accept, Accept-Language")
}

function refuse(ctx: KoaContextWithOIDC, status: number, message: string): void {
  ctx.status = status
  ctx.body = { Message: message }
}
