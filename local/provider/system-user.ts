import { verify, type KeyObject } from "node:crypto"
import { consentErrors, type ConsentError } from "./consent.ts"
import { identityClaims, signClaims, tenantUrls, type Generation } from "./id-token.ts"
import { unixSeconds } from "../../lib/seconds.ts"
import { isSameTenant } from "../../lib/tenant.ts"
import { ticketSeconds, type IssuedCredentials } from "./issued-credentials.ts"
import type { SigningKey } from "./keys.ts"
import { tenants, users, type SampleTenant } from "./users.ts"

/** SuperOffice's answer. Its status is 200 in both cases. */
export interface SystemUserAnswer {
  readonly IsSuccessful: boolean
  readonly Token: string | null
  readonly ErrorMessage: string | null
}

export interface SystemUserSettings {
  readonly clientSecret: string
  /** The application's public key, as registered at SuperOffice. */
  readonly systemUserKey: KeyObject | undefined
  /** Signs the answer for this tenant, whichever was requested. */
  readonly systemUserTenant: string | undefined
  /** Changes of the claims in the answer's token. Undefined leaves a claim out. */
  readonly systemUserClaims: Readonly<Record<string, unknown>>
  /** The system tokens that are known beside those of the sample users, and the tenant of each. */
  readonly systemTokens: ReadonlyMap<string, string>
  readonly signingKey: SigningKey
  readonly generation: Generation
  readonly tenantBase: (tenant: SampleTenant) => string
  /** Why the application may not work in a tenant, by context identifier. */
  readonly consentErrors: ReadonlyMap<string, ConsentError>
  readonly credentials: IssuedCredentials
  readonly now: Date
}

/** SuperOffice's clock and the signer's may differ by this much. */
const maxSkewMs = 5 * 60_000

/** Signs in the application's system user of a tenant, by the members of the body that was posted. */
export async function answerSystemUser(
  {
    SignedSystemToken,
    ApplicationToken,
    ContextIdentifier,
    ReturnTokenType,
  }: Readonly<Record<string, unknown>>,
  settings: SystemUserSettings,
): Promise<SystemUserAnswer> {
  if (ApplicationToken !== settings.clientSecret) return refused("The application is not known.")
  const signed = readSignedToken(SignedSystemToken)
  if (!signed) return refused("The signed system token has not three parts.")
  if (!(Math.abs(signed.time - settings.now.getTime()) <= maxSkewMs)) return refused("InvalidTimestamp")
  if (!isSignedBy(settings.systemUserKey, signed)) return refused("InvalidSignature")
  const tenant = tenants.find(
    ({ ctx }) => typeof ContextIdentifier === "string" && isSameTenant(ctx, ContextIdentifier),
  )
  if (!tenant || !isSystemTokenOf(tenant, signed.systemToken, settings))
    return refused("The system token is not one of this customer.")
  const consentError = settings.consentErrors.get(tenant.ctx)
  if (consentError) return refused(consentErrors[consentError].message)
  if (ReturnTokenType !== "JWT") return refused("Only JWT is given here.")
  const meant = tenants.find(({ ctx }) => ctx === settings.systemUserTenant) ?? tenant
  return { IsSuccessful: true, Token: await signToken(meant, settings), ErrorMessage: null }
}

function refused(message: string): SystemUserAnswer {
  return { IsSuccessful: false, Token: null, ErrorMessage: message }
}

function isSystemTokenOf(
  tenant: SampleTenant,
  systemToken: string,
  { systemTokens }: SystemUserSettings,
): boolean {
  return (
    systemTokens.get(systemToken) === tenant.ctx ||
    users.some((user) => user.tenant === tenant && user.systemToken === systemToken)
  )
}

interface SignedToken {
  readonly systemToken: string
  /** Milliseconds since 1970; NaN when there is no such minute. */
  readonly time: number
  readonly signedText: string
  readonly signature: Buffer
}

/** `{system_token}.{UTC yyyyMMddHHmm}.{base64 of the signature over the text before it}` */
function readSignedToken(value: unknown): SignedToken | undefined {
  const [, signedText = "", systemToken = "", minute = "", signature = ""] =
    /^(([^.]+)\.(\d{12}))\.([A-Za-z0-9+/]+={0,2})$/.exec(typeof value === "string" ? value : "") ?? []
  if (signature === "") return undefined
  const time = Date.parse(minute.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:00Z"))
  return { systemToken, time, signedText, signature: Buffer.from(signature, "base64") }
}

/** RSA with SHA-256 and the padding of PKCS#1 v1.5, over the text's UTF-8. */
function isSignedBy(key: KeyObject | undefined, { signedText, signature }: SignedToken): boolean {
  return key !== undefined && verify("sha256", Buffer.from(signedText, "utf8"), key, signature)
}

/** SuperOffice's tokens for system users have another issuer and audience than those for users. */
function signToken(tenant: SampleTenant, settings: SystemUserSettings): Promise<string> {
  const { generation, tenantBase, credentials, now, signingKey } = settings
  const iat = unixSeconds(now)
  const upn = `system@${tenant.ctx.toLowerCase()}.example.com`
  const claims = {
    sub: upn,
    ...identityClaims({
      associateid: "1",
      identityprovider: "superoffice-online",
      email: upn,
      upn,
      ctx: tenant.ctx,
      is_administrator: "False",
      serial: tenant.serial,
      company_name: tenant.companyName,
      ...tenantUrls(tenant, tenantBase(tenant), "Services88"),
      ticket: credentials.issueTicket(tenant),
    }),
    iat: generation === "2018" ? String(iat) : iat,
    nbf: iat - 60,
    exp: iat + ticketSeconds,
    iss: "SuperOffice AS",
    aud: `spn:${tenant.serial}`,
    ...settings.systemUserClaims,
  }
  return signClaims(claims, signingKey, generation)
}
