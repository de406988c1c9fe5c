import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  checkMethod,
  type HttpRequestEvent,
  parseEvent,
  readFields,
} from "../../../lib/request/http-event.ts"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import type { Fields } from "../../../lib/request/fields.ts"
import { browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import { pageOrigin } from "../../support/front-door.ts"

const json = "application/json"
const form = "application/x-www-form-urlencoded"
const limit = 32 * 1024
const tooLarge = new ExchangeError("request_too_large", "the body is over 32 KiB")
const notText = requestInvalid("The body must be valid UTF-8.")
const notEncoded = requestInvalid("The form must be percent-encoded UTF-8.")
const twice = requestInvalid("A form field must not be sent twice.")

function requestOf(event: unknown): HttpRequestEvent {
  const parsed = parseEvent(event)
  if (parsed.kind !== "http") throw new Error(`the event is ${parsed.kind}`)
  return parsed.request
}

function request(options: Parameters<typeof httpEvent>[0]): HttpRequestEvent {
  return requestOf(httpEvent(options))
}

function read(mediaType: string | undefined, body?: string | Uint8Array): Fields {
  const headers = mediaType === undefined ? {} : { "content-type": mediaType }
  if (typeof body === "string") return readFields(request({ headers, body }))
  const bytes = body && { body: Buffer.from(body).toString("base64"), isBase64Encoded: true }
  return readFields(request({ headers, ...bytes }))
}

describe("a direct invocation", () => {
  it.each([{ code: "a-code" }, {}, { header: "singular" }, { body: "{}" }, { version: "2.0" }])(
    "is a plain object: %j",
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
  ])("never has %s, whatever it holds (C64)", (member) => {
    for (const value of [{}, [], "", null, undefined]) {
      expect(parseEvent({ code: "a-code", [member]: value })).toEqual({ kind: "unknown" })
    }
  })

  it.each([[null], [undefined], ["text"], [1], [[]], [[{ code: "a-code" }]]])("is not %j", (event) => {
    expect(parseEvent(event)).toEqual({ kind: "unknown" })
  })
})

