import type { ClientMetadata, Provider as OidcProvider } from "oidc-provider"
import { Provider } from "oidc-provider/lib/provider.js"
import type { SigningKey } from "./keys.ts"
import { messagePage } from "./pages.ts"
import { paths } from "./paths.ts"
import { memoryStore } from "./store.ts"
import { opaqueValue } from "./token-values.ts"
import { users } from "./users.ts"

const tenYearsInSeconds = 10 * 365 * 24 * 60 * 60

/**
 * The protocol itself, by oidc-provider, told to behave as SuperOffice does: codes for ten minutes, refresh tokens with
 * every code exchange that stay good and are not rotated, no consent page.
 *
 * Its own answers are not SuperOffice's yet: access tokens and id_tokens are replaced on the way out, so `key` is here
 * only because oidc-provider wants one.
 */
export function createProtocol(
  issuer: string,
  key: SigningKey,
  client: () => { id: string; secret: string; redirectUris: readonly string[] },
): OidcProvider {
  const protocol = new Provider(issuer, {
    adapter: memoryStore(() => clientMetadata(client())),
    jwks: { keys: [key.privateKey.export({ format: "jwk" })] },
    routes: { authorization: paths.authorize, token: paths.token },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    scopes: ["openid"],
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => false },
    clientBasedCORS: () => true,
    issueRefreshToken: () => Promise.resolve(true),
    rotateRefreshToken: false,
    expiresWithSession: () => Promise.resolve(false),
    ttl: {
      AuthorizationCode: 600,
      AccessToken: 3600,
      IdToken: 300,
      RefreshToken: tenYearsInSeconds,
      Grant: tenYearsInSeconds,
      Interaction: 3600,
      Session: 3600,
    },
    interactions: { url: (_ctx, interaction) => `${paths.signIn}/${interaction.uid}` },
    findAccount: (_ctx, id) =>
      users.some((user) => user.id === id) ? { accountId: id, claims: () => ({ sub: id }) } : undefined,
    // Consent is implicit, and each sign-in has a grant of its own: revoking one leaves the others alone.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        accountId: oidc.account?.accountId,
        clientId: oidc.client?.clientId,
      })
      grant.addOIDCScope("openid")
      await grant.save()
      return grant
    },
    renderError: (ctx, out) => {
      ctx.type = "html"
      ctx.body = messagePage("Technical error", `${out.error}: ${out.error_description ?? "no description"}`)
    },
  })
  // oidc-provider answers 500 and keeps the reason to itself; Koa's own handler writes it to stderr.
  protocol.on("server_error", (_ctx, error) => protocol.emit("error", error))
  // The records are kept under the values that go out, so giving those SuperOffice's form needs no translation.
  Object.assign(protocol.AuthorizationCode.prototype, { generateTokenId: opaqueValue })
  Object.assign(protocol.RefreshToken.prototype, { generateTokenId: opaqueValue })
  return protocol
}

function clientMetadata(client: {
  id: string
  secret: string
  redirectUris: readonly string[]
}): ClientMetadata {
  return {
    client_id: client.id,
    client_secret: client.secret,
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: "client_secret_post",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  }
}
