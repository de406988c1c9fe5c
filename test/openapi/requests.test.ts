import { describe, expect, it } from "vitest"
import { errorResponse, ExchangeError } from "../../lib/errors.ts"
import { everyFunction } from "../proof/functions.ts"
import { bodyOf, browserEvent, signedEvent } from "../support/events.ts"
import { apiTokenEnv, signingKeysPort } from "../support/api-token.ts"
import { openFrontDoor, tokenAnswer } from "../support/front-door.ts"
import { encoded, json } from "./calls.ts"
import {
  answerExamples,
  operationOf,
  operations,
  problemsOf,
  problemsOfAnswer,
  problemsOfRequest,
  publications,
  requestExample,
  requestExamples,
  type Operation,
} from "./document.ts"

// Signed once.
const answers = [tokenAnswer()]

/** Whether a function refuses the request itself, whatever comes of one that it takes. */
async function isRefused(
  { path, isSigned }: Operation,
  value: object,
  { delivery = "cookie", mediaType = json } = {},
): Promise<boolean> {
  const spec = everyFunction.find(({ name }) => path.endsWith(`/${name}`))
  if (!spec) throw new Error(`there is no function for ${path}`)
  const env = { ...apiTokenEnv, REFRESH_TOKEN_DELIVERY: delivery, PRIVATE_KEY_SECRET_ID: "private-key" }
  const http = { body: encoded(value, mediaType), headers: { "content-type": mediaType, "x-csrf": "1" } }
  const event = isSigned ? signedEvent(undefined, http) : browserEvent(undefined, http)
  const door = openFrontDoor(spec, { env, answers, signingKeys: signingKeysPort() })
  const { code } = bodyOf(await door.invoke(event))
  return code === "request_invalid" || code === "grant_unsupported"
}

function deliveryOf(name: string): string {
  return name.endsWith("sealed") ? "sealed" : "cookie"
}

it.each(operations)(
  "the examples of $path fit their schemas, and its function understands them",
  async (operation) => {
    const requests = requestExamples.filter((one) => one.operation === operation)
    const answers = answerExamples.filter((one) => one.operation === operation)
    expect([requests.length, answers.length]).not.toContain(0)
    for (const { mediaType, name, value } of requests) {
      expect(problemsOfRequest(operation, value, mediaType), name).toEqual([])
      const how = { delivery: deliveryOf(name), mediaType }
      expect(await isRefused(operation, value as object, how), name).toBe(false)
    }
    for (const { name, status, value } of answers)
      expect(problemsOfAnswer(operation, status, value), name).toEqual([])
  },
)

it.each(publications)("the examples of $path fit their schemas", (publication) => {
  const examples = answerExamples.filter((one) => one.operation === publication)
  expect(examples.map(({ status }) => status)).toContain(200)
  for (const { name, status, value } of examples)
    expect(problemsOfAnswer(publication, status, value), name).toEqual([])
})

type Change = readonly [string, Readonly<Record<string, unknown>>]

/** One member of a request changed, so that it may or may not be right. */
function changesOf(request: Readonly<Record<string, unknown>>): Change[] {
  const tooLong = [40, 300, 2_049, 8_193].map((length) => "x".repeat(length))
  const wrong = [1, true, null, [], {}, "", "\u0007", "é", ...tooLong]
  const changes = Object.keys(request).flatMap((name): Change[] => {
    const others = Object.entries(request).filter(([other]) => other !== name)
    return [
      [`no ${name}`, Object.fromEntries(others)],
      ...wrong.map((value): Change => [`${name}: ${shown(value)}`, { ...request, [name]: value }]),
    ]
  })
  return [
    ["nothing changed", request],
    ["an unknown field", { ...request, unknown_field: 1 }],
    ["a client secret", { ...request, client_secret: "s" }],
    ...changes,
  ]
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 20 ? `${text.slice(0, 8)}… of ${text.length}` : text
}