describe("an HTTP request", () => {
  it("is read from payload 2.0", () => {
    const event = signedEvent({ a: 1 }, { headers: { "X-Case": "kept" }, isBase64Encoded: true })
    const request = requestOf(event)
    expect(request).toEqual({
      method: "POST",
      headers: { get: expect.any(Function) as unknown },
      cookies: { byName: new Map(), ambiguous: [] },
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

  it("has the cookies of ours that came, one by one", () => {
    const name = "__Host-so-session-a1b2c3d4-e5f60718"
    const { cookies } = requestOf({ ...httpEvent(), cookies: ["a=1", `${name}=x=y=`] })
    expect([[...cookies.byName.keys()], cookies.byName.get(name)]).toEqual([[name], "x=y="])
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
  ])("of another shape is an unknown event: %s", (_shape, changes) => {
    expect(parseEvent({ ...httpEvent(), ...changes })).toEqual({ kind: "unknown" })
  })
})

describe("the method", () => {
  it.each(["POST", "OPTIONS"])("may be %s (C50)", (method) => {
    expect(() => {
      checkMethod(request({ method }))
    }).not.toThrow()
  })

  it.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "post", ""])("may not be %j (C50)", (method) => {
    expect(() => {
      checkMethod(request({ method }))
    }).toThrow(new ExchangeError("method_not_allowed", "the method is neither POST nor OPTIONS"))
  })
})

describe("the media type", () => {
  it.each([
    [json, '{"a":"1"}'],
    ["Application/JSON; charset=utf-8", '{"a":"1"}'],
    [" application/json ;x", '{"a":"1"}'],
    [form, "a=1"],
    [`${form};charset=UTF-8`, "a=1"],
  ])("decides how the body is read: %s (C51)", (mediaType, body) => {
    expect(read(mediaType, body)).toEqual({ a: "1" })
  })

  it.each([
    undefined,
    "",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/problem+json",
    `${json},${form}`,
    `text/plain; ${json}`,
  ])("is refused when it is %j (C51)", (mediaType) => {
    expect(() => read(mediaType, '{"a":"1"}')).toThrow(
      new ExchangeError("media_type_unsupported", "the body is neither JSON nor form-encoded"),
    )
  })
})

describe("the size", () => {
  it.each([
    ["of letters", `"${"x".repeat(limit - 8)}"`],
    ["of longer characters", `"${"ø".repeat((limit - 8) / 2)}"`],
  ])("is at most 32 KiB, counted in bytes: %s (C55)", (_kind, text) => {
    const body = `{"a":${text}}`
    expect(Buffer.byteLength(body)).toBe(limit)
    expect(Object.keys(read(json, body))).toEqual(["a"])
    expect(Object.keys(read(json, Buffer.from(body)))).toEqual(["a"])
    expect(() => read(json, `${body} `)).toThrow(tooLarge)
    expect(() => read(json, Buffer.from(`${body} `))).toThrow(tooLarge)
  })

  it("is looked at before the media type, and that before the content", () => {
    expect(() => read("text/plain", "x".repeat(limit + 1))).toThrow(tooLarge)
    expect(() => read("text/plain", Buffer.from([0xff]))).toThrow(
      expect.objectContaining({ code: "media_type_unsupported" }) as unknown,
    )
  })
})

describe("a JSON body", () => {
  it("gives its members as they are", () => {
    expect(read(json, '{"text":"æøå 🔑","number":1,"list":[null]}')).toEqual({
      text: "æøå 🔑",
      number: 1,
      list: [null],
    })
  })

  it("may come in base64, as the gateway sends what it does not know to be text", () => {
    expect(read(json, Buffer.from('{"text":"æøå"}'))).toEqual({ text: "æøå" })
  })

  it("counts the last of two members of one name (C06)", () => {
    expect(read(json, '{"a":"1","a":"2"}')).toEqual({ a: "2" })
  })

  it.each([undefined, "", "null", "[]", '"text"', "1", "{", "{'a':1}", "a=1"])(
    "is refused when it is %j",
    (body) => {
      expect(() => read(json, body)).toThrow(requestInvalid("The body must be a JSON object."))
    },
  )

  it("is refused when it is not UTF-8", () => {
    expect(() => read(json, Buffer.from('{"a":"\xe6"}', "latin1"))).toThrow(notText)
  })

  it("reaches no prototype (C55)", () => {
    const fields = read(json, '{"__proto__":{"code":"x"},"constructor":{"prototype":{"code":"x"}}}')
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
    expect(fields.code).toBeUndefined()
    expect(({} as Fields).code).toBeUndefined()
  })
})

describe("a form body", () => {
  it.each([
    [undefined, {}],
    ["", {}],
    ["a=1&b=2", { a: "1", b: "2" }],
    ["&a=1&&", { a: "1" }],
    ["a", { a: "" }],
    ["a=", { a: "" }],
    ["=1", { "": "1" }],
    ["a=b=c", { a: "b=c" }],
    ["a=x+y%2Bz", { a: "x y+z" }],
    ["%61=%C3%A6", { a: "æ" }],
    ["a=æ", { a: "æ" }],
  ])("%j gives %j", (body, fields) => {
    expect(read(form, body)).toEqual(fields)
  })

  it.each(["a=1&a=2", "a=1&a=1", "a=1&b=2&a", "a=1&%61=2", "unknown=1&unknown=1", "__proto__=1&__proto__=2"])(
    "refuses a field that is sent twice: %s (C06)",
    (body) => {
      expect(() => read(form, body)).toThrow(twice)
    },
  )

  it.each(["a=%", "a=%zz", "a=%E6", "%=1", "a=%ED%A0%80"])("refuses a broken escape: %s", (body) => {
    expect(() => read(form, body)).toThrow(notEncoded)
  })

  it("is refused when it is not UTF-8", () => {
    expect(() => read(form, Buffer.from([0x61, 0x3d, 0xff]))).toThrow(notText)
  })

  it("reaches no prototype (C55)", () => {
    const fields = read(form, "__proto__=x&constructor=y")
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
    expect(Object.entries(fields)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ])
  })
})

describe("any body", () => {
  const seed = 4102
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom(...'a%=&+{}[]":,0é__proto__'.split("")) })
      .map((text) => Buffer.from(text)),
  )

  it(`is read or refused by a name of the contract (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.constantFrom(json, form), bytes, (mediaType, body) => {
        try {
          expect(Object.getPrototypeOf(read(mediaType, body))).toBe(Object.prototype)
        } catch (error) {
          expect(error).toMatchObject({ name: "ExchangeError", code: "request_invalid" })
        }
      }),
      { seed, numRuns: 500 },
    )
  })

  it(`comes through a form unchanged (seed ${seed})`, () => {
    const fields = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }))
    fc.assert(
      fc.property(fields, (sent) => {
        expect(read(form, new URLSearchParams(sent).toString())).toEqual({ ...sent })
      }),
      { seed },
    )
  })

  it.each([
    [
      "fields",
      form,
      Array.from({ length: 5000 }, (_, i) => `${i}=`)
        .join("&")
        .slice(0, limit),
    ],
    ["ampersands", form, "&".repeat(limit)],
    ["equals signs", form, "=".repeat(limit)],
    ["escapes", form, `a=${"%41".repeat(limit / 3 - 1)}`],
    ["open brackets", json, "[".repeat(limit)],
    ["open members", json, '{"a":'.repeat(limit / 5)],
  ])("is done with at once, though it is all %s", (_what, mediaType, body) => {
    const start = performance.now()
    try {
      read(mediaType, body)
    } catch (error) {
      expect(error).toMatchObject({ code: "request_invalid" })
    }
    expect(performance.now() - start).toBeLessThan(250)
  })
})
