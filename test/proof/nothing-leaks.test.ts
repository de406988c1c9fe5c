import { generateKeyPairSync } from "node:crypto"
import fc from "fast-check"
import { expect, it } from "vitest"
import { parseClientSecret } from "../../lib/credentials/client-secret.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { parseSigningKeys } from "../../lib/credentials/signing-keys.ts"
import { secretId } from "../../local/stack.ts"
import { apiTokenEnv, secretText as signingKeysText, signingKeys, storedKeys } from "../support/api-token.ts"
import { bodyOf, browserEvent, httpEvent, signedEvent } from "../support/events.ts"
import { jsonAnswer, keySetOf, openFrontDoor, pageOrigin, signingKey } from "../support/front-door.ts"
import { startJourney, type JsonRecord } from "../support/journey.ts"
import { clientId, namespace, signedAt, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { everyFunction } from "./functions.ts"

/** A value for each place where a secret or something personal can be, found again wherever it turns up. */
const canaries = {
  code: "canaryCodeA7x",
  verifier: "canaryVerifierB8y".padEnd(43, "v"),
  nonce: "canaryNonceC9z",
  clientSecret: "canaryClientSecretD1a",
  sealingKey: Buffer.from("canarySealingKeyE2b".padEnd(32, "k")).toString("base64url"),
  refreshToken: "canaryRefreshF3c",
  accessToken: "canaryAccessG4d",
  cookie: "canaryCookieH5e",
  systemToken: "canarySystemTokenI6f",
  ticket: "canaryTicketJ7g",
  sub: "canarySubK8h@example.com",
  email: "canaryEmailL9i@example.com",
  firstname: "canaryFirstnameM1j",
  lastname: "canaryLastnameN2k",
  companyName: "canaryCompanyO3l",
  initials: "canaryP4m",
  upstream: "canaryUpstreamQ5n",
  thrown: "canaryThrownR6o",
} as const

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
const { sub, nonce, firstname, lastname, email } = canaries
const ofSuperOffice = {
  ...{ email, upn: email, company_name: canaries.companyName, initials: canaries.initials },
  ...{ system_token: canaries.systemToken, ticket: canaries.ticket },
}
const idToken = signIdToken(signingKey, {
  ...superOfficeClaims({ sub, nonce, firstname, lastname }),
  ...Object.fromEntries(Object.entries(ofSuperOffice).map(([name, value]) => [namespace + name, value])),
})

/** Parts of our signing keys: of their text, and of the numbers that make them private. */
const ofSigningKeys = storedKeys.flatMap(({ key: text }, index) => {
  const { d = "", p = "", q = "" } = signingKeys[index]?.key.export({ format: "jwk" }) ?? {}
  return [text.slice(600, 640), text.slice(-40), ...[d, p, q].map((number) => number.slice(0, 40))]
})

/** What must not be found: every canary, parts of those that cannot be chosen, and each in other writings. */
const forbidden = [
  ...Object.values(canaries),
  ...[pem.split("\n")[5] ?? "", pem.split("\n")[12] ?? ""],
  ...idToken.split(".").map((part) => part.slice(-40)),
  ...ofSigningKeys,
].flatMap(writings)

/** Plain, percent-encoded, in base64 at each of its three alignments, in hexadecimal, and with JSON's escapes. */
function writings(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from(" ".repeat(offset) + secret)
      .toString("base64")
      .slice(offset === 0 ? 0 : 4, -4),
  )
  const base64url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))
  const escaped = secret.replaceAll(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
  return [
    secret,
    encodeURIComponent(secret),
    ...base64,
    ...base64url,
    Buffer.from(secret).toString("hex"),
    escaped,
  ]
}

const secretText = JSON.stringify({
  client_id: clientId,
  client_secret: canaries.clientSecret,
  sealing_keys: [{ kid: "k1", key: canaries.sealingKey }],
})

const keysText = signingKeysText(...storedKeys)

const goodAnswer = jsonAnswer(200, {
  token_type: "Bearer",
  access_token: canaries.accessToken,
  expires_in: 3600,
  refresh_token: canaries.refreshToken,
  id_token: idToken,
})

