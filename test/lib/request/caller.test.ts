import { describe, expect, it } from "vitest"
import { loadConfig, type Config } from "../../../lib/config.ts"
import { callerOf as whoIs, allowedOrigin, notAllowed, type Caller } from "../../../lib/request/caller.ts"
import { parseEvent } from "../../../lib/request/http-event.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import { completeEnv, pageOrigin } from "../../support/front-door.ts"

const config = loadConfig(completeEnv) as Config

function requestOf(event: unknown) {
  const parsed = parseEvent(event)
  if (parsed.kind !== "http") throw new Error(`the event is ${parsed.kind}`)
  return parsed.request
}

function callerOf(event: unknown, settings = config): Caller {
  return whoIs({ kind: "http", request: requestOf(event) }, settings)
}

const refused = expect.objectContaining({ code: "origin_not_allowed" }) as unknown as Error

describe("the browser door", () => {
  it("opens for a listed origin", () => {
    expect(callerOf(browserEvent({}))).toMatchObject({
      door: "browser",
      origin: pageOrigin,
      cookies: { byName: new Map() },
      hasCsrfHeader: false,
    })
  })

  it("opens on a route whose authorizer the gateway writes as null", () => {
    expect(callerOf(browserEvent({}, { authorizer: null }))).toMatchObject({ door: "browser" })
  })

  it("finds the origin whatever the spelling of its header", () => {
    expect(callerOf(httpEvent({ headers: { ORIGIN: pageOrigin } }))).toMatchObject({ door: "browser" })
  })

  it.each([
    ["absent", {}],
    ["null", { origin: "null" }],
    ["empty", { origin: "" }],
    ["another site's", { origin: "https://evil.example.com" }],
    ["another scheme's", { origin: "http://app.example.com" }],
    ["another port's", { origin: `${pageOrigin}:8443` }],
    ["the same with its default port", { origin: `${pageOrigin}:443` }],
    ["the same with a slash", { origin: `${pageOrigin}/` }],
    ["the same in capitals", { origin: pageOrigin.toUpperCase() }],
    ["one that begins like it", { origin: `${pageOrigin}.evil.example` }],
    ["one that ends like it", { origin: "https://evil-app.example.com" }],
    ["two", { origin: `${pageOrigin},${pageOrigin}` }],
    ["sent in two spellings", { origin: pageOrigin, Origin: pageOrigin }],
    ["a wildcard", { origin: "*" }],
  ])("stays shut when the origin is %s (C48)", (_case, headers) => {
    const request = requestOf(httpEvent({ headers }))
    expect(() => whoIs({ kind: "http", request }, config)).toThrow(
      notAllowed("the request is neither signed nor from a listed origin"),
    )
    expect(allowedOrigin(request, config)).toBeUndefined()
  })

  it.each(["host", "referer", "forwarded", "x-forwarded-host", "x-forwarded-for", "x-original-host"])(
    "does not open by %s (C56)",
    (name) => {
      expect(() => callerOf(httpEvent({ headers: { [name]: pageOrigin } }))).toThrow(refused)
    },
  )

  it("is shut when no origin is listed", () => {
    const shut = loadConfig({ ...completeEnv, ALLOWED_ORIGINS: "" }) as Config
    expect(() => callerOf(browserEvent({}), shut)).toThrow(refused)
  })
})

describe("the signed door", () => {
  it.each([
    ["a role", {}],
    ["a user", { userArn: "arn:aws:iam::123456789012:user/job" }],
    ["a role of another partition", { userArn: "arn:aws-cn:sts::123456789012:assumed-role/a/b" }],
    ["a caller without the identity pool's member", { cognitoIdentity: undefined }],
  ])("opens for %s of the API's own account", (_who, iam) => {
    expect(callerOf(signedEvent({}, { iam }))).toEqual({ door: "signed" })
  })

  const otherAccount = "the signer is not of this API's own account"
  const identity = "the authorizer wrote no IAM identity"
  it.each([
    ["another account's", { iam: { userArn: "arn:aws:sts::210987654321:assumed-role/a/b" } }, otherAccount],
    ["no ARN", { iam: { userArn: undefined } }, otherAccount],
    ["an ARN without account", { iam: { userArn: "arn:aws:iam:::user/job" } }, otherAccount],
    ["an ARN that is a list", { iam: { userArn: ["arn:aws:iam::123456789012:user/job"] } }, otherAccount],
    ["an identity pool's", { iam: { cognitoIdentity: { amr: [] } } }, "the signer is an identity pool's"],
    ["a page's", { headers: { origin: "https://evil.example.com" } }, "a signed request came from a page"],
    ["a listed page's", { headers: { origin: pageOrigin } }, "a signed request came from a page"],
    ["not an object", { authorizer: { iam: "yes" } }, identity],
    ["of an authorizer that is not an object", { authorizer: "yes" }, identity],
  ])("stays shut for a signer that is %s (C64)", (_who, options, why) => {
    const { authorizer, ...rest } = { authorizer: undefined, ...options }
    const event = authorizer ? httpEvent({ authorizer }) : signedEvent({}, rest)
    expect(() => callerOf(event)).toThrow(notAllowed(why))
  })

  it.each([
    ["an identity pool's", { cognitoIdentity: { amr: [] } }],
    ["another account's", { userArn: "arn:aws:sts::210987654321:assumed-role/a/b" }],
  ])("sends a refused signer to no other door, though a listed page's: %s", (_who, iam) => {
    expect(() => callerOf(signedEvent({}, { iam, headers: { origin: pageOrigin } }))).toThrow(refused)
  })

  it.each([
    ["jwt", { jwt: { claims: { sub: "somebody" }, scopes: [] } }],
    ["lambda", { lambda: { admin: true } }],
    ["iam, without an identity", { iam: null }],
    ["unknown", {}],
  ])("stays shut behind another authorizer, and so does the browser door: %s", (_kind, authorizer) => {
    expect(() => callerOf(httpEvent({ authorizer }))).toThrow(refused)
    expect(() => callerOf(browserEvent({}, { authorizer }))).toThrow(refused)
  })

  it("does not open for a header that says so", () => {
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=AKIA",
      "x-amzn-iam-user-arn": "arn:aws:iam",
    }
    expect(() => callerOf(httpEvent({ headers }))).toThrow(refused)
  })

  it("does not open where nobody knows the account", () => {
    expect(() =>
      whoIs({ kind: "http", request: { ...requestOf(signedEvent({})), accountId: undefined } }, config),
    ).toThrow(refused)
  })
})

describe("a refusal", () => {
  it("has one code, with its reason for the log", () => {
    expect(notAllowed("why")).toEqual(new ExchangeError("origin_not_allowed", "why"))
  })
})
