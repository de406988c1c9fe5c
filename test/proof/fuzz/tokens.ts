import fc from "fast-check"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { jsonAnswer, plainAnswer, signingKey, tokenAnswer } from "../../support/front-door.ts"
import { systemUserAnswer, systemUserClaims } from "../../support/system-user-door.ts"
import { namespace, signIdToken, signParts, superOfficeClaims } from "../../../harness/id-tokens.ts"

/** What a member of JSON could hold instead of what it should. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.double(),
  fc.constantFrom(
    ...["", "0", "-1", "1e3", " 3600", "9".repeat(400), 2 ** 53, 1e300, "None", "true", null, 0.5],
    "https://evil.example/",
    "https://superoffice.com.evil.example/",
    "https://sod.superoffice.com@evil.example/",
    "http://sod.superoffice.com/",
    [["x"]],
    "a".repeat(9_000),
  ),
)

function oneOf(words: string, ...more: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...words.split(" "), ...more)
}

const claimNames = oneOf(
  "iss sub aud azp iat nbf exp nonce at_hash auth_time firstname __proto__ constructor",
  ..."associateid ctx serial is_administrator webapi_url netserver_url system_token ticket"
    .split(" ")
    .map((name) => namespace + name),
)

const headerNames = oneOf("alg kid x5t typ crit jku x5u jwk x5c b64 zip __proto__")

/** JSON of an object with members replaced; a doubled member stays doubled. */
function withMembers(
  base: Readonly<Record<string, unknown>>,
  changes: readonly (readonly [string, unknown])[],
): string {
  const text = JSON.stringify(base)
  const added = changes.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return added.length === 0 ? text : `${text.slice(0, -1)},${added.join(",")}}`
}

const header = { alg: "RS256", kid: signingKey.kid, x5t: signingKey.x5t, typ: "JWT" }
const anIdToken = signIdToken(signingKey)
const goodMembers = JSON.parse(tokenAnswer({}, anIdToken).body) as Record<string, unknown>

function changesOf(names: fc.Arbitrary<string>) {
  return fc.array(fc.tuple(names, odd), { maxLength: 3 })
}

function signedTokens(claims: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  return fc
    .tuple(changesOf(headerNames), changesOf(claimNames))
    .map(([headerChanges, claimChanges]) =>
      signParts(signingKey, withMembers(header, headerChanges.slice(1)), withMembers(claims, claimChanges)),
    )
}

/** Signed texts that are hardly tokens. */
const signedNonsense = fc
  .tuple(
    fc.jsonValue({ maxDepth: 3 }),
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string().map((text) => Buffer.from(text)),
    ),
  )
  .map(([head, payload]) => signParts(signingKey, JSON.stringify(head), payload))

/** A good token with something else in one place, so that its signature is wrong or gone. */
const damaged = fc
  .tuple(fc.nat(), fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom(".", "..", "=", "\n", "\u{d800}")))
  .map(([at, text]) => {
    const place = at % anIdToken.length
    return anIdToken.slice(0, place) + text + anIdToken.slice(place + 1)
  })

const unsigned = fc
  .tuple(
    changesOf(headerNames),
    changesOf(claimNames),
    fc.constantFrom("none", "HS256", "RS512", "PS256", "ES256"),
  )
  .map(([headerChanges, claimChanges, alg]) => {
    const head = withMembers({ ...header, alg }, headerChanges)
    const parts = [head, withMembers(superOfficeClaims(), claimChanges), "signature"]
    return parts.map((part) => Buffer.from(part).toString("base64url")).join(".")
  })

const answerNames = oneOf("token_type access_token expires_in refresh_token id_token scope error __proto__")

const statuses = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 408, 425, 429, 500, 503, 599) },
)

/** Answers whose body cannot be read. */
const unreadable: fc.Arbitrary<HttpAnswer> = fc
  .tuple(statuses, fc.constantFrom("upstream_invalid", "upstream_unavailable"), fc.option(fc.nat()))
  .map(([status, code, retryAfterSeconds]) => ({
    status,
    retryAfterSeconds: retryAfterSeconds ?? undefined,
    body: "",
    unreadable: new ExchangeError(code, "it cannot be read"),
  }))

/** Answers of the token endpoint: good ones with bad tokens in them, and bad ones. */
export const tokenAnswers: fc.Arbitrary<HttpAnswer> = fc.oneof(
  { weight: 1, arbitrary: unreadable },
  { weight: 2, arbitrary: signedTokens(superOfficeClaims()).map((idToken) => tokenAnswer({}, idToken)) },
  { weight: 1, arbitrary: signedNonsense.map((idToken) => tokenAnswer({}, idToken)) },
  { weight: 3, arbitrary: damaged.map((idToken) => tokenAnswer({}, idToken)) },
  { weight: 3, arbitrary: unsigned.map((idToken) => tokenAnswer({}, idToken)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(changesOf(answerNames), statuses)
      .map(([changes, status]) => plainAnswer(status, withMembers(goodMembers, changes))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(statuses, fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.constant("[".repeat(60_000))))
      .map(([status, body]) => plainAnswer(status, body)),
  },
)

/** Answers of the system user endpoint. */
export const systemUserAnswers: fc.Arbitrary<HttpAnswer> = fc.oneof(
  { weight: 1, arbitrary: unreadable },
  {
    weight: 3,
    arbitrary: signedTokens(systemUserClaims()).map(systemUserAnswer),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(statuses, fc.tuple(odd, odd, odd))
      .map(([status, [IsSuccessful, Token, ErrorMessage]]) =>
        jsonAnswer(status, { IsSuccessful, Token, ErrorMessage }),
      ),
  },
)
