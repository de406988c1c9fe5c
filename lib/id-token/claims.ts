import type { Claims, SystemUserClaims } from "../claims.ts"
import { ctxClaim, superOfficeNamespace, type VerifiedClaims, type VerifiedPayload } from "./id-token.ts"
import { superOfficeUrl } from "../endpoints.ts"
import { parseWholeNumber } from "../json.ts"

/** Verified claims in the contract's form. */
export interface NormalizedClaims<Named = Claims> {
  /** The claims of the contract, which every caller may see. */
  readonly claims: Named
  /** All other claims, as received: credentials, and those that we do not know. No page may see them. */
  readonly others: Readonly<Record<string, unknown>>
  /** How many of SuperOffice's claims were malformed. They are dropped, because the token is signed and they are optional. */
  readonly dropped: number
}

/** What normalizing needs beside the claims. */
export interface ClaimsContext {
  /** The verified audience: our client id, or the `spn:` of a system user's token. */
  readonly audience: string
  /** Host that URLs may also name, for development. */
  readonly localHost: string | undefined
}

type SuperOfficeClaim = Exclude<
  keyof Claims,
  "iss" | "sub" | "aud" | "iat" | "nbf" | "exp" | "nonce" | "at_hash"
>

type ClaimReaders = {
  readonly [Name in SuperOfficeClaim]: (value: unknown, context: ClaimsContext) => Claims[Name] | undefined
}

/** SuperOffice's own claims by the name behind its namespace, and how each is read. Undefined means malformed. */
const superOfficeClaims: ClaimReaders = {
  ctx: text,
  associateid: parseWholeNumber,
  serial: serialNumber,
  is_administrator: trueOrFalse,
  email: text,
  upn: text,
  company_name: text,
  initials: text,
  so_primary_email_address: text,
  identityprovider: text,
  netserver_url: superOfficeUrl,
  webapi_url: superOfficeUrl,
  firstname: text,
  lastname: text,
}

/** Standard claims that every caller may see, when they are text. */
const standardTexts = ["nonce", "at_hash", "email"] as const

/** Every name that the contract gives a meaning to. */
const contractNames = new Set([
  "iss",
  "sub",
  "aud",
  "iat",
  "nbf",
  "exp",
  ...standardTexts,
  ...Object.keys(superOfficeClaims),
])

/** Registered names. A claim that would get one of them keeps its namespace (RFC 7519 §4.1, OIDC Core §2, §5.1). */
const registeredNames = new Set(
  `iss sub aud exp nbf iat jti nonce azp at_hash c_hash s_hash auth_time acr amr sid sub_jwk cnf act may_act scope
   client_id events name given_name family_name middle_name nickname preferred_username profile picture website
   email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at roles groups
   entitlements _claim_names _claim_sources`.split(/\s+/),
)

/** Names that mean something to JavaScript objects. Claims with these names are dropped. */
const unsafeNames = new Set(["__proto__", "constructor", "prototype"])

/** Credentials of the application or the user: whoever has one can act as them. */
const credentialNames = new Set(["system_token", "ticket"])

/**
 * Normalizes verified claims: removes SuperOffice's namespace, and reads numbers and booleans that were written as text.
 * Never refuses a token.
 */
export function normalizeClaims(payload: VerifiedPayload, context: ClaimsContext): NormalizedClaims
export function normalizeClaims(
  payload: VerifiedClaims,
  context: ClaimsContext,
): NormalizedClaims<SystemUserClaims>
export function normalizeClaims(
  payload: VerifiedClaims,
  context: ClaimsContext,
): NormalizedClaims<SystemUserClaims> {
  const { iss, sub, iat, nbf, exp, [ctxClaim]: ctx } = payload
  const claims: Mutable<SystemUserClaims> = {
    iss,
    ...(sub !== undefined && { sub }),
    aud: context.audience,
    ...(iat !== undefined && { iat }),
    ...(nbf !== undefined && { nbf }),
    exp,
    ctx,
  }
  let dropped = 0
  const keep = <Name extends keyof Claims>(name: Name, value: Mutable<Claims>[Name] | undefined): void => {
    if (value === undefined) dropped += 1
    else claims[name] = value
  }
  for (const name of standardTexts) if (Object.hasOwn(payload, name)) keep(name, text(payload[name]))
  for (const name of Object.keys(superOfficeClaims) as SuperOfficeClaim[]) {
    const uri = superOfficeNamespace + name
    // A standard claim of the same name wins.
    if (!Object.hasOwn(payload, uri) || Object.hasOwn(claims, name)) continue
    keep(name, superOfficeClaims[name](payload[uri], context))
  }
  return { claims, others: otherClaims(payload), dropped }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Claims that the contract does not name, never under a name that means something. */
function otherClaims(payload: VerifiedClaims): Readonly<Record<string, unknown>> {
  const others: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(payload)) {
    const ours = nameInNamespace(name)
    if (ours === undefined ? contractNames.has(name) : Object.hasOwn(superOfficeClaims, ours)) continue
    if (unsafeNames.has(ours ?? name) || (ours === "remember_me_expires" && value === "")) continue
    others[ours === undefined || isTaken(ours, payload) ? name : ours] = value
  }
  return others
}

/** True when the ID Token contains a credential, so that a page must not get the token. */
export function holdsCredential(payload: VerifiedPayload): boolean {
  return Object.keys(payload).some((name) => credentialNames.has(nameInNamespace(name) ?? name))
}

function nameInNamespace(name: string): string | undefined {
  return name.startsWith(superOfficeNamespace) ? name.slice(superOfficeNamespace.length) : undefined
}

/** True when a name without its namespace is empty, registered, or the name of another claim of this token. */
function isTaken(name: string, payload: VerifiedClaims): boolean {
  return name === "" || registeredNames.has(name) || Object.hasOwn(payload, name)
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

function serialNumber(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : text(value)
}

/** .NET writes `True` and `False`. */
function trueOrFalse(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value
  const lower = typeof value === "string" ? value.toLowerCase() : undefined
  return lower === "true" ? true : lower === "false" ? false : undefined
}
