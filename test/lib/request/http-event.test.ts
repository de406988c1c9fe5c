import { describe, expect, it } from "vitest"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import type { Fields } from "../../../lib/request/fields.ts"
import {
  checkMethod,
  parseEvent,
  readFields,
  type HttpRequestEvent,
} from "../../../lib/request/http-event.ts"
import { httpEvent, signedEvent } from "../../support/events.ts"
import { pageOrigin } from "../../support/front-door.ts"

const json = "application/json"
const form = "application/x-www-form-urlencoded"

function requestOf(event: unknown): HttpRequestEvent {
  const parsed = parseEvent(event)
  if (parsed.kind !== "http") throw new Error(`the event is ${parsed.kind}`)
  return parsed.request
}

/** Reads the fields of a body as text, or of bytes as the gateway sends what it does not know to be text. */
function read(mediaType: string | undefined, body?: string | Buffer): Fields {
  const headers = { ...(mediaType !== undefined && { "content-type": mediaType }) }
  const content =
    typeof body === "object" ? { body: body.toString("base64"), isBase64Encoded: true } : { body }
  return readFields(requestOf({ ...httpEvent({ headers }), ...content }))
}

describe("parseEvent", () => {
  it.each([{ code: "a-code" }, {}, { header: "a" }, { version: "2.0" }])(
    "takes %j for a direct one",
    (event) => {
      expect(parseEvent(event)).toEqual({ kind: "direct", fields: event })
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
  ])("takes no event with %s for a direct invocation, whatever it holds (C64)", (member) => {
    for (const value of [{}, [], "", null, undefined]) {
      expect(parseEvent({ code: "a-code", [member]: value })).toEqual({ kind: "unknown" })
    }
  })

  it.each([null, undefined, "text", 1, [{ code: "a" }]])("knows no event that is no object: %j", (event) => {
    expect(parseEvent(event)).toEqual({ kind: "unknown" })
  })

  it.each([
    { version: "1.0" },
    { version: undefined },
    { requestContext: undefined },
    { requestContext: [] },
    { requestContext: {} },
    { requestContext: { http: {} } },
    { requestContext: { http: { method: 1 } } },
  ])("knows no HTTP request of another shape: %j", (changes) => {
    expect(parseEvent({ ...httpEvent(), ...changes })).toEqual({ kind: "unknown" })
  })

  it.each([undefined, null, ["/token"]])("reads the path %j as an empty one", (rawPath) => {
    expect(requestOf({ ...httpEvent(), rawPath }).path).toBe("")
  })

  it("reads an HTTP request from payload 2.0", () => {
    const name = "__Host-so-session-a1b2c3d4-e5f60718"
    const event = signedEvent({ a: 1 }, { headers: { "X-Case": "kept" }, isBase64Encoded: true })
    const { headers, ...request } = requestOf({ ...event, cookies: ["a=1", `${name}=x=y=`] })
    expect(request).toEqual({
      method: "POST",
      path: "/signed/token",
      cookies: { byName: new Map([[name, "x=y="]]), ambiguous: [] },
      body: '{"a":1}',
      isBase64Encoded: true,
      accountId: "123456789012",
      authorizer: { iam: expect.objectContaining({ cognitoIdentity: null }) as unknown },
    })
    expect(["x-case", "x-absent", "__proto__"].map((name) => headers.get(name))).toEqual([
      "kept",
      undefined,
      undefined,
    ])
  })

  it("reads only those headers whose value is text", () => {
    const headers = { origin: [pageOrigin], "x-csrf": 1, "x-null": null, "x-text": "" }
    const { headers: read } = requestOf({ ...httpEvent(), headers })
    expect(Object.keys(headers).map((name) => read.get(name))).toEqual([undefined, undefined, undefined, ""])
  })

  it.each([undefined, null, "x-csrf: 1"])("reads no headers from %j", (headers) => {
    expect(requestOf({ ...httpEvent(), headers }).headers.get("x-csrf")).toBeUndefined()
  })
})

