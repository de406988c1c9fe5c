import type { KoaContextWithOIDC, Provider } from "oidc-provider"
import type { ConsentError } from "./consent.ts"
import { discoveryDocument } from "./discovery.ts"
import { signIdToken, type IdTokenShape } from "./id-token.ts"
import type { IssuedCredentials } from "./issued-credentials.ts"
import { keySet, type KeyIds, type OtherKeys, type SigningKey } from "./keys.ts"
import { formPostPage, messagePage } from "./pages.ts"
import { paths } from "./paths.ts"
import { revocationEndpoint } from "./revocation.ts"
import { signInPage } from "./sign-in-page.ts"
import { tokenEndpoint } from "./token-endpoint.ts"

/** The known variants of SuperOffice's tokens and keys. Can be changed while the provider runs. */
export interface Shapes extends IdTokenShape {
  keyIds: KeyIds
  otherKeys: OtherKeys
}

/** What of the tenants concerns the sign-in of users. */
interface TenantsOfUsers {
  readonly consentErrors: ReadonlyMap<string, ConsentError>
  readonly movedTenants: ReadonlyMap<string, string>
}

/** What the endpoints need. Every request reads the shapes, the key and the time anew. */
export interface EndpointSettings {
  readonly issuer: string
  readonly clientId: () => string
  readonly shapes: Readonly<Shapes & TenantsOfUsers>
  readonly signingKey: () => SigningKey
  readonly now: () => Date
  readonly credentials: IssuedCredentials
}

/**
 * Puts SuperOffice's endpoints in front of oidc-provider. Only two of them, authorization and token, use it; its
 * other endpoints cannot be reached.
 */
export function mountEndpoints(protocol: Provider, settings: EndpointSettings): void {
  const { issuer, clientId, shapes, signingKey, now, credentials } = settings
  const endpoints: Record<string, Handler> = {
    [`GET ${paths.discovery}`]: (ctx) => {
      ctx.body = discoveryDocument(issuer, ctx.URL.origin)
    },
    [`GET ${paths.keySet}`]: (ctx) => {
      ctx.body = keySet(signingKey(), shapes.keyIds, shapes.otherKeys)
    },
    [`GET ${paths.authorize}`]: async (ctx, next) => {
      await next()
      removeIssuerParameter(ctx)
      const { body } = ctx
      if (typeof body === "string" && body.includes("<title>Submitting Callback"))
        ctx.body = formPostPage(body)
    },
    [`GET ${paths.signIn}`]: (ctx) => signInPage(ctx, protocol, shapes.consentErrors),
    [`POST ${paths.signIn}`]: (ctx) => signInPage(ctx, protocol, shapes.consentErrors),
    [`POST ${paths.token}`]: (ctx, next) =>
      tokenEndpoint(ctx, next, {
        idToken: (user, nonce) => {
          const tenantBase = shapes.movedTenants.get(user.tenant.ctx) ?? ctx.URL.origin
          const content = { user, issuer, clientId: clientId(), nonce, tenantBase, issuedAt: now() }
          return signIdToken(content, signingKey(), shapes)
        },
        accessToken: (user) => credentials.issueAccessToken(user),
        isConsented: (user) => !shapes.consentErrors.has(user.tenant.ctx),
      }),
    [`POST ${paths.revoke}`]: (ctx) => revocationEndpoint(ctx, protocol),
    [`GET ${paths.logout}`]: (ctx) => {
      // There is no session to end, because every sign-in shows the login page.
      ctx.body = messagePage("Signed out", "You may close this page.")
    },
  }
  protocol.use((ctx: KoaContextWithOIDC, next) =>
    (endpoints[`${ctx.method} ${endpointPath(ctx.path)}`] ?? notFound)(ctx, next),
  )
}

type Handler = (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => void | Promise<void>

/** A page for browsers. Programs get Koa's answer. */
function notFound(ctx: KoaContextWithOIDC): void {
  if (ctx.accepts("json", "html") !== "html") return
  ctx.status = 404
  ctx.body = messagePage("Not found", "This address has no page. Sign in from your application.")
}

/** The path without its last segment, if that is the id of a sign-in. */
function endpointPath(path: string): string {
  const parent = path.slice(0, path.lastIndexOf("/"))
  return parent === paths.authorize || parent === paths.signIn ? parent : path
}

/** Removes `iss` (RFC 9207) from the redirect to the application, because SuperOffice is not known to send it. */
function removeIssuerParameter(ctx: KoaContextWithOIDC): void {
  const location = ctx.response.get("Location")
  // The redirect to our own login page is relative.
  if (!URL.canParse(location)) return
  const target = new URL(location)
  target.searchParams.delete("iss")
  ctx.set("Location", target.href)
}
