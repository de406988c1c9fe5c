import { sign } from "node:crypto"
import { normalizeClaims } from "../id-token/claims.ts"
import type { AuthenticateSystemUserResponse, ErrorCode } from "../contract.ts"
import { asExchangeError, ExchangeError, requestInvalid } from "../errors.ts"
import {
  fetchCredentials,
  fetchReplacedCredentials,
  fetchReplacedPrivateKey,
} from "../credentials/credentials.ts"
import { parsePrivateKey } from "../credentials/private-key.ts"
import { ask } from "../request/ask.ts"
import { requiredText, type Fields } from "../request/fields.ts"
import type { FunctionSpec } from "../request/handler.ts"
import { readIncludes, withIncludes, type Includes } from "../request/include.ts"
import {
  ctxClaim,
  superOfficeNamespace,
  verifySystemUserToken,
  type VerifiedClaims,
} from "../id-token/id-token.ts"
import type { RequestContext } from "../request/context.ts"
import { parseObject } from "../json.ts"
import type { ClientCredentials, HttpAnswer, HttpRequest, KeySet, PrivateKey } from "../ports.ts"
import { checkOutage, isRefusal, readBody } from "../superoffice/answer.ts"
import { send, type Rejected } from "../superoffice/send.ts"
import { Secret } from "../secret.ts"
import { readSystemUserRefusal, type SystemUserRefusal } from "../superoffice/system-user-refusal.ts"
import { isSameTenant, tenantPattern } from "../tenant.ts"

interface SystemUser {
  readonly tenant: string
  readonly systemToken: Secret
  readonly includes: Includes
}

/** Authenticates the application's system user of a tenant, for work without a user. */
export const authenticateSystemUser: FunctionSpec<SystemUser> = {
  name: "authenticate-system-user",
  doors: ["signed", "direct"],
  needs: { clientSecret: true, keySet: true, privateKey: parsePrivateKey, signingKeys: false },
  read: readSystemUser,
  run: authenticate,
}

/** The issuer of everything that SuperOffice signs for programs; users' ID Tokens have another. */
const systemUserIssuer = "SuperOffice AS"

function readSystemUser(fields: Fields): SystemUser {
  const tenant = requiredText(fields, "tenant")
  if (!tenantPattern.test(tenant)) {
    throw requestInvalid('"tenant" must be a context identifier: 1 to 32 letters and digits.')
  }
  const systemToken = requiredText(fields, "system_token")
  // Any letter, because an application's name may hold any. No dot, because a dot separates the parts of what is signed.
  if (!/^[^\p{Cc}.]{1,256}$/u.test(systemToken)) {
    throw requestInvalid('"system_token" must be 1 to 256 characters without a control character or a dot.')
  }
  return { tenant, systemToken: new Secret(systemToken), includes: readIncludes(fields, ["tenant"]) }
}

async function authenticate(
  systemUser: SystemUser,
  context: RequestContext,
): Promise<AuthenticateSystemUserResponse> {
  const { ports } = context
  const [credentials, key, keySet] = await Promise.all([
    fetchCredentials(undefined, context),
    ask("secret", ports.privateKey, "cached", context),
    ask("key_set", ports.keySet, "cached", context),
  ])
  const sent = await send(
    {
      step: "system_user",
      isRepeatable: true,
      request: (current) => systemUserRequest(systemUser, current, context),
      read: readSystemUserAnswer,
      fetchReplacement: (rejected, used) => fetchReplacement(rejected, used, context),
    },
    { credentials, key },
    context,
  )
  try {
    if ("error" in sent) throw sent.error
    const result = systemUserResult(await verify(sent.value, systemUser, keySet, context), context)
    return await withIncludes(result, result.claims.ctx, systemUser.includes, context)
  } catch (error) {
    throw aboutSystemUser(asExchangeError(error))
  }
}

/** The credentials of the sign-in: the client secret is sent, and the key signs. */
interface SystemUserCredentials {
  readonly credentials: ClientCredentials
  readonly key: PrivateKey
}

async function fetchReplacement(
  rejected: Rejected,
  { credentials, key }: SystemUserCredentials,
  context: RequestContext,
): Promise<SystemUserCredentials | undefined> {
  if (rejected === "signing_key") {
    const current = await fetchReplacedPrivateKey(key, context)
    return current && { credentials, key: current }
  }
  const current = await fetchReplacedCredentials(credentials, context)
  return current && { credentials: current, key }
}

