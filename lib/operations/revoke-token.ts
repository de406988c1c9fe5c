import type { Config } from "../config.ts"
import type { RevokeTokenResponse } from "../contract.ts"
import type { BrowserCaller, Caller } from "../request/caller.ts"
import { ExchangeError } from "../errors.ts"
import { credentialsToOpen, fetchCredentials, fetchReplacedCredentials } from "../credentials/credentials.ts"
import { fieldLimits, optionalText, requiredText, type Fields } from "../request/fields.ts"
import { readSealedSession, readToken } from "../exchange/grant.ts"
import { clearSessionCookie } from "../exchange/session-cookie.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import type { ClientCredentials, HttpAnswer, HttpRequest } from "../ports.ts"
import { checkOutage } from "../superoffice/answer.ts"
import { send } from "../superoffice/send.ts"
import type { Secret } from "../secret.ts"
import { openSession } from "../session/session.ts"
import { readRejection, rejectionNeedsBody } from "../exchange/token-response.ts"

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
    // A page may have no cookie, but it must send the field.
    if (config.refreshTokenDelivery === "sealed") requiredText(fields, "token", fieldLimits.token)
    return { type: "sealed", sealed: readSealedSession(fields, "token", caller, config), caller, clientId }
  }
  // RFC 7009 §2.1: an unknown hint is ignored.
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

/**
 * RFC 7009 §2.2: a value that we cannot decrypt is not ours, so report success. An expired session may still hold a live
 * refresh token, so revoke that.
 */
async function endSession(
  sealed: string | undefined,
  { origin }: BrowserCaller,
  known: ClientCredentials,
  context: RequestContext,
): Promise<void> {
  const { config, ports } = context
  clearSessionCookie(origin, context)
  if (sealed === undefined) return
  const { credentials } = await credentialsToOpen(sealed, known, context)
  const session = await openSession(sealed, ports.now(), { config, credentials, origin })
  if (session === undefined) return
  try {
    await revokeAtSuperOffice(session.refreshToken, "refresh_token", credentials, context)
  } catch (error) {
    // Not retryable where the cookie is cleared: a second call would report success without revoking anything.
    throw config.refreshTokenDelivery !== "sealed" && error instanceof ExchangeError ? error.asFinal() : error
  }
}

/** The public description of a revocation that failed. */
const mayStillBeValid = "SuperOffice could not revoke the token now: it may still be valid."

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
  // Refused with the current secret, so the token is unknown or no longer valid (RFC 7009 §2.2).
  if (sent.error.code === "grant_rejected") return
  throw sent.error.code === "unexpected" ? sent.error : sent.error.withPublicDescription(mayStillBeValid)
}

/** The revocation request (RFC 7009 §2.1). Client and token are in the form body, never in the URL. */
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
  return {
    method: "POST",
    url: config.endpoints.revocation,
    body: { type: "form", text: form.toString() },
    needsBody: rejectionNeedsBody,
  }
}

/** RFC 7009 §2.2, §2.2.1. Any 2xx is a success, whatever its body is. */
function readRevocationAnswer(answer: HttpAnswer): void {
  if (answer.status >= 200 && answer.status < 300) return
  checkOutage(answer)
  throw readRejection(answer)
}
