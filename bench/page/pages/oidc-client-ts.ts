import "./clock.ts"
import { UserManager, type User } from "oidc-client-ts"
import { measure, type Tokens } from "./measure.ts"

declare const API: string
declare const LOGIN: string
declare const CLIENT_ID: string

/** The settings of docs/libraries.md for delivery `sealed`. */
const manager = new UserManager({
  authority: "https://sod.superoffice.com",
  metadata: {
    issuer: "https://sod.superoffice.com",
    authorization_endpoint: `${LOGIN}/login/common/oauth/authorize`,
    token_endpoint: `${API}/token`,
  },
  client_id: CLIENT_ID,
  redirect_uri: location.origin + location.pathname,
  scope: "openid",
})

await measure({
  signIn() {
    const nonce = crypto.randomUUID()
    return manager.signinRedirect({ nonce, extraTokenParams: { nonce } })
  },
  async finish() {
    const user = await manager.signinRedirectCallback()
    history.replaceState({}, "", location.pathname)
    return tokensOf(user)
  },
  renew: async () => tokensOf(await manager.signinSilent()),
})

function tokensOf(user: User | null): Tokens {
  return {
    accessToken: user?.access_token ?? "",
    tenant: user?.profile["http://schemes.superoffice.net/identity/ctx"],
  }
}
