import { generateKeyPairSync } from "node:crypto"
import fc from "fast-check"
import { expect, it } from "vitest"
import { parseClientSecret } from "../../lib/credentials/client-secret.ts"
import type { FunctionSpec } from "../../lib/request/handler.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { authenticateSystemUser } from "../../lib/operations/authenticate-system-user.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { secretId } from "../../local/stack.ts"
import { browserEvent, httpEvent, signedEvent } from "../support/events.ts"
import {
  completeEnv,
  jsonAnswer,
  keySetOf,
  openFrontDoor,
  pageOrigin,
  signingKey,
  type FrontDoorOptions,
} from "../support/front-door.ts"
import { startJourney, type JsonRecord } from "../support/journey.ts"
import { clientId, namespace, signedAt, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"

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
const idToken = signIdToken(
  signingKey,
  superOfficeClaims({
    sub: canaries.sub,
    nonce: canaries.nonce,
    firstname: canaries.firstname,
    lastname: canaries.lastname,
    [`${namespace}email`]: canaries.email,
    [`${namespace}upn`]: canaries.email,
    [`${namespace}company_name`]: canaries.companyName,
    [`${namespace}initials`]: canaries.initials,
    [`${namespace}system_token`]: canaries.systemToken,
    [`${namespace}ticket`]: canaries.ticket,
  }),
)

/** What must not be found: every canary, parts of the two that cannot be chosen, and each in other writings. */
const forbidden = [
  ...Object.values(canaries),
  ...[pem.split("\n")[5] ?? "", pem.split("\n")[12] ?? ""],
  ...idToken.split(".").map((part) => part.slice(-40)),
].flatMap(writings)

/** Plain, percent-encoded, in base64 at each of its three alignments, in hexadecimal, and with JSON's escapes. */
function writings(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from(" ".repeat(offset) + secret)
      .toString("base64")
      .slice(offset === 0 ? 0 : 4, -4),
  )
  const escaped = secret.replaceAll(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
  const base64url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))
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
    { weight: 2, arbitrary: fc.constant(text) },
    fc.nat(text.length).map((end) => text.slice(0, end)),
    fc.nat(text.length).map((at) => `${text.slice(0, at)}\0${text.slice(at)}`),
    fc.constant(JSON.stringify([text])),
    fc.constant(`<html>${text}</html>`),
  )
}

const requests: readonly JsonRecord[] = [
  {
    code: canaries.code,
    redirect_uri: `${pageOrigin}/callback`,
    code_verifier: canaries.verifier,
    nonce: canaries.nonce,
  },
  { grant_type: "refresh_token", refresh_token: canaries.refreshToken, sub: canaries.sub },
  { refresh_token: canaries.refreshToken, client_secret: canaries.clientSecret },
  { code: canaries.code, state: canaries.nonce },
  { tenant: "Cust12020", system_token: canaries.systemToken },
  { token: canaries.refreshToken },
  { redirect_uri: `${pageOrigin}/${canaries.code}`, login_hint: canaries.email },
]

const cookies = [`__Host-so-session-a=${canaries.cookie}`, canaries.cookie]

/** The same request through each door, whole or broken. */
const events: fc.Arbitrary<unknown> = fc.constantFrom(...requests).chain((request) => {
  const json = broken(JSON.stringify(request))
  const form = new URLSearchParams(request as Record<string, string>).toString()
  const asForm = { headers: { "content-type": "application/x-www-form-urlencoded" } }
  return fc.oneof(
    fc.constant(request),
    fc
      .constantFrom(...Object.keys(request))
      .map((name) => ({ ...request, [name]: { nested: request[name] } })),
    json.map((body) => ({ ...browserEvent(undefined, { body, headers: { "x-csrf": "1" } }), cookies })),
    broken(form).map((body) => browserEvent(undefined, { body, ...asForm })),
    json.map((body) => signedEvent(undefined, { body })),
    json.map((body) => httpEvent({ body, headers: { origin: "https://elsewhere.example" } })),
    json.map((body) => ({ Records: [{ body }] })),
  )
})

const answers: fc.Arbitrary<HttpAnswer | Error> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(goodAnswer) },
  broken(goodAnswer.body).map((body) => ({ ...goodAnswer, body })),
  fc.constantFrom(400, 401, 403, 404, 500, 503).map((status) =>
    jsonAnswer(status, {
      error: canaries.upstream,
      error_description: `${canaries.code} ${canaries.clientSecret}`,
    }),
  ),
  fc
    .constantFrom("IsSuccessful", "Token", "ErrorMessage")
    .map((name) => jsonAnswer(200, { IsSuccessful: true, Token: idToken, [name]: canaries.upstream })),
  fc.constant(0).map(loudError),
)

