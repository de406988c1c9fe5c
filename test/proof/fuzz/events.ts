import fc from "fast-check"
import { browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import { codeVerifier, pageOrigin, refreshTokenText } from "../../support/front-door.ts"

/** Names that functions read, and names that have hurt others. */
const names = [
  "grant_type code redirect_uri code_verifier nonce iss refresh_token sub ctx client_id client_secret",
  "include state token token_type_hint tenant system_token login_hint Records headers",
  "__proto__ constructor prototype toString hasOwnProperty",
].flatMap((words) => words.split(" "))

const form = { "content-type": "application/x-www-form-urlencoded" }
const json = { "content-type": "application/json" }

/** Values that pass, values that nearly pass, and values that nobody would send. */
const oddText = fc.oneof(
  fc.constantFrom(
    "authorization_code",
    "refresh_token",
    codeVerifier,
    refreshTokenText,
    `${pageOrigin}/callback`,
    ...[
      "Cust12020",
      "App Name-8k8Q7DmBgo",
      "tenant",
      "api_token",
      "tenant api_token",
      "",
      " ",
      "\0",
      "\u{d800}",
      "%00",
      "../..",
      "null",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.integer({ min: 2_040, max: 9_000 }).map((length) => "a".repeat(length)),
)

const oddValue = fc.oneof(
  { weight: 4, arbitrary: oddText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.anything({ withNullPrototype: true, withDate: true, withBigInt: true }) },
)

const validRequests = [
  { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier },
  { grant_type: "authorization_code", code: "a-code", redirect_uri: `${pageOrigin}/callback` },
  { grant_type: "refresh_token", refresh_token: refreshTokenText },
  { grant_type: "refresh_token", refresh_token: refreshTokenText, include: ["api_token"] },
  { code: "a-code", state: "a-state" },
  { redirect_uri: `${pageOrigin}/callback`, tenant: "Cust12020" },
  { token: refreshTokenText },
  { tenant: "Cust12020", system_token: "App Name-8k8Q7DmBgo" },
  {},
]

/** A request with none, one or several of its fields changed. `__proto__` becomes a member of its own, as in JSON. */
const requests = fc
  .tuple(
    fc.constantFrom(...validRequests),
    fc.array(fc.tuple(fc.constantFrom(...names), oddValue), { maxLength: 3 }),
  )
  .map(([valid, changes]) => {
    const fields: Record<string, unknown> = { ...valid }
    for (const [name, value] of changes) {
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true })
    }
    return fields
  })

const jsonTexts = requests.map((fields) => {
  try {
    return JSON.stringify(fields)
  } catch {
    // A BigInt has no JSON.
    return '{"code":1n}'
  }
})

const formTexts = requests.map((fields) =>
  Object.entries(fields)
    .map(([name, value]) => `${encode(name)}=${encode(typeof value === "string" ? value : "[object]")}`)
    .join("&"),
)

const bodies = fc.oneof(
  { weight: 5, arbitrary: jsonTexts },
  { weight: 3, arbitrary: formTexts },
  {
    weight: 1,
    arbitrary: fc.tuple(jsonTexts, fc.nat(), oddText).map(([text, at, odd]) => splice(text, at, odd)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom("[".repeat(30_000), '{"a":'.repeat(6_000), "&".repeat(32_000)) },
  { weight: 1, arbitrary: fc.integer({ min: 32_700, max: 33_000 }).map((length) => "x".repeat(length)) },
)

const headers = fc.dictionary(
  fc.constantFrom(
    ...["origin", "content-type", "Content-Type", "x-csrf", "sec-fetch-site"],
    ...["authorization", "cookie", "x-forwarded-host", "__proto__"],
  ),
  fc.oneof(
    fc.constantFrom(
      ...[pageOrigin, "null", `${pageOrigin}, ${pageOrigin}`, "1", "cross-site"],
      ...["application/json", "application/x-www-form-urlencoded", "application/json; charset=utf-7"],
    ),
    oddText,
    fc.constant(7 as unknown as string),
  ),
)

const cookies = fc.array(
  fc.oneof(
    oddText,
    fc
      .tuple(fc.constantFrom("__Host-so-session-", "__Host-so-login-"), oddText)
      .map(([name, value]) => `${name}${value}`),
    oddText.map((value) => `__Host-so-session-b2f6f4f0=eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..${value}`),
  ),
  { maxLength: 6 },
)

const methods = fc.oneof(
  { weight: 8, arbitrary: fc.constant("POST") },
  { weight: 1, arbitrary: fc.constantFrom("OPTIONS", "GET", "post", "") },
)

const pageEvents = fc
  .record({
    body: bodies,
    headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, headers),
    cookies,
    method: methods,
    isForm: fc.boolean(),
    isBase64: fc.boolean(),
  })
  .map(({ body, headers: odd, cookies: list, method, isForm, isBase64 }) => ({
    ...browserEvent(undefined, {
      method,
      body: isBase64 ? Buffer.from(body).toString("base64") : body,
      isBase64Encoded: isBase64,
      headers: { ...(isForm ? form : json), "x-csrf": "1", ...odd },
    }),
    cookies: list,
  }))

const signedEvents = fc
  .record({ body: bodies, iam: fc.oneof(fc.constant({}), fc.object()), isForm: fc.boolean() })
  .map(({ body, iam, isForm }) => signedEvent(undefined, { body, iam, headers: isForm ? form : json }))

/** What anybody may send to the addresses of the documents. */
const documentEvents = fc
  .record({
    path: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom("openid-configuration", "oauth-authorization-server", "jwks.json"),
      },
      { weight: 1, arbitrary: oddText },
    ),
    method: fc.oneof({ weight: 4, arbitrary: fc.constant("GET") }, methods),
    headers: fc.oneof(fc.constant({}), headers),
    body: fc.option(bodies, { nil: undefined }),
  })
  .map(({ path, body, ...others }) =>
    httpEvent({ ...others, path: `/.well-known/${path}`, ...(body !== undefined && { body }) }),
  )

/** A gateway's event with anything at all in the place of one of its members. */
const brokenEvents = fc
  .tuple(
    bodies,
    fc.constantFrom("version", "headers", "requestContext", "body", "isBase64Encoded", "cookies", "rawPath"),
    fc.anything({ withNullPrototype: true, maxDepth: 3 }),
  )
  .map(([body, member, value]) => ({
    ...httpEvent({ body, headers: { origin: pageOrigin } }),
    [member]: value,
  }))

/** Whatever may arrive at a Lambda function. */
export const events: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: pageEvents },
  { weight: 2, arbitrary: signedEvents },
  { weight: 3, arbitrary: requests },
  { weight: 2, arbitrary: documentEvents },
  { weight: 1, arbitrary: brokenEvents },
  {
    weight: 1,
    arbitrary: fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true, maxDepth: 4 }),
  },
)

/** Percent-encoding, with what no text may hold left out. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function splice(text: string, at: number, odd: string): string {
  const place = at % (text.length + 1)
  return text.slice(0, place) + odd + text.slice(place + 3)
}
