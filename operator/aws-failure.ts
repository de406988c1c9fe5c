import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { exportCredentials, shellWord } from "./shell.ts"

/**
 * Explains why AWS does not know who calls: one sentence with the cause and the next command. Undefined for every other
 * error. Leaves out AWS's own text, because it may quote a credential.
 */
export function explainCredentials(error: unknown): string | undefined {
  const { name, message, code } = namesOf(error)
  if (name === "CredentialsProviderError" || name === "TokenProviderError") return explainProvider(message)
  if (name === "TypeError" && message.includes("'sso_")) return incompleteSso()
  if (code === "ERR_INVALID_CHAR") {
    return "One of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN contains a line end or another control character: set them again."
  }
  if (code === "ENOENT" && message.includes("open")) {
    return `A file that ${source()} names as its web identity token does not exist: check web_identity_token_file and AWS_WEB_IDENTITY_TOKEN_FILE.`
  }
  if (/^(AccessDenied(Exception)?)$/.test(name) && message.includes("sts:AssumeRole")) {
    return `These credentials may not assume the role of ${source()} (sts:AssumeRole): check role_arn, and the role's trust policy.`
  }
  if (name.startsWith("ExpiredToken")) return expiredSession()
  if (clockErrors.has(name) || (signatureErrors.has(name) && /expired|not yet current/i.test(message))) {
    return "This machine's clock differs from AWS's by more than five minutes: set it, and try again."
  }
  if (signatureErrors.has(name)) {
    return `The secret access key of ${source()} does not belong to its access key id: set both again.`
  }
  if (unknownKeyErrors.has(name)) {
    return (
      `AWS does not know the access key of ${source()}: it was deleted or deactivated, its session token is missing, ` +
      "or the account has not enabled this region. Sign in to AWS again, and check the region."
    )
  }
  if (unreadableKeyErrors.has(name)) {
    return `AWS cannot read the credentials of ${source()}: look for stray characters in them.`
  }
  return undefined
}

const clockErrors = new Set(["RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"])
const signatureErrors = new Set(["InvalidSignatureException", "SignatureDoesNotMatch"])
const unknownKeyErrors = new Set([
  "AuthFailure",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
])
const unreadableKeyErrors = new Set([
  "IncompleteSignature",
  "IncompleteSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
])

/** Explains why a service of AWS gave no answer. Undefined for every other error. */
export function explainConnection(error: unknown, service: string): string | undefined {
  const { name, message, code, hostname } = namesOf(error)
  if (message.startsWith("Region not accepted"))
    return "The AWS region is not the name of a region, such as eu-west-1."
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `${hostname || service} cannot be found (${code}): check the region, and this machine's network.`
  }
  if (/^(CERT_|ERR_TLS|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED)/.test(code)) {
    return (
      `The TLS certificate of ${service} is not trusted (${code}): if a proxy stands before AWS, name its certificate ` +
      "authority in NODE_EXTRA_CA_CERTS."
    )
  }
  if (/^(ECONN|EHOST|ENET|EPIPE|ETIMEDOUT)/.test(code) || name === "TimeoutError") {
    return `${service} cannot be reached (${code || name}): check this machine's network, and the endpoint if one is set.`
  }
  return undefined
}

/** The chain of providers tries one after the other, and often keeps only the last one's message. */
function explainProvider(message: string): string {
  const profile = profileName()
  if (message.includes("multi-factor")) {
    return (
      `The AWS profile "${profile ?? "default"}" asks for an MFA code, which this command cannot do. Run it without a profile after: ` +
      exportCredentials(profileOption())
    )
  }
  if (/\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONN\w+|EHOST\w+|ENET\w+)\b/.test(message)) {
    return `The AWS sign-in service of ${source()} cannot be reached: check this machine's network.`
  }
  if (/invalid SSO credentials|^Sso session|Conflicting SSO/.test(message)) return incompleteSso()
  if (message.includes("ForbiddenException")) {
    return `AWS SSO does not give you the role of ${source()}: check sso_account_id and sso_role_name.`
  }
  if (/SSO|UnauthorizedException|Token is expired/.test(message)) {
    return `You are not signed in to ${source()}, or no longer. Sign in: aws sso login${profileOption()}`
  }
  if (
    /aws login|reauthenticate|load token|Token (validation|refresh)|refresh (token|credentials)/.test(message)
  ) {
    return `You are not signed in to ${source()}, or no longer. Sign in: aws login${profileOption()}`
  }
  if (profile !== undefined) return hasProfile(profile) ? emptyProfile() : missingProfile(profile)
  if (Boolean(process.env.AWS_ACCESS_KEY_ID) !== Boolean(process.env.AWS_SECRET_ACCESS_KEY)) {
    return "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both, or neither."
  }
  return "There are no AWS credentials. Name a profile (--profile, AWS_PROFILE), or sign in: aws sso login, aws configure"
}

function missingProfile(profile: string): string {
  return `There is no AWS profile "${profile}" on this machine. To see those that there are: aws configure list-profiles`
}

function emptyProfile(): string {
  return `${capitalized(source())} gives no credentials. To see why: aws sts get-caller-identity${profileOption()}`
}

function incompleteSso(): string {
  return `The SSO settings of ${source()} are not complete. Write them: aws configure sso${profileOption()}`
}

function expiredSession(): string {
  return profileName() === undefined && process.env.AWS_SESSION_TOKEN
    ? "The session of AWS_SESSION_TOKEN has expired: set new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
    : `The session of ${source()} has expired: sign in again as you did before, or run aws sso login${profileOption()}`
}

/** Where the AWS SDK takes the credentials from. */
function source(): string {
  const profile = profileName()
  if (profile !== undefined) return `the AWS profile "${profile}"`
  return process.env.AWS_ACCESS_KEY_ID ? "AWS_ACCESS_KEY_ID" : "the default AWS profile"
}

/** As the AWS SDK has it: an empty variable is none. */
function profileName(): string | undefined {
  const profile = process.env.AWS_PROFILE
  return profile === "" ? undefined : profile
}

/** For a command of the AWS CLI. */
export function profileOption(): string {
  const profile = profileName()
  return profile === undefined ? "" : ` --profile ${shellWord(profile)}`
}

function hasProfile(profile: string): boolean {
  const files = [
    process.env.AWS_CONFIG_FILE ?? join(homedir(), ".aws", "config"),
    process.env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), ".aws", "credentials"),
  ]
  return files.some((file) => sectionsOf(file).some((section) => section === profile))
}

/** The profiles of an INI file; none if it cannot be read. */
function sectionsOf(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").matchAll(/^\s*\[\s*(?:profile\s+)?["']?(.+?)["']?\s*\]/gm)
    return [...lines].map(([, section = ""]) => section)
  } catch {
    return []
  }
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The parts of an error that tell its kind. A name and a code that are no single words are left out. */
export function namesOf(error: unknown): {
  readonly name: string
  readonly message: string
  readonly code: string
  readonly hostname: string
} {
  const {
    name,
    message,
    code,
    hostname,
  }: Partial<Record<"name" | "message" | "code" | "hostname", unknown>> = error ?? {}
  return {
    name: typeof name === "string" && /^\w{1,64}$/.test(name) ? name : "unknown error",
    message: typeof message === "string" ? message : "",
    code: typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "",
    hostname: typeof hostname === "string" && /^[\w.-]{1,253}$/.test(hostname) ? hostname : "",
  }
}
