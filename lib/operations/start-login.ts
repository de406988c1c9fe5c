import { keepsCookies, type Config } from "../config.ts"
import type { CheckLoginResponse, StartLoginResponse } from "../contract.ts"
import type { BrowserCaller, Caller } from "../request/caller.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import { fetchCredentials } from "../credentials/credentials.ts"
import { optionalText, requiredText, type Fields } from "../request/fields.ts"
import { readRedirectUri, requireCsrfHeader } from "../exchange/grant.ts"
import { limitCookies } from "../exchange/limit-cookies.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import { authorizationUrl, beginLogin, loginMaxAgeSeconds, sealLogin } from "../session/login.ts"
import { loginCookieName } from "../session/cookie-names.ts"
import { tenantPattern } from "../tenant.ts"

interface StartLogin {
  readonly type: "start"
  readonly redirectUri: string
  readonly tenant: string | undefined
  readonly loginHint: string | undefined
  readonly clientId: string | undefined
}

interface CheckLogin {
  readonly type: "check"
  readonly state: string
}

/**
 * Begins a page's sign-in: answers where it goes next, and sets a cookie with what is needed to redeem its code. To a `state`
 * alone, answers whether the browser sent that cookie back.
 */
export const startLogin: FunctionSpec<StartLogin | CheckLogin> = {
  name: "start-login",
  doors: ["browser"],
  needs: { clientSecret: true, keySet: false, privateKey: false, signingKeys: false },
  read: readStartLogin,
  run,
}

function readStartLogin(fields: Fields, caller: Caller, config: Config): StartLogin | CheckLogin {
  if (!keepsCookies(config)) {
    throw requestInvalid(
      "This deployment sets no cookies (REFRESH_TOKEN_DELIVERY), so a page must begin its sign-in itself.",
    )
  }
  if (caller.door === "browser" && hasStateAlone(fields)) {
    requireCsrfHeader(caller)
    return { type: "check", state: requiredText(fields, "state") }
  }
  const redirectUri = readRedirectUri(fields, caller, config)
  const tenant = optionalText(fields, "tenant")
  if (tenant !== undefined && !tenantPattern.test(tenant)) {
    throw requestInvalid('"tenant" must be a context identifier: 1 to 32 letters and digits.')
  }
  const loginHint = optionalText(fields, "login_hint")
  return { type: "start", redirectUri, tenant, loginHint, clientId: optionalText(fields, "client_id") }
}

/** With a redirect URI, the request begins a sign-in and its `state` is an unknown field. */
function hasStateAlone(fields: Fields): boolean {
  return Object.hasOwn(fields, "state") && !Object.hasOwn(fields, "redirect_uri")
}

async function run(request: StartLogin | CheckLogin, context: RequestContext): Promise<object> {
  const { caller } = context
  if (caller.door !== "browser") throw new Error("start-login has one door")
  return request.type === "check" ? check(request, caller, context) : await begin(request, caller, context)
}

/**
 * Does not decrypt the cookie, so a cookie with a key that this instance has not read yet counts as kept. Changes no cookie,
 * not even an ambiguous one, because the page only asks.
 */
function check(
  { state }: CheckLogin,
  caller: BrowserCaller,
  { cookies }: RequestContext,
): CheckLoginResponse {
  cookies.discard()
  return { kept: caller.cookies.byName.has(loginCookieName(state)) }
}

async function begin(
  request: StartLogin,
  caller: BrowserCaller,
  context: RequestContext,
): Promise<StartLoginResponse> {
  const { config, cookies, ports } = context
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
    authorization_url: authorizationUrl(login, {
      endpoint: config.endpoints.authorization,
      clientId: credentials.clientId,
      tenant: request.tenant,
      loginHint: request.loginHint,
    }),
    state: login.state,
  }
}
