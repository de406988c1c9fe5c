import type { Config } from "../config.ts"
import type { RevokeTokenResponse } from "../contract.ts"
import type { BrowserCaller, Caller } from "../request/caller.ts"
import { ExchangeError } from "../errors.ts"
import { credentialsToOpen, fetchCredentials, fetchReplacedCredentials } from "../credentials/credentials.ts"
import { fieldLimits, optionalText, requiredText, type Fields } from "../request/fields.ts"
import { readSealedSession, readToken } from "../exchange/grant.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import { isPlainObject, parseJson } from "../json.ts"
import type { ClientCredentials, HttpAnswer, HttpRequest } from "../ports.ts"
import { send } from "../superoffice/send.ts"
import type { Secret } from "../secret.ts"
import { openSession, sessionCookieName } from "../session/session.ts"
import { readRejection } from "../exchange/token-response.ts"

/** What is to be revoked: a page's sealed value, if it has one, or a token in clear. */
type Revocation = { readonly clientId: string | undefined } & (
  | { readonly type: "sealed"; readonly sealed: string | undefined; readonly caller: BrowserCaller }
  | { readonly type: "token"; readonly token: Secret; readonly hint: string }
)

/** Revokes a refresh token at SuperOffice, and ends a page's session whatever SuperOffice says. */
export const revokeToken: FunctionSpec<Revocation> = {
  name: "revoke-token",
  doors: ["browser", "signed", "direct"],
  needs: { keySet: false, privateKey: false },
  read: readRevocation,
  run: revoke,
}

function readRevocation(fields: Fields, caller: Caller, config: Config): Revocation {
  const clientId = optionalText(fields, "client_id")
  if (caller.door === "browser") {
    // Only a cookie may be missing without anybody's fault.
    if (config.refreshTokenDelivery === "sealed") requiredText(fields, "token", fieldLimits.token)
    return { type: "sealed", sealed: readSealedSession(fields, "token", caller, config), caller, clientId }
  }
  // RFC 7009 §2.1: a hint that we do not know is passed over.
  const hint = optionalText(fields, "token_type_hint") === "access_token" ? "access_token" : "refresh_token"
  return { type: "token", token: readToken(fields, "token"), hint, clientId }
}

async function revoke(revocation: Revocation, context: RequestContext): Promise<RevokeTokenResponse> {
  const credentials = await fetchCredentials(revocation.clientId, context)
  if (revocation.type === "token") {
    await revokeAtSuperOffice(revocation.token, revocation.hint, credentials, context)
  } else {
    await endSession(revocation.sealed, revocation.caller, credentials, context)
  }
  return { revoked: true, end_session_url: context.config.endpoints.endSession }
}

/** RFC 7009 §2.2: what does not open is no token of ours, and so as good as revoked. One that is too old still lives. */
async function endSession(
  sealed: string | undefined,
  { origin }: BrowserCaller,
  known: ClientCredentials,
  context: RequestContext,
): Promise<void> {
  const { config, cookies } = context
  const isInCookie = config.refreshTokenDelivery !== "sealed"
  if (isInCookie) cookies.clear(sessionCookieName(origin))
  if (sealed === undefined) return
  const credentials = await credentialsToOpen(sealed, known, context)
  const session = await openSession(sealed, { config, credentials, origin })
  if (session === undefined) return
  try {
    await revokeAtSuperOffice(session.refreshToken, "refresh_token", credentials, context)
  } catch (error) {
    // The cookie is gone: asked again, this page would be told that all is done.
    throw isInCookie && error instanceof ExchangeError ? error.asFinal() : error
  }
}

/** What a page, or an operator, should know when a revocation did not get through. */
const mayStillLive = "SuperOffice could not revoke the token now: it may still live."

async function revokeAtSuperOffice(
  token: Secret,
  hint: string,
  credentials: ClientCredentials,
  context: RequestContext,
): Promise<void> {
  const sent = await send(
    {
      step: "revocation",
      isRepeatable: true,
      request: (current) => revocationRequest(token, hint, current, context.config),
      read: readRevocationAnswer,
      renew: (_rejected, used) => fetchReplacedCredentials(used, context),
    },
    credentials,
    context,
  )
  if ("value" in sent) return
  // Refused with the current secret: the token is unknown, or dead already (RFC 7009 §2.2).
  if (sent.error.code === "grant_rejected") return
  throw sent.error.code === "unexpected" ? sent.error : sent.error.withPublicDescription(mayStillLive)
}

/** RFC 7009 §2.1, with the client in the form body as in a token request, and never a token in the URL. */
function revocationRequest(
  token: Secret,
  hint: string,
  credentials: ClientCredentials,
  config: Config,
): HttpRequest {
  const form = new URLSearchParams({
    token: token.reveal(),
    token_type_hint: hint,
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret.reveal(),
  })
  return { method: "POST", url: config.endpoints.revocation, body: { type: "form", text: form.toString() } }
}

/** RFC 7009 §2.2, §2.2.1. What SuperOffice's answer holds is not documented: its status is what counts. */
function readRevocationAnswer({ status, retryAfterSeconds, body }: HttpAnswer): void {
  if (status >= 200 && status < 300) return
  if (status === 429 || status >= 500) {
    throw new ExchangeError("upstream_unavailable", `SuperOffice answered ${status}`, { retryAfterSeconds })
  }
  const answer = parseJson(body)
  throw readRejection(status, isPlainObject(answer) ? answer.error : undefined)
}