/** Errors of others quote what they were given: in message, stack and cause, and in what should be a name or a code. */
function loudError(): Error {
  const all = Object.values(canaries).join(" ")
  const error = new Error(`${all}\n    at ${all}`, {
    cause: new SyntaxError(`Unexpected token in ${secretText}`),
  })
  error.name = `${canaries.thrown} in the name`
  return Object.assign(error, { code: `${canaries.thrown} in the code`, input: all })
}

/** A text as it is, cut off, or with something in it that no parser takes. */
function broken(text: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(text) },
    fc.nat(text.length).map((end) => text.slice(0, end)),
    fc.nat(text.length).map((at) => `${text.slice(0, at)}\0${text.slice(at)}`),
    fc.constant(JSON.stringify([text])),
    fc.constant(`<html>${text}</html>`),
  )
}

const { code, refreshToken: refresh_token, systemToken: system_token } = canaries
const requests: readonly JsonRecord[] = [
  { code, redirect_uri: `${pageOrigin}/callback`, code_verifier: canaries.verifier, nonce },
  { grant_type: "refresh_token", refresh_token, sub },
  { grant_type: "refresh_token", refresh_token, sub, include: ["api_token"] },
  { grant_type: "refresh_token", refresh_token, include: "api_token" },
  { code, redirect_uri: `${pageOrigin}/callback`, code_verifier: canaries.verifier, include: "api_token" },
  { refresh_token, client_secret: canaries.clientSecret },
  { code, state: nonce },
  { tenant: "Cust12020", system_token },
  { token: refresh_token },
  { redirect_uri: `${pageOrigin}/${code}`, login_hint: email },
]

const cookies = [`__Host-so-session-a=${canaries.cookie}`, canaries.cookie]

/** The same request through each door, whole or broken. */
const events: fc.Arbitrary<unknown> = fc.constantFrom(...requests).chain((request) => {
  const json = broken(JSON.stringify(request))
  const form = new URLSearchParams(request as Record<string, string>).toString()
  const asForm = { headers: { "content-type": "application/x-www-form-urlencoded" } }
  return fc.oneof(
    fc.constant(request),
    fc.constantFrom(...Object.entries(request)).map(([name, nested]) => ({ ...request, [name]: { nested } })),
    json.map((body) => ({ ...browserEvent(undefined, { body, headers: { "x-csrf": "1" } }), cookies })),
    broken(form).map((body) => browserEvent(undefined, { body, ...asForm })),
    json.map((body) => signedEvent(undefined, { body })),
    json.map((body) => httpEvent({ body, headers: { origin: "https://elsewhere.example" } })),
    fc
      .constantFrom("jwks.json", "openid-configuration")
      .map((name) => httpEvent({ method: "GET", path: `/.well-known/${name}` })),
    json.map((body) => ({ Records: [{ body }] })),
  )
})

const answers: fc.Arbitrary<HttpAnswer | Error> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(goodAnswer) },
  broken(goodAnswer.body).map((body) => ({ ...goodAnswer, body })),
  fc
    .constantFrom(400, 401, 403, 404, 500, 503)
    .map((status) =>
      jsonAnswer(status, { error: canaries.upstream, error_description: `${code} ${canaries.clientSecret}` }),
    ),
  fc
    .constantFrom("IsSuccessful", "Token", "ErrorMessage")
    .map((name) => jsonAnswer(200, { IsSuccessful: true, Token: idToken, [name]: canaries.upstream })),
  fc.constant(0).map(loudError),
)

const keySet = keySetOf(signingKey.jwk)

const worlds = fc.record({
  event: events,
  answer: answers,
  secret: fc.option(broken(secretText), { nil: undefined }),
  privateKey: broken(pem),
  signingKeys: fc.oneof(
    { weight: 2, arbitrary: fc.constant(keysText) },
    fc.option(broken(keysText), { nil: undefined }),
  ),
  helpersThrow: fc.nat(6).map((one) => one === 0),
  spec: fc.constantFrom(...everyFunction),
  delivery: fc.constantFrom("cookie", "partitioned", "sealed"),
})

it("says nothing secret in logs, metrics, errors or to pages, whatever goes wrong (C62)", async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { said, answer, issued } = await runOnce(world)
      for (const secret of [...forbidden, ...issued]) {
        if (said.includes(secret)) throw new Error(`${secret} was said: ${said}`)
      }
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }),
    { numRuns: 8_000 },
  )
  // The worlds went well and wrong in many ways.
  expect(seen.get("ok")).toBeGreaterThan(20)
  for (const answer of ["api_token", "keys"]) expect(seen.get(answer), answer).toBeGreaterThan(0)
  expect(seen.size).toBeGreaterThan(8)
}, 60_000)

