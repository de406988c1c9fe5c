import { describe, expect, it } from "vitest"
import { loadConfig, type Config } from "../../../lib/config.ts"
import { allowedOrigin, callerOf, type Caller } from "../../../lib/request/caller.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { parseEvent, type HttpRequestEvent } from "../../../lib/request/http-event.ts"
import { browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import { completeEnv, pageOrigin } from "../../support/front-door.ts"

const config = loadConfig(completeEnv) as Config

function requestOf(event: unknown): HttpRequestEvent {
  const parsed = parseEvent(event)
  if (parsed.kind !== "http") throw new Error(`the event is ${parsed.kind}`)
  return parsed.request
}

function enter(event: unknown, settings = config): Caller {
  return callerOf({ kind: "http", request: requestOf(event) }, settings)
}

function refused(why: string): ExchangeError {
  return new ExchangeError("origin_not_allowed", why)
}

const notListed = refused("the request is neither signed nor from a listed origin")
const otherAccount = refused("the signer is not of this API's own account")
const noIdentity = refused("the authorizer wrote no IAM identity")
const ofAPool = refused("the signer is an identity pool's")
const fromAPage = refused("a signed request came from a page")

describe("the browser door", () => {
  it.each([
    ["of a listed origin", browserEvent({})],
    ["on a route whose authorizer the gateway writes as null", browserEvent({}, { authorizer: null })],
    ["whatever the spelling of the header", httpEvent({ headers: { ORIGIN: pageOrigin } })],
  ])("opens for a page %s", (_which, event) => {
    const cookies = { byName: new Map(), ambiguous: [] }
    expect(enter(event)).toEqual({ door: "browser", origin: pageOrigin, cookies, hasCsrfHeader: false })
  })

  it.each([
    ["absent", {}],
    ["null", { origin: "null" }],
    ["another site's", { origin: "https://evil.example.com" }],
    ["another scheme's", { origin: "http://app.example.com" }],
    ["the same with its default port", { origin: `${pageOrigin}:443` }],
    ["the same with a slash", { origin: `${pageOrigin}/` }],
    ["the same in capitals", { origin: pageOrigin.toUpperCase() }],
    ["one that begins like it", { origin: `${pageOrigin}.evil.example` }],
    ["two", { origin: `${pageOrigin},${pageOrigin}` }],
    ["sent in two spellings", { origin: pageOrigin, Origin: pageOrigin }],
    ["a wildcard", { origin: "*" }],
  ])("stays shut when the origin is %s (C48)", (_case, headers) => {
    const event = httpEvent({ headers })
    expect(() => enter(event)).toThrow(notListed)
    expect(allowedOrigin(requestOf(event), config)).toBeUndefined()
  })

  it.each(["host", "referer", "forwarded", "x-forwarded-host"])("does not open by %s (C56)", (name) => {
    expect(() => enter(httpEvent({ headers: { [name]: pageOrigin } }))).toThrow(notListed)
  })

  it("stays shut when no origin is listed", () => {
    const shut = loadConfig({ ...completeEnv, ALLOWED_ORIGINS: "" }) as Config
    expect(() => enter(browserEvent({}), shut)).toThrow(notListed)
  })
})

describe("the signed door", () => {
  it.each([
    ["a role", {}],
    ["a user", { userArn: "arn:aws:iam::123456789012:user/job" }],
    ["a caller without the identity pool's member", { cognitoIdentity: undefined }],
  ])("opens for %s of the API's own account", (_who, iam) => {
    expect(enter(signedEvent({}, { iam }))).toEqual({ door: "signed" })
  })

  const page = { headers: { origin: pageOrigin } }
  const account = { userArn: "arn:aws:sts::210987654321:assumed-role/a/b" }
  const pool = { cognitoIdentity: { amr: [] } }

  it.each([
    ["another account's", signedEvent({}, { iam: account }), otherAccount],
    ["of no ARN", signedEvent({}, { iam: { userArn: undefined } }), otherAccount],
    ["of no account", signedEvent({}, { iam: { userArn: "arn:aws:iam:::user/job" } }), otherAccount],
    ["an identity pool's", signedEvent({}, { iam: pool }), ofAPool],
    ["a listed page's", signedEvent({}, page), fromAPage],
    ["a listed page's and another account's", signedEvent({}, { iam: account, ...page }), otherAccount],
    ["a listed page's and an identity pool's", signedEvent({}, { iam: pool, ...page }), ofAPool],
    ["not an object", httpEvent({ authorizer: { iam: "yes" } }), noIdentity],
    ["null", browserEvent({}, { authorizer: { iam: null } }), noIdentity],
    ["a JWT's", browserEvent({}, { authorizer: { jwt: { claims: {}, scopes: [] } } }), noIdentity],
    ["of an authorizer that is not an object", browserEvent({}, { authorizer: "yes" }), noIdentity],
  ])("stays shut for a signer that is %s, and so does every other door (C64)", (_who, event, error) => {
    expect(() => enter(event)).toThrow(error)
  })

  it("does not open for a header that says so", () => {
    const authorization = "AWS4-HMAC-SHA256 Credential=AKIA"
    const headers = { authorization, "x-amzn-iam-user-arn": "arn:aws:iam" }
    expect(() => enter(httpEvent({ headers }))).toThrow(notListed)
  })

  it("does not open where nobody knows the account", () => {
    const request = { ...requestOf(signedEvent({})), accountId: undefined }
    expect(() => callerOf({ kind: "http", request }, config)).toThrow(otherAccount)
  })
})
