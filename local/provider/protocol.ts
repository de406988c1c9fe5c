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
 * Configures oidc-provider to behave as SuperOffice does: codes are valid for ten minutes, every code exchange
 * returns a refresh token that stays valid and is not rotated, and there is no consent page.
 *
 * The endpoints replace its access tokens and id_tokens by ones in SuperOffice's form, so `key` is here only because
 * oidc-provider requires one.
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
    // Consent is implicit. Each sign-in has a grant of its own, so that revoking one does not affect the others.
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
  // oidc-provider answers 500 without logging the reason; Koa's own handler writes it to stderr.
  protocol.on("server_error", (_ctx, error) => protocol.emit("error", error))
  // oidc-provider stores each record under its token's value, so values in SuperOffice's form need no mapping.
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