it("says neither tokens nor the AWS credentials nor what the secret holds, whether a code is redeemed or Secrets Manager fails (C60, C62)", async () => {
  const { stack, log, ...journey } = await startJourney({ env: { LOG_LEVEL: "DEBUG" } })
  const authorized = await journey.authorize()
  const { claims, ...tokens } = await journey.invoke("exchange-code", authorized)
  expect(await journey.invoke("exchange-code", authorized)).toHaveProperty("code", "grant_rejected")
  await journey.postAsPage("/exchange-code", authorized)
  for (const outage of ["denied", "throttled", "down"] as const) {
    stack.secretsManager.outage = outage
    expect(await journey.invoke("refresh-token", { refresh_token })).toHaveProperty("code")
  }
  stack.secretsManager.outage = undefined
  for (const text of [secretText.slice(0, -9), `[${secretText}]`, canaries.clientSecret]) {
    stack.secretsManager.put(secretId, text)
    expect(await journey.invoke("refresh-token", { refresh_token })).toHaveProperty("code")
  }
  await expect.poll(() => log.length).toBeGreaterThan(8)
  const issued = [tokens.access_token, tokens.refresh_token, tokens.id_token, (claims as JsonRecord).email]
  const brought = [authorized.code, authorized.code_verifier, authorized.nonce]
  const secrets = [...issued, ...brought, stack.credentials.secretAccessKey].map(String).flatMap(writings)
  const said = log.join("\n")
  for (const secret of [...forbidden, ...secrets]) expect(said).not.toContain(secret)
})

type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never

/** Everything that was said where no secret belongs: logs, thrown errors, error bodies, and what a page gets in clear. */
async function runOnce({ spec, delivery, event, answer, helpersThrow, ...texts }: World) {
  const helper = async <T>(read: () => T) => {
    if (helpersThrow) throw loudError()
    return await Promise.resolve({ value: read(), readAt: signedAt, stale: false })
  }
  const env = {
    ...apiTokenEnv,
    REFRESH_TOKEN_DELIVERY: delivery,
    PRIVATE_KEY_SECRET_ID: "key",
    LOG_LEVEL: "DEBUG",
  }
  const door = openFrontDoor(spec, {
    env,
    credentials: () => helper(() => parseClientSecret(texts.secret, "v1", true)),
    privateKey: () => helper(() => parsePrivateKey(texts.privateKey, "v1")),
    signingKeys: () => helper(() => parseSigningKeys(texts.signingKeys)),
    keySet: () => helper(() => keySet),
    answers: [answer],
  })
  try {
    const result = await door.invoke(event)
    const isHttp = "statusCode" in result
    const body = isHttp ? bodyOf(result) : result
    const isError = "error" in body
    const isPage = isHttp && !JSON.stringify(event).includes('"authorizer"')
    // A success is for the caller: tokens and claims. To a page, what is not in them is still forbidden.
    const toCaller = isError ? JSON.stringify(result) : isPage ? withoutTokens(result, body) : ""
    const answered = isError ? String(body.code) : "keys" in body ? "keys" : "ok"
    const { api_token: token } = body
    // The signature, which alone is secret in it beside what the canaries find.
    const issued = typeof token === "string" ? [token.slice(-40)] : []
    return {
      said: [...door.log, toCaller].join("\n"),
      answer: issued.length > 0 ? "api_token" : answered,
      issued,
    }
  } catch (error) {
    const { name, message, stack, cause } = error as Error
    const said = [...door.log, name, message, stack, JSON.stringify(cause)].join("\n")
    return { said, answer: "thrown", issued: [] }
  }
}

/** What a page gets beside the access token, its user's claims, and the authorization URL with the hint that it gave. */
function withoutTokens(result: JsonRecord, body: JsonRecord): string {
  const given = new Set(["access_token", "api_token", "claims", "id_token", "authorization_url"])
  const rest = Object.entries(body).filter(([name]) => !given.has(name))
  return JSON.stringify([result.headers, result.cookies, rest])
}