describe("checkMethod", () => {
  const check = (method: string) => () => {
    checkMethod(requestOf(httpEvent({ method })))
  }

  it.each(["POST", "OPTIONS"])("lets %s pass (C50)", (method) => {
    expect(check(method)).not.toThrow()
  })

  it.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "post", ""])("refuses %j (C50)", (method) => {
    const refusal = new ExchangeError("method_not_allowed", "the method is neither POST nor OPTIONS")
    expect(check(method)).toThrow(refusal)
  })
})

describe("readFields", () => {
  const notUtf8 = requestInvalid("The body must be valid UTF-8.")

  it.each([
    [json, '{"a":"1"}'],
    ["Application/JSON; charset=utf-8", '{"a":"1"}'],
    [" application/json ;x", '{"a":"1"}'],
    [form, "a=1"],
    [`${form};charset=UTF-8`, "a=1"],
  ])("reads a body by its media type: %s (C51)", (mediaType, body) => {
    expect(read(mediaType, body)).toEqual({ a: "1" })
  })

  it.each([
    undefined,
    "",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/problem+json",
    `${json},${form}`,
    `text/plain; ${json}`,
  ])("refuses the media type %j (C51)", (mediaType) => {
    const refusal = new ExchangeError("media_type_unsupported", "the body is neither JSON nor form-encoded")
    for (const body of ['{"a":"1"}', Buffer.from([0xff])]) {
      expect(() => read(mediaType, body)).toThrow(refusal)
    }
  })

  it.each(["x", "ø"])("refuses over 32 KiB, whatever the media type, of letters %s (C55)", (letter) => {
    const refusal = new ExchangeError("request_too_large", "the body is over 32 KiB")
    const most = `{"a":"${letter.repeat((32 * 1024 - 8) / Buffer.byteLength(letter))}"}`
    for (const encode of [String, (text: string) => Buffer.from(text)]) {
      expect(Object.keys(read(json, encode(most)))).toEqual(["a"])
      expect(() => read("text/plain", encode(`${most} `))).toThrow(refusal)
    }
  })

  it("reads members of JSON as they are, in base64 too", () => {
    const fields = { text: "æøå 🔑", number: 1, list: [null] }
    const text = JSON.stringify(fields)
    expect([read(json, text), read(json, Buffer.from(text))]).toEqual([fields, fields])
  })

  it("counts the last of two members of one name in JSON (C06)", () => {
    expect(read(json, '{"a":"1","a":"2"}')).toEqual({ a: "2" })
  })

  it.each([undefined, "", "null", "[]", '"text"', "1", "{", "a=1"])("refuses %j as JSON", (body) => {
    expect(() => read(json, body)).toThrow(requestInvalid("The body must be a JSON object."))
  })

  it.each([json, form])("refuses a body that is not UTF-8: %s", (mediaType) => {
    expect(() => read(mediaType, Buffer.from([0x61, 0x3d, 0xff]))).toThrow(notUtf8)
  })

  it.each([
    [json, '{"__proto__":"x","constructor":"y"}'],
    [form, "__proto__=x&constructor=y"],
  ])("reaches no prototype: %s (C55)", (mediaType, body) => {
    const fields = read(mediaType, body)
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
    expect(Object.entries(fields)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ])
  })

  it.each([
    [undefined, {}],
    ["", {}],
    ["&a=1&&", { a: "1" }],
    ["a", { a: "" }],
    ["=1", { "": "1" }],
    ["a=b=c", { a: "b=c" }],
    ["a=x+y%2Bz", { a: "x y+z" }],
    ["%61=%C3%A6", { a: "æ" }],
    ["a=æ", { a: "æ" }],
    [new URLSearchParams({ "&=+% ": "ø💎\0&=+% " }).toString(), { "&=+% ": "ø💎\0&=+% " }],
  ])("reads the form %j as %j", (body, fields) => {
    expect(read(form, body)).toEqual(fields)
  })

  it.each(["a=1&a=1", "a=1&b=2&a", "a=1&%61=2"])("refuses a form field sent twice: %s (C06)", (body) => {
    expect(() => read(form, body)).toThrow(requestInvalid("A form field must not be sent twice."))
  })

  it.each(["a=%", "a=%zz", "a=%E6", "%=1"])("refuses a broken escape in a form: %s", (body) => {
    expect(() => read(form, body)).toThrow(requestInvalid("The form must be percent-encoded UTF-8."))
  })
})
