import { isPlainObject } from "../../lib/json.ts"
import type { Deployment } from "../deployment/deployment.ts"
import { plain } from "../plain.ts"
import { degraded, failed, ok, type CheckResult } from "./check.ts"
import { fetchJson, type JsonAnswer } from "./fetch-json.ts"

/** Where verifiers find the documents of a deployment that makes tokens for the partner's own API, and whose they are. */
export interface Issuer {
  readonly issuer: string
  readonly stage: string
}

/** The issuer that the settings mean; undefined where the tokens are off. The stack of a deployment gives it its address. */
export function issuerOf({ stage, settings }: Deployment, apiUrl: string): Issuer | undefined {
  const { apiTokenAudience, apiTokenIssuer, domainName } = settings
  if (apiTokenAudience === "") return undefined
  const ownAddress = domainName === "" ? apiUrl : `https://${domainName}`
  return { stage, issuer: apiTokenIssuer === "" ? ownAddress : apiTokenIssuer }
}

/** Gets what verifiers get: the issuer's metadata and its key set. Asks nothing but the issuer's own address. */
export async function apiTokenChecks(expected: Issuer): Promise<CheckResult[]> {
  const at = `${expected.issuer}/.well-known/`
  const [metadata, keySet] = await Promise.all([
    fetchJson(`${at}openid-configuration`),
    fetchJson(`${at}jwks.json`),
  ])
  if ("finding" in metadata) return [failed("issuer", metadata.finding, metadata.fix)]
  if (metadata.status === 404) return [isOff(expected)]
  return [
    issuerCheck(metadata, expected),
    "finding" in keySet
      ? failed("signing keys", keySet.finding, keySet.fix)
      : signingKeysCheck(keySet, expected),
  ]
}

function isOff({ issuer, stage }: Issuer): CheckResult {
  return failed(
    "issuer",
    `${issuer} has no metadata (404), although apiTokenAudience in deployment.yml switches these tokens on`,
    `npm run deploy -- --stage ${stage}; if that was done, check that ${issuer} leads to this deployment`,
  )
}

function issuerCheck(answer: JsonAnswer, { issuer, stage }: Issuer): CheckResult {
  const name = "issuer"
  const { issuer: told, jwks_uri: keysAt } = membersOf(answer)
  if (answer.status !== 200) return refused(name, "the issuer's metadata", answer, stage)
  if (told !== issuer) {
    return failed(
      name,
      `the metadata is of ${quote(told)}, but verifiers expect ${issuer}, byte for byte`,
      "write the address that verifiers are told as apiTokenIssuer in deployment.yml, or leave it out for the deployment's own; then deploy",
    )
  }
  if (keysAt !== `${issuer}/.well-known/jwks.json`) {
    const finding = `the metadata says that the keys are at ${quote(keysAt)}`
    return failed(
      name,
      finding,
      `check what changes it between here and the function; or deploy this version`,
    )
  }
  return uncached(name, answer) ?? ok(name, `${issuer}, whose metadata leads to its key set`)
}

function signingKeysCheck(answer: JsonAnswer, { stage }: Issuer): CheckResult {
  const name = "signing keys"
  if (answer.status !== 200) return refused(name, "the key set", answer, stage)
  const { keys } = membersOf(answer)
  const list: readonly unknown[] = Array.isArray(keys) ? keys : []
  const secret = privateMembers.filter((member) => list.some((key) => isPlainObject(key) && member in key))
  if (secret.length > 0) {
    return failed(
      name,
      `the key set contains private members: ${secret.join(", ")}`,
      'correct what publishes them, then replace every key as a leaked one: docs/operations.md, "A signing key leaked"',
    )
  }
  const usable = list.filter(isUsable)
  if (usable.length === 0 || usable.length < list.length) {
    const finding = `${list.length - usable.length} of ${list.length} keys are no RSA keys with "use": "sig" and a "kid"`
    return failed(
      name,
      usable.length === 0 ? "the key set has no RSA key to verify with" : finding,
      showStatus(stage),
    )
  }
  const kids = usable.map(({ kid }) => plain(kid, 64)).slice(0, 10)
  if (usable.length === 1) {
    return degraded(
      name,
      `${kids.join(", ")} alone: no key is in reserve`,
      `npm run secret -- add-signing-key --stage ${stage}`,
    )
  }
  return uncached(name, answer) ?? ok(name, kids.join(", "))
}

/** The members that a JWK of a private or a symmetric key has (RFC 7518 §6.3.2, §6.4). */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

function isUsable(key: unknown): key is { readonly kid: string } {
  return (
    isPlainObject(key) &&
    key.kty === "RSA" &&
    key.use === "sig" &&
    [key.kid, key.n, key.e].every((member) => typeof member === "string" && member !== "")
  )
}

/** Degraded: verifiers ask more often than they need to, and each asks the function. */
function uncached(name: string, { headers }: JsonAnswer): CheckResult | undefined {
  const header = headers.get("cache-control") ?? ""
  if (/(^|,)\s*public\s*(,|$)/i.test(header)) return undefined
  const finding = `verifiers may not keep it: cache-control is ${quote(header)}, not public`
  return degraded(
    name,
    finding,
    "check what changes the header between here and the function; or deploy this version",
  )
}

function refused(name: string, what: string, answer: JsonAnswer, stage: string): CheckResult {
  const { code } = membersOf(answer)
  const said =
    typeof code === "string" ? `${plain(code, 64)}, status ${answer.status}` : `status ${answer.status}`
  const fix =
    name === "issuer"
      ? "correct the problems that the log line of well-known lists (field problems)"
      : showStatus(stage)
  return failed(name, `${what} cannot be had (${said})`, fix)
}

function showStatus(stage: string): string {
  return `npm run secret -- status --stage ${stage} shows the keys, and what is wrong with them; the role of well-known has to read the secret`
}

function membersOf({ body }: JsonAnswer): Readonly<Record<string, unknown>> {
  return isPlainObject(body) ? body : {}
}

function quote(value: unknown): string {
  return typeof value === "string" ? `"${plain(value)}"` : "nothing"
}