/** Each function, between the ports of its test. */
const functions = [
  open(exchangeCode),
  open(refreshToken),
  open(token),
  open(revokeToken),
  open(startLogin),
  open(authenticateSystemUser),
]

function open<Request>(spec: FunctionSpec<Request>) {
  return (options: FrontDoorOptions) => openFrontDoor(spec, options)
}

const worlds = fc.record({
  event: events,
  answer: answers,
  secret: fc.oneof(
    { weight: 3, arbitrary: fc.constant(secretText) },
    broken(secretText),
    fc.constant(undefined),
  ),
  privateKey: fc.oneof({ weight: 3, arbitrary: fc.constant(pem) }, broken(pem)),
  helpersThrow: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  openFunction: fc.constantFrom(...functions),
  delivery: fc.constantFrom("cookie", "partitioned", "sealed"),
})

it("says nothing secret in logs, metrics, errors or to pages, whatever goes wrong (C62)", async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { said, answer } = await runOnce(world)
      for (const secret of forbidden) {
        if (said.includes(secret)) throw new Error(`${secret} was said: ${said}`)
      }
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }),
    { numRuns: 8_000 },
  )
  // The worlds went well and wrong in many ways.
  expect(seen.get("ok")).toBeGreaterThan(20)
  expect(seen.size).toBeGreaterThan(8)
}, 60_000)

it("says neither the AWS credentials nor what the secret holds while Secrets Manager fails in every way (C60, C62)", async () => {
  const journey = await startJourney({ env: { LOG_LEVEL: "DEBUG" } })
  const { secretsManager, credentials } = journey.stack
  const fields = { refresh_token: canaries.refreshToken }
  for (const outage of ["denied", "throttled", "down"] as const) {
    secretsManager.outage = outage
    expect(await journey.invoke("refresh-token", fields)).toHaveProperty("code")
  }
  secretsManager.outage = undefined
  for (const text of [secretText.slice(0, -9), `[${secretText}]`, canaries.clientSecret]) {
    secretsManager.put(secretId, text)
    expect(await journey.invoke("refresh-token", fields)).toHaveProperty("code")
  }
  const said = journey.log.join("\n")
  expect(journey.log.length).toBeGreaterThan(5)
  for (const secret of [...forbidden, ...writings(credentials.secretAccessKey)])
    expect(said).not.toContain(secret)
})

type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never

/** Everything that was said where no secret belongs: logs, thrown errors, error bodies, and what a page gets in clear. */
async function runOnce({ openFunction, delivery, event, answer, helpersThrow, ...texts }: World) {
  const helper = async <T>(read: () => T) => {
    if (helpersThrow) throw loudError()
    return await Promise.resolve({ value: read(), readAt: signedAt, stale: false })
  }
  const door = openFunction({
    env: {
      ...completeEnv,
      REFRESH_TOKEN_DELIVERY: delivery,
      PRIVATE_KEY_SECRET_ID: "key",
      LOG_LEVEL: "DEBUG",
    },
    credentials: () => helper(() => parseClientSecret(texts.secret, "v1", true)),
    privateKey: () => helper(() => parsePrivateKey(texts.privateKey, "v1")),
    keySet: () => helper(() => keySetOf(signingKey.jwk)),
    superOffice: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
  })
  try {
    const result = await door.invoke(event)
    const isHttp = "statusCode" in result
    const body = (
      isHttp ? JSON.parse(typeof result.body === "string" ? result.body : "{}") : result
    ) as JsonRecord
    const isError = "error" in body
    // A success is for the caller: tokens and claims. To a page, what is not in them is still forbidden.
    const toCaller = isError ? JSON.stringify(result) : isPageOf(event) ? withoutTokens(result, body) : ""
    return { said: [...door.log, toCaller].join("\n"), answer: isError ? String(body.code) : "ok" }
  } catch (error) {
    const { name, message, stack, cause } = error as Error
    return { said: [...door.log, name, message, stack, JSON.stringify(cause)].join("\n"), answer: "thrown" }
  }
}

function isPageOf(event: unknown): boolean {
  return typeof event === "object" && event !== null && "headers" in event && !isSigned(event)
}

function isSigned(event: object): boolean {
  return JSON.stringify(event).includes('"authorizer"')
}

/** What a page gets beside the access token, its user's claims, and the authorization URL with the hint that it gave. */
function withoutTokens(result: JsonRecord, body: JsonRecord): string {
  const given = new Set(["access_token", "claims", "id_token", "authorization_url"])
  const rest = Object.entries(body).filter(([name]) => !given.has(name))
  return JSON.stringify([result.headers, result.cookies, rest])
}
