import { fetchCredentials, fetchSigningKey } from "../credentials/credentials.ts"
import { ExchangeError } from "../errors.ts"
import { normalizeClaims, type NormalizedClaims } from "../id-token/claims.ts"
import { verifyIdToken, type VerifiedPayload } from "../id-token/id-token.ts"
import type { ClientCredentials, KeySet, SigningKey } from "../ports.ts"
import { ask } from "../request/ask.ts"
import type { RequestContext } from "../request/context.ts"
import type { Includes } from "../request/include.ts"
import { loginCookieName } from "../session/cookie-names.ts"
import type { Grant, RequestedGrant } from "./grant.ts"
import { checkIdentity } from "./identity.ts"
import { openGrant } from "./open-grant.ts"
import { redeem } from "./redeem.ts"
import type { UpstreamTokens } from "./token-response.ts"

/** A redeemed grant: its ID Token is verified and its claims are normalized. */
export interface Exchange extends NormalizedClaims {
  readonly grant: Grant
  readonly credentials: ClientCredentials
  readonly tokens: Omit<UpstreamTokens, "unverifiedIdToken">
  readonly receivedAt: Date
  /** As SuperOffice issued it; verified. */
  readonly idToken: string
  readonly payload: VerifiedPayload
  /** The key for an `api_token`, if one was asked for. */
  readonly signingKey: SigningKey | undefined
}

/**
 * Exchanges a grant for verified tokens. Has all that the answer needs before it posts the grant, because a code is
 * single-use: our credentials, a usable key set and, for an `api_token`, the signing key. Throws a final error (`isFinal`) for
 * a code that may have reached SuperOffice.
 */
export async function exchange(
  requested: RequestedGrant,
  includes: Includes,
  context: RequestContext,
): Promise<Exchange> {
  const [known, keySet, signingKey] = await Promise.all([
    fetchCredentials(requested.clientId, context),
    ask("key_set", context.ports.keySet, "cached", context),
    includes.has("api_token") ? fetchSigningKey(context) : undefined,
  ])
  const { grant, credentials: toRedeem } = await openGrant(requested, known, context)
  const sent = await redeem(grant, toRedeem, context)
  if (requested.type === "login_code" && sent.mayHaveArrived) {
    // Nobody can redeem this code again, so its login cookie is of no more use.
    context.cookies.clear(loginCookieName(requested.state))
  }
  try {
    if ("error" in sent) throw sent.error
    const { value, credentials } = sent
    const receivedAt = context.ports.now()
    const payload = await verify(value, { credentials, receivedAt, keySet }, context)
    checkIdentity(payload, grant, context)
    const { unverifiedIdToken: idToken, ...tokens } = value
    return {
      grant,
      credentials,
      tokens,
      receivedAt,
      idToken,
      payload,
      signingKey,
      ...claimsOf(payload, credentials, context),
    }
  } catch (error) {
    const isSpent = grant.type === "authorization_code" && sent.mayHaveArrived
    throw isSpent && error instanceof ExchangeError ? error.asFinal() : error
  }
}

interface Circumstances {
  /** The credentials that the grant was redeemed with. */
  readonly credentials: ClientCredentials
  readonly receivedAt: Date
  /** The key set that was read before the grant was posted. */
  readonly keySet: KeySet
}

async function verify(
  tokens: UpstreamTokens,
  { credentials, receivedAt, keySet }: Circumstances,
  context: RequestContext,
): Promise<VerifiedPayload> {
  const { config, ports, requestLog } = context
  const { payload, keyId } = await verifyIdToken(
    tokens.unverifiedIdToken,
    {
      issuer: config.endpoints.issuer,
      audience: () => credentials.clientId,
      accessToken: tokens.accessToken,
      now: receivedAt,
      clockToleranceSeconds: config.clockToleranceSeconds,
    },
    keySet,
    () => ask("key_set", ports.keySet, "reread", context),
  )
  requestLog.note({ keyId })
  return payload
}

function claimsOf(
  payload: VerifiedPayload,
  { clientId }: ClientCredentials,
  { config, requestLog }: RequestContext,
): NormalizedClaims {
  const normalized = normalizeClaims(payload, { audience: clientId, localHost: config.localHost })
  if (normalized.dropped > 0) requestLog.warn("claims_dropped")
  const { ctx: tenant, associateid: associateId } = normalized.claims
  requestLog.note({ tenant, associateId })
  return normalized
}
