import { createHash } from "node:crypto"
import type { Config } from "../config.ts"
import type { StartLoginResponse } from "../contract.ts"
import type { Caller } from "../request/caller.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import { fetchCredentials } from "../credentials/credentials.ts"
import { optionalText, type Fields } from "../request/fields.ts"
import { readRedirectUri } from "../exchange/grant.ts"
import { limitCookies } from "../exchange/limit-cookies.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import { beginLogin, loginMaxAgeSeconds, sealLogin, type Login } from "../session/login.ts"
import { loginCookieName } from "../session/cookie-names.ts"
import { tenantPattern } from "../tenant.ts"

interface StartLogin {
  readonly redirectUri: string
  readonly tenant: string | undefined
  readonly loginHint: string | undefined
  readonly clientId: string | undefined
}

/** Begins a page's sign-in: answers where it goes next, and sets a cookie with what is needed to redeem its code. */
export const startLogin: FunctionSpec<StartLogin> = {
  name: "start-login",
  doors: ["browser"],
  needs: { keySet: false, privateKey: false },
  read: readStartLogin,
  run: begin,
}

function readStartLogin(fields: Fields, caller: Caller, config: Config): StartLogin {
  if (config.refreshTokenDelivery === "sealed") {
    throw requestInvalid(
      "This deployment sets no cookies (REFRESH_TOKEN_DELIVERY), so a page must begin its sign-in itself.",
    )
  }
  const redirectUri = readRedirectUri(fields, caller, config)
  const tenant = optionalText(fields, "tenant")
  if (tenant !== undefined && !tenantPattern.test(tenant)) {
    throw requestInvalid('"tenant" must be a context identifier: 1 to 32 letters and digits.')
  }
  const loginHint = optionalText(fields, "login_hint")
  return { redirectUri, tenant, loginHint, clientId: optionalText(fields, "client_id") }
}

async function begin(request: StartLogin, context: RequestContext): Promise<StartLoginResponse> {
  const { caller, config, cookies, ports } = context
  if (caller.door !== "browser") throw new Error("start-login has one door")
  const credentials = await fetchCredentials(request.clientId, context)
  const login = beginLogin(request.redirectUri)
  const sealed = await sealLogin(login, ports.now(), { config, credentials, origin: caller.origin })
  if (!cookies.set(loginCookieName(login.state), sealed, loginMaxAgeSeconds)) {
    throw new ExchangeError("request_invalid", "the login cookie would be too large", {
      publicDescription: '"redirect_uri" is too long to be kept in a cookie.',
    })
  }
  await limitCookies(loginCookieName(login.state), caller, credentials, context)
  return {
    authorization_url: authorizationUrl(request, login, credentials.clientId, config),
    state: login.state,
  }
}

/** The authentication request (OIDC Core §3.1.2.1) with PKCE by S256 (RFC 7636 §4.3). */
function authorizationUrl(request: StartLogin, login: Login, clientId: string, config: Config): string {
  const { tenant, loginHint } = request
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: login.redirectUri,
    scope: "openid",
    state: login.state,
    nonce: login.nonce,
    code_challenge: createHash("sha256").update(login.codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(tenant !== undefined && { acr_values: `tenant:${tenant}` }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  })
  return `${config.endpoints.authorization}?${query.toString()}`
}