/** `{system_token}.{UTC yyyyMMddHHmm}.{signature}`: PKCS#1 v1.5 with SHA-256 over the UTF-8 of the parts before it. */
function systemUserRequest(
  { tenant, systemToken }: SystemUser,
  { credentials, key }: SystemUserCredentials,
  { config, ports }: RequestContext,
): HttpRequest {
  const minute = ports.now().toISOString().replace(/\D/g, "").slice(0, "yyyyMMddHHmm".length)
  const signed = `${systemToken.reveal()}.${minute}`
  const signature = sign("sha256", Buffer.from(signed), key.key).toString("base64")
  const text = JSON.stringify({
    SignedSystemToken: `${signed}.${signature}`,
    ApplicationToken: credentials.clientSecret.reveal(),
    ContextIdentifier: tenant,
    ReturnTokenType: "JWT",
  })
  return {
    method: "POST",
    url: config.endpoints.systemUser,
    body: { type: "json", text },
    needsBody: (status) => status === 200 || isRefusal(status),
  }
}

/** Returns the signed token, which is not yet verified. SuperOffice's text for a refusal only chooses the error's code. */
function readSystemUserAnswer(answer: HttpAnswer): string {
  checkOutage(answer)
  const { status } = answer
  const isForbidden = status === 401 || status === 403
  // The status says enough. What the body says is of use, but not needed.
  const text = isForbidden ? answer.body : readBody(answer)
  const { IsSuccessful: isSuccessful, Token: token } = parseObject(text) ?? {}
  if (isSuccessful === true && status === 200) {
    if (typeof token !== "string" || token === "") throw invalid("a success brings no token")
    return token
  }
  const isRefused = isForbidden || isSuccessful === false
  const refusal = isRefused || status === 400 ? readSystemUserRefusal(text) : undefined
  if (refusal !== undefined) throw refused(refusal)
  if (isRefused) throw refused("system_user_rejected")
  throw invalid(`the status is ${status}, and the body is neither a success nor a refusal`)
}

function refused(code: SystemUserRefusal): ExchangeError {
  return new ExchangeError(code, refusals[code])
}

const refusals: Readonly<Record<SystemUserRefusal, string>> = {
  system_user_rejected: "SuperOffice refused the system user",
  clock_rejected: "SuperOffice refused the time in the system token",
  signing_key_rejected: "SuperOffice refused the signature of the system token",
}

/** Applies the rules of an ID Token with another issuer and audience: `spn:` and the token's own serial number. */
async function verify(
  token: string,
  { tenant }: SystemUser,
  keySet: KeySet,
  context: RequestContext,
): Promise<VerifiedClaims> {
  const { config, ports, requestLog } = context
  const { payload, keyId } = await verifySystemUserToken(
    token,
    {
      issuer: systemUserIssuer,
      audience: (payload) => `spn:${serialOf(payload)}`,
      accessToken: undefined,
      now: ports.now(),
      clockToleranceSeconds: config.clockToleranceSeconds,
    },
    keySet,
    () => ask("key_set", ports.keySet, "reread", context),
  )
  requestLog.note({ keyId })
  if (!isSameTenant(payload[ctxClaim], tenant)) {
    throw new ExchangeError(
      "tenant_mismatch",
      "SuperOffice's token is for another tenant than the one asked for",
    )
  }
  requestLog.note({ tenant })
  return payload
}

/** Throws `id_token_invalid` without a serial number, because the token then has no audience. */
function serialOf({ [`${superOfficeNamespace}serial`]: serial }: Readonly<Record<string, unknown>>): string {
  if (typeof serial === "number" || (typeof serial === "string" && serial !== "")) return String(serial)
  throw new ExchangeError(
    "id_token_invalid",
    "SuperOffice's token names no serial number, and so no audience",
  )
}

function systemUserResult(
  payload: VerifiedClaims,
  { config, requestLog }: RequestContext,
): AuthenticateSystemUserResponse {
  const { claims, others, dropped } = normalizeClaims(payload, {
    audience: payload.aud,
    localHost: config.localHost,
  })
  if (dropped > 0) requestLog.warn("claims_dropped")
  requestLog.note({ associateId: claims.associateid })
  const { ticket, ...rest } = others
  if (typeof ticket !== "string" || ticket === "") throw invalid("its token brings no ticket")
  return { token_type: "SOTicket", ticket, expires_at: payload.exp, claims: { ...rest, ...claims } }
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer is not a system user response: ${what}`)
}

/** The usual sentences of these codes are about a token response and an ID Token. */
const descriptions: Partial<Record<ErrorCode, string>> = {
  upstream_invalid: "SuperOffice's answer about the system user cannot be used.",
  id_token_invalid: "SuperOffice's token for the system user did not pass validation.",
}

function aboutSystemUser(error: ExchangeError): ExchangeError {
  const description = descriptions[error.code]
  return description === undefined ? error : error.withPublicDescription(description)
}
