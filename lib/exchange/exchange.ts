import { normalizeClaims } from "../id-token/claims.ts"
import type { AllClaims } from "../claims.ts"
import { fetchCredentials } from "../credentials/credentials.ts"
import { ExchangeError } from "../errors.ts"
import { openGrant } from "./open-grant.ts"
import type { Grant, RequestedGrant } from "./grant.ts"
import { verifyIdToken, type VerifiedPayload } from "../id-token/id-token.ts"
import type { Invocation } from "../request/invocation.ts"
import { loginCookieName } from "../session/login.ts"
import type { ClientCredentials } from "../ports.ts"
import { redeem, type Redeemed } from "./redeem.ts"
import { fetchKeySet } from "../superoffice/signing-keys.ts"
import type { UpstreamTokens } from "./token-response.ts"
import type { RequestLog } from "../request/request-log.ts"

/** A grant redeemed, its ID Token verified and its claims normalized. */
export interface Exchange {
  readonly grant: Grant
  readonly credentials: ClientCredentials
  readonly tokens: UpstreamTokens
  readonly receivedAt: Date
  readonly payload: VerifiedPayload
  readonly claims: AllClaims
}

/**
 * The whole story. Everything needed to finish is in hand before the grant is posted, since a code is single-use:
 * settings, our credentials and a usable key set.
 */
export async function exchange(requested: RequestedGrant, invocation: Invocation): Promise<Exchange> {
  const [known] = await Promise.all([
    fetchCredentials(requested.clientId, invocation),
    fetchKeySet("cached", invocation),
  ])
  const { grant, credentials } = await openGrant(requested, known, invocation)
  try {
    const redeemed = await redeem(grant, credentials, invocation)
    const payload = await verifiedPayload(grant, redeemed, invocation)
    const claims = claimsOf(payload, redeemed, invocation)
    return { grant, ...redeemed, payload, claims }
  } catch (error) {
    throw markSpentCode(error, grant, invocation.requestLog)
  } finally {
    endLogin(requested, invocation)
  }
}

async function verifiedPayload(
  grant: Grant,
  redeemed: Redeemed,
  invocation: Invocation,
): Promise<VerifiedPayload> {
  const { config, requestLog } = invocation
  const { tokens, credentials, receivedAt } = redeemed
  const { payload, keyId } = await verifyIdToken(
    tokens.unverifiedIdToken,
    {
      issuer: config.endpoints.issuer,
      audience: () => credentials.clientId,
      nonce: grant.type === "authorization_code" ? grant.nonce : undefined,
      sub: grant.type === "refresh_token" ? grant.sub : undefined,
      ctx: grant.type === "refresh_token" ? grant.ctx : undefined,
      accessToken: tokens.accessToken,
      now: receivedAt,
      clockToleranceSeconds: config.clockToleranceSeconds,
    },
    (freshness) => fetchKeySet(freshness, invocation),
  )
  requestLog.keyId = keyId
  return payload
}

function claimsOf(
  payload: VerifiedPayload,
  redeemed: Redeemed,
  { config, requestLog }: Invocation,
): AllClaims {
  const { claims, dropped } = normalizeClaims(payload, {
    audience: redeemed.credentials.clientId,
    localHost: config.localHost,
  })
  if (dropped > 0) requestLog.warnings.add("claims_dropped")
  requestLog.tenant = claims.ctx
  return claims
}

/** The login cookie has done its work once the code may be spent. */
function endLogin(requested: RequestedGrant, { requestLog, cookies }: Invocation): void {
  if (requested.type === "login_code" && requestLog.posts > 0) cookies.clear(loginCookieName(requested.state))
}

/** A code that may have reached SuperOffice cannot be redeemed again, whatever went wrong after that. */
function markSpentCode(error: unknown, grant: Grant, requestLog: RequestLog): unknown {
  const isSpent = grant.type === "authorization_code" && requestLog.posts > 0
  return isSpent && error instanceof ExchangeError ? error.asFinal() : error
}
