import { describe, expect, it } from "vitest"
import { loadConfig, type Config } from "../../../lib/config.ts"
import {
  httpCaller,
  listedOrigin,
  notAllowed,
  readArrival,
  type Caller,
} from "../../../lib/request/caller.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import { completeEnv, pageOrigin } from "../../support/front-door.ts"

const config = loadConfig(completeEnv) as Config

function requestOf(event: unknown) {
  const arrival = readArrival(event)
  if (arrival.kind !== "http") throw new Error(`the event is ${arrival.kind}`)
  return arrival.request
}

function callerOf(event: unknown, settings = config): Caller {
  return httpCaller(requestOf(event), settings)
}

const refused = expect.objectContaining({ code: "origin_not_allowed" }) as unknown as Error

describe("a direct invocation", () => {
  it.each([{ code: "a-code" }, {}, { header: "singular" }, { body: "{}" }, { version: "2.0" }])(
    "is a plain object: %j",
    (event) => {
      expect(readArrival(event)).toEqual({ kind: "direct", fields: event })
    },
  )

  it.each([
    "requestContext",
    "headers",
    "multiValueHeaders",
    "httpMethod",
    "routeKey",
    "rawPath",
    "Records",
    "detail-type",
  ])("never has %s, whatever it holds (C64)", (member) => {
    for (const value of [{}, [], "", null, undefined]) {
      expect(readArrival({ code: "a-code", [member]: value })).toEqual({ kind: "foreign" })
    }
  })

  it.each([[null], [undefined], ["text"], [1], [[]], [[{ code: "a-code" }]]])("is not %j", (event) => {
    expect(readArrival(event)).toEqual({ kind: "foreign" })
  })
})

describe("an HTTP request", () => {
  it("is read from payload 2.0", () => {
    const event = signedEvent({ a: 1 }, { headers: { "X-Case": "kept" }, isBase64Encoded: true })
    const request = requestOf(event)
    expect(request).toEqual({
      method: "POST",
      headers: { get: expect.any(Function) as unknown },
      cookies: new Map(),
      body: '{"a":1}',
      isBase64Encoded: true,
      accountId: "123456789012",
      authorizer: { iam: expect.objectContaining({ cognitoIdentity: null }) as unknown },
    })
    expect(request.headers.get("x-case")).toBe("kept")
    expect(request.headers.get("x-absent")).toBeUndefined()
    expect(request.headers.get("__proto__")).toBeUndefined()
  })

  it("joins a header that came in two spellings, so that neither of them wins", () => {
    const request = requestOf(browserEvent({}, { headers: { Origin: "https://other.example.com" } }))
    expect(request.headers.get("origin")).toBe(`${pageOrigin},https://other.example.com`)
  })

  it("has the cookies that came one by one as name and value, of whatever shape they are", () => {
    const cookiesOf = (cookies: unknown) => [...requestOf({ ...httpEvent(), cookies }).cookies]
    expect(cookiesOf(["a=1", " b = 2 ", "c=x=y=", "d="])).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "x=y="],
      ["d", ""],
    ])
    // A browser sends a cookie without a name by its value alone (RFC 6265bis §5.8.3).
    expect(cookiesOf(["nameless"])).toEqual([["", "nameless"]])
    expect(cookiesOf(["=nameless"])).toEqual([["", "nameless"]])
    expect(cookiesOf(["a=1", 7, null, ["b=2"], { c: 3 }])).toEqual([["a", "1"]])
    for (const none of [undefined, null, "a=1", { a: 1 }]) expect(cookiesOf(none)).toEqual([])
  })

  it("has only those headers whose value is text", () => {
    const headers = { origin: ["https://app.example.com"], "x-csrf": 1, "x-null": null, "x-text": "" }
    const request = requestOf({ ...httpEvent(), headers })
    for (const name of ["origin", "x-csrf", "x-null"]) expect(request.headers.get(name)).toBeUndefined()
    expect(request.headers.get("x-text")).toBe("")
    for (const none of [undefined, null, "x-csrf: 1"]) {
      expect(requestOf({ ...httpEvent(), headers: none }).headers.get("x-csrf")).toBeUndefined()
    }
  })

  it.each([
    ["version 1.0", { version: "1.0" }],
    ["no version", { version: undefined }],
    ["no context", { requestContext: undefined }],
    ["a context that is a list", { requestContext: [] }],
    ["no http member", { requestContext: {} }],
    ["no method", { requestContext: { http: {} } }],
    ["a method that is not text", { requestContext: { http: { method: 1 } } }],
  ])("of another shape is foreign: %s", (_shape, changes) => {
    expect(readArrival({ ...httpEvent(), ...changes })).toEqual({ kind: "foreign" })
  })
})

describe("the browser door", () => {
  it("opens for a listed origin", () => {
    expect(callerOf(browserEvent({}))).toEqual({
      door: "browser",
      origin: pageOrigin,
      cookies: new Map(),
      isGuarded: false,
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
    expect(() => httpCaller(request, config)).toThrow(
      notAllowed("the request is neither signed nor from a listed origin"),
    )
    expect(listedOrigin(request, config)).toBeUndefined()
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

  const foreign = "the signer is not of this API's own account"
  const identity = "the authorizer wrote no IAM identity"
  it.each([
    ["another account's", { iam: { userArn: "arn:aws:sts::210987654321:assumed-role/a/b" } }, foreign],
    ["no ARN", { iam: { userArn: undefined } }, foreign],
    ["an ARN without account", { iam: { userArn: "arn:aws:iam:::user/job" } }, foreign],
    ["an ARN that is a list", { iam: { userArn: ["arn:aws:iam::123456789012:user/job"] } }, foreign],
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
    expect(() => httpCaller({ ...requestOf(signedEvent({})), accountId: undefined }, config)).toThrow(refused)
  })
})

describe("a refusal", () => {
  it("has one code, with its reason for the log", () => {
    expect(notAllowed("why")).toEqual(new ExchangeError("origin_not_allowed", "why"))
  })
})