/** Where a schema cannot say what a function knows. */
const knownDifferences: readonly (readonly [RegExp, string])[] = [
  [/ iss: "/, "only the issuer of this environment will do"],
  [/^\/\S+ \w*sealed (refresh_)?token: "/, "what was not sealed here is no session, rather than no request"],
  [/^\/revoke-token sealed no token: /, "in the cookie deliveries nothing is sent"],
  [/^\/revoke-token sealed token_type_hint: /, "a page has refresh tokens only, and its hint is not read"],
]

describe("the document and the functions refuse the same requests", () => {
  const inJson = requestExamples.filter(({ mediaType }) => mediaType === json)

  it.each(inJson.map((one) => [`${one.operation.path} ${one.name}`, one] as const))(
    "of %s, with each of its members changed",
    async (_title, { operation, name, value }) => {
      const delivery = deliveryOf(name)
      const byBoth: string[] = []
      const byOne: string[] = []
      for (const [title, body] of changesOf(value as Readonly<Record<string, unknown>>)) {
        const byDocument = problemsOfRequest(operation, body).length > 0
        const byFunction = await isRefused(operation, body, { delivery })
        const told = `${operation.path} ${name} ${title}: ${byFunction ? "the function" : "the document"} refuses`
        if (byDocument !== byFunction) byOne.push(told)
        else if (byFunction) byBoth.push(told)
      }
      const isKnown = (told: string) => knownDifferences.some(([pattern]) => pattern.test(told))
      expect(byOne.filter((told) => !isKnown(told))).toEqual([])
      expect(byBoth).not.toEqual([])
    },
  )
})

it("a state with a redirect URI that is not right is no question about a cookie", async () => {
  const operation = operationOf("/start-login")
  for (const redirect_uri of [null, "", 1, "/callback"]) {
    const body = { ...requestExample("/start-login", "kept"), redirect_uri }
    expect(problemsOfRequest(operation, body)).not.toEqual([])
    expect(await isRefused(operation, body)).toBe(true)
  }
})

describe("the schema of an answer", () => {
  const claims = { iss: "i", sub: "s", aud: "a", iat: 1, nbf: 1, exp: 2, ctx: "Cust12020" }
  const bearer = { token_type: "Bearer", access_token: "8A:x", expires_in: 3600, expires_at: 1516303300 }
  const tokens = { ...bearer, scope: "openid", id_token: "e.e.e", claims }
  const ticket = { token_type: "SOTicket", ticket: "7T:x", expires_at: 1516303300 }
  const error = errorResponse(new ExchangeError("grant_rejected", ""), "r")
  const publicKey = { kty: "RSA", n: "AQAB", e: "AQAB", kid: "k", alg: "RS256", use: "sig" }
  const withClaims = (changes: object) => ({ ...tokens, claims: { ...claims, ...changes } })

  it.each([
    ["TokenResponse", { ...tokens, refresh_token: "t", tenant: null }],
    ["TokenResponse", { ...tokens, api_token: "e.e.e", api_token_expires_at: 1516300300 }],
    ["BrowserTokenResponse", { ...tokens, id_token: undefined, api_token: null }],
    ["PublicKeySet", { keys: [publicKey, publicKey] }],
    ["TokenResponse", withClaims({ system_token: "t", anything: [1] })],
    ["AuthenticateSystemUserResponse", { ...ticket, claims: { ...claims, iat: undefined, sub: undefined } }],
    ["BrowserTokenResponse", { ...tokens, id_token: undefined, session_expires_at: 1516328500 }],
    ["ErrorResponse", { ...error, retryable: true, retry_after_seconds: 1 }],
  ])("%s takes what is right: %j", (schema, answer) => {
    expect(problemsOf(schema, JSON.parse(JSON.stringify(answer)))).toEqual([])
  })

  it.each([
    ["TokenResponse", { ...tokens, token_type: "bearer" }],
    ["TokenResponse", { ...tokens, expires_at: 1516303300.5 }],
    ["TokenResponse", { ...tokens, id_token: undefined }],
    ["TokenResponse", withClaims({ ctx: undefined })],
    ["TokenResponse", withClaims({ is_administrator: "False" })],
    ["TokenResponse", { ...tokens, tenant: { state: "Asleep" } }],
    ["TokenResponse", { ...tokens, another: 1 }],
    ["TokenResponse", { ...tokens, api_token: 1 }],
    ["PublicKeySet", { keys: [{ ...publicKey, d: "AQAB" }] }],
    ["PublicKeySet", { keys: [{ ...publicKey, alg: "ES256" }] }],
    ["PublicKeySet", { keys: [{ ...publicKey, kid: undefined }] }],
    ["BrowserTokenResponse", withClaims({ system_token: "t" })],
    ["ErrorResponse", { ...error, code: "another" }],
    ["ErrorResponse", { ...error, retry_after_seconds: "1" }],
    ["ErrorResponse", { ...error, cause: "what SuperOffice wrote" }],
  ])("%s refuses what is not: %j", (schema, answer) => {
    expect(problemsOf(schema, JSON.parse(JSON.stringify(answer)))).not.toEqual([])
  })
})
