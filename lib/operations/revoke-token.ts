import { keepsCookies, type Config } from "../config.ts"
import type { RevokeTokenResponse } from "../contract.ts"
import type { BrowserCaller, Caller } from "../request/caller.ts"
import { ExchangeError } from "../errors.ts"
import { fetchCredentials, fetchReplacedCredentials } from "../credentials/credentials.ts"
import { fieldLimits, optionalText, requiredText, type Fields } from "../request/fields.ts"
import { readSealedSessions, readToken, type SealedSession } from "../exchange/grant.ts"
import { isNamed } from "../exchange/identity.ts"
import { openSessions } from "../exchange/open-sessions.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { RequestContext } from "../request/context.ts"
import type { ClientCredentials, HttpAnswer, HttpRequest } from "../ports.ts"
import { checkOutage } from "../superoffice/answer.ts"
import { send } from "../superoffice/send.ts"
import type { Secret } from "../secret.ts"
import { readRejection, rejectionNeedsBody } from "../exchange/token-response.ts"

/** What is to be revoked: a page's sealed sessions, or a token in clear. */
type Revocation = { readonly clientId: string | undefined } & (
  PageRevocation | { readonly type: "token"; readonly token: Secret; readonly hint: string }
)

interface PageRevocation {
  readonly type: "sealed"
  readonly sealed: readonly SealedSession[]
  /** The user and tenant of the session to end. Without a tenant, every session of the page's origin ends. */
  readonly sub: string | undefined
  readonly ctx: string | undefined
  readonly caller: BrowserCaller
}

/** Revokes a refresh token at SuperOffice, and ends a page's session whatever SuperOffice says. */
export const revokeToken: FunctionSpec<Revocation> = {
  name: "revoke-token",
  doors: ["browser", "signed", "direct"],
  needs: { clientSecret: true, keySet: false, privateKey: false, signingKeys: false },
  read: readRevocation,
  run: revoke,
}

function readRevocation(fields: Fields, caller: Caller, config: Config): Revocation {
  const clientId = optionalText(fields, "client_id")
  if (caller.door === "browser") {
    // A page may have no cookie, but it must send the field.
    if (!keepsCookies(config)) requiredText(fields, "token", fieldLimits.token)
    const sealed = readSealedSessions(fields, "token", caller, config)
    const [sub, ctx] = [optionalText(fields, "sub"), optionalText(fields, "ctx")]
    return { type: "sealed", sealed, sub, ctx, caller, clientId }
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
    await endSessions(revocation, credentials, context)
  }
  return { revoked: true, end_session_url: context.config.endpoints.endSession }
}

/**
 * RFC 7009 §2.2: a value that we cannot decrypt is not ours, so report success. An expired session may still hold a live
 * refresh token, so revoke that. Throws `session_expired`, and ends nothing, when the sessions are another user's than the
 * page names: another tab has signed in.
 */
async function endSessions(
  revocation: PageRevocation,
  known: ClientCredentials,
  context: RequestContext,
): Promise<void> {
  const { config, cookies } = context
  const { sealed, caller } = revocation
  const { sessions, credentials } = await openSessions(sealed, caller, known, context)
  const others = sessions.filter(({ session }) => !isNamed(revocation, session))
  if (sessions.length > 0 && others.length === sessions.length) {
    throw new ExchangeError(
      "session_expired",
      "the session is not of the user or tenant that the page expects",
    )
  }
  const staying = new Set(others.map(({ cookie }) => cookie))
  for (const { cookie } of sealed) if (cookie !== undefined && !staying.has(cookie)) cookies.clear(cookie)
  const ended = await Promise.allSettled(
    sessions
      .filter(({ session }) => isNamed(revocation, session))
      .map(({ session }) => revokeAtSuperOffice(session.refreshToken, "refresh_token", credentials, context)),
  )
  const failed = ended.find((one) => one.status === "rejected")
  if (failed === undefined) return
  const error: unknown = failed.reason
  // Not retryable where the cookie is cleared: a second call would report success without revoking anything.
  throw keepsCookies(config) && error instanceof ExchangeError ? error.asFinal() : error
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
      fetchReplacement: (_rejected, used) => fetchReplacedCredentials(used, context),
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
