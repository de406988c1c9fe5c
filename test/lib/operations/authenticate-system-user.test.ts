import { generateKeyPairSync, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Freshness, HttpAnswer, HttpRequest } from "../../../lib/ports.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { Secret } from "../../../lib/secret.ts"
import { authenticateSystemUser } from "../../../lib/operations/authenticate-system-user.ts"
import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import {
  completeEnv,
  credentials,
  jsonAnswer,
  keySetOf,
  openFrontDoor,
  requestId,
  signingKey,
  type FrontDoorOptions,
} from "../../support/front-door.ts"
import {
  clientId,
  createSigningKey,
  header2018,
  issuer,
  namespace,
  signedAt,
  signIdToken,
} from "../../support/id-tokens.ts"

const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pem = applicationKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
const request = { tenant: "Cust12020", system_token: "App Name-8k8Q7DmBgo" }
const ticket = "7T:QQBBAEIAQwA="
const iat = signedAt.getTime() / 1000
const url = "https://sod.superoffice.com/Login/api/PartnerSystemUser/Authenticate"

/** The claims of a token for programs, as SuperOffice writes them; undefined leaves one out. */
function claimsWith(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    sub: "system@example.com",
    [`${namespace}associateid`]: "1",
    [`${namespace}upn`]: "system@example.com",
    [`${namespace}ctx`]: "Cust12020",
    [`${namespace}serial`]: "1501178584",
    [`${namespace}webapi_url`]: "https://sod.superoffice.com/Cust12020/api/",
    [`${namespace}ticket`]: ticket,
    iat,
    nbf: iat - 60,
    exp: iat + 21_600,
    iss: "SuperOffice AS",
    aud: "spn:1501178584",
    ...changes,
  }
}

function success(token = signIdToken(signingKey, claimsWith())): HttpAnswer {
  return jsonAnswer(200, { IsSuccessful: true, Token: token, ErrorMessage: null })
}

function refusal(ErrorMessage: unknown, status = 200): HttpAnswer {
  return jsonAnswer(status, { IsSuccessful: false, Token: null, ErrorMessage })
}

function open(options: FrontDoorOptions = {}) {
  return openFrontDoor(authenticateSystemUser, {
    env: { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key" },
    privateKey: holding(pem),
    answers: [success()],
    ...options,
  })
}

/** The port of a private key whose secret has this text. */
function holding(text: string | undefined): NonNullable<FrontDoorOptions["privateKey"]> {
  return () =>
    Promise.resolve().then(() => ({ value: parsePrivateKey(text, "k1"), readAt: signedAt, stale: false }))
}

/** What was posted, read as SuperOffice would. */
function posted({ body }: HttpRequest) {
  const { SignedSystemToken, ...others } = JSON.parse(body?.text ?? "{}") as Record<string, string>
  const [, signedText = "", signature = ""] = /^(.*)\.([^.]*)$/.exec(SignedSystemToken ?? "") ?? []
  return { ...others, signedText, signature }
}

describe("what is posted", () => {
  it("is the system token with the minute of UTC, signed with the application's key, and the client secret", async () => {
    const door = open()
    await door.invoke(request)
    expect(door.requests.map(({ method, url, body }) => [method, url, body?.type])).toEqual([
      ["POST", url, "json"],
    ])
    const [body] = door.requests.map(posted)
    expect(body).toMatchObject({
      ApplicationToken: "client-secret-one",
      ContextIdentifier: "Cust12020",
      ReturnTokenType: "JWT",
      signedText: "App Name-8k8Q7DmBgo.202204070659",
    })
    // PKCS#1 v1.5 is what Node means by an RSA key and a hash; the signature is standard base64, padding and all.
    expect(body?.signature).toMatch(/^[A-Za-z0-9+/]{342}==$/)
    const signature = Buffer.from(body?.signature ?? "", "base64")
    const signed = Buffer.from(body?.signedText ?? "")
    expect(verify("sha256", signed, applicationKey.publicKey, signature)).toBe(true)
  })

  it.each([
    ["2022-12-31T23:59:59.999Z", "202212312359"],
    ["2023-01-01T00:00:00.000Z", "202301010000"],
    ["2024-02-29T05:06:07.008+02:00", "202402290306"],
  ])("at %s carries the minute %s, never rounded up", async (at, minute) => {
    const door = open({ now: new Date(at) })
    await door.invoke(request)
    expect(door.requests.map((one) => posted(one).signedText)).toEqual([`App Name-8k8Q7DmBgo.${minute}`])
  })

  it("is nothing when the request breaks the contract", async () => {
    const wrong: Record<string, unknown>[] = [
      {},
      { ...request, tenant: undefined },
      { ...request, tenant: "" },
      { ...request, tenant: "Cust12020/../Cust1" },
      { ...request, tenant: "C".repeat(33) },
      { ...request, tenant: 12_020 },
      { ...request, system_token: undefined },
      { ...request, system_token: "a.b" },
      { ...request, system_token: "a\nb" },
      { ...request, system_token: "å" },
      { ...request, system_token: "a".repeat(257) },
      { ...request, client_secret: "client-secret-one" },
    ]
    const door = open()
    for (const fields of wrong) {
      expect(await door.invoke(fields)).toMatchObject({ code: "request_invalid", retryable: false })
    }
    expect(door.requests).toEqual([])
    expect(await door.invoke({ ...request, system_token: "~".repeat(256) })).toHaveProperty("ticket")
  })

  it.each(["secret", "key set", "private key"])("is nothing while the %s cannot be read", async (missing) => {
    const down = () => Promise.reject(new ExchangeError("secret_unavailable", "down"))
    const door = open({
      ...(missing === "secret" && { credentials: down }),
      ...(missing === "key set" && { keySet: down }),
      ...(missing === "private key" && { privateKey: down }),
    })
    expect(await door.invoke(request)).toMatchObject({ code: "secret_unavailable", retryable: true })
    expect(door.requests).toEqual([])
  })
})

describe("a success", () => {
  it("brings the ticket, when it expires, and the claims without it", async () => {
    expect(await open().invoke(request)).toEqual({
      token_type: "SOTicket",
      ticket,
      expires_at: iat + 21_600,
      claims: {
        iss: "SuperOffice AS",
        sub: "system@example.com",
        aud: "spn:1501178584",
        iat,
        nbf: iat - 60,
        exp: iat + 21_600,
        associateid: 1,
        upn: "system@example.com",
        ctx: "Cust12020",
        serial: "1501178584",
        webapi_url: "https://sod.superoffice.com/Cust12020/api/",
      },
    })
  })

  it("is the same through the signed door", async () => {
    const answer = await open().invoke(signedEvent(request, { path: "/signed/authenticate-system-user" }))
    expect(answer).toMatchObject({ statusCode: 200 })
    expect(bodyOf(answer)).toEqual(await open().invoke(request))
  })

  it("may have the header and the times of the older generation, and a second post after an outage", async () => {
    const token = signIdToken(signingKey, claimsWith({ iat: String(iat) }), header2018(signingKey))
    const door = open({ answers: [jsonAnswer(500, {}), success(token)] })
    expect(await door.invoke(request)).toHaveProperty("ticket", ticket)
    expect(door.requests).toHaveLength(2)
  })

  it("may be signed by a key that is newer than the copy of the key set", async () => {
    const newKey = createSigningKey()
    const door = open({
      answers: [success(signIdToken(newKey, claimsWith()))],
      keySet: (freshness) =>
        Promise.resolve({
          value: keySetOf((freshness === "cached" ? signingKey : newKey).jwk),
          stale: false,
        }),
    })
    expect(await door.invoke(request)).toHaveProperty("ticket", ticket)
    expect(door.keySetReads).toContain("reread")
  })

  it("is noted with the tenant and the key, and nothing of the user", async () => {
    const door = open()
    await door.invoke(request)
    expect(door.lastLine()).toMatchObject({
      function: "authenticate-system-user",
      door: "direct",
      code: "ok",
      posts: 1,
      tenant: "Cust12020",
      key_id: signingKey.kid,
      secret_version: "v1",
    })
    expect(door.lastLine()).not.toHaveProperty("secret_stale")
    expect(door.lastLine()).not.toHaveProperty("claims_dropped")
    expect(door.log.join()).not.toContain("system@example.com")
  })

  it("may have its serial number as a number", async () => {
    const token = signIdToken(signingKey, claimsWith({ [`${namespace}serial`]: 1_501_178_584 }))
    expect(await open({ answers: [success(token)] }).invoke(request)).toHaveProperty(
      "claims.serial",
      "1501178584",
    )
  })

  it("lacks a claim that is malformed, which is noted", async () => {
    const token = signIdToken(signingKey, claimsWith({ [`${namespace}webapi_url`]: "https://evil.example" }))
    const door = open({ answers: [success(token)] })
    expect(await door.invoke(request)).not.toHaveProperty("claims.webapi_url")
    expect(door.lastLine()).toMatchObject({ code: "ok", claims_dropped: 1 })
  })
})

describe("the doors", () => {
  it("are shut to a page, which learns nothing", async () => {
    const door = open()
    const answer = await door.invoke(browserEvent(request, { path: "/authenticate-system-user" }))
    expect(answer.statusCode).toBe(403)
    expect(bodyOf(answer)).toMatchObject({ code: "origin_not_allowed" })
    expect(door.requests).toEqual([])
  })

  it("are shut to the preflight of a page, whose browser then sends nothing", async () => {
    const answer = await open().invoke(browserEvent(request, { method: "OPTIONS" }))
    expect(answer.statusCode).toBe(403)
    expect(answer.headers).not.toHaveProperty("access-control-allow-methods")
  })
})

describe("SuperOffice's refusal", () => {
  it.each([
    ["InvalidSignature", "signing_key_rejected"],
    ["The signature is not valid", "signing_key_rejected"],
    ["InvalidTimestamp", "clock_rejected"],
    ["Invalid time stamp.", "clock_rejected"],
    ["The clock differs", "clock_rejected"],
    ["Unable to authenticate", "system_user_rejected"],
    ["", "system_user_rejected"],
    [null, "system_user_rejected"],
    [{ signature: true }, "system_user_rejected"],
    [["InvalidSignature"], "system_user_rejected"],
  ])("%j is %s, and is not repeated", async (message, code) => {
    const door = open({ answers: [refusal(message)] })
    expect(await door.invoke(request)).toMatchObject({ code, retryable: false })
    expect(door.requests).toHaveLength(1)
  })

  it("counts with another status too", async () => {
    expect(await open({ answers: [refusal("InvalidSignature", 401)] }).invoke(request)).toMatchObject({
      code: "signing_key_rejected",
    })
  })

  it.each([
    ["system_user_rejected", 400, "invalid_grant", "Unable to authenticate"],
    ["signing_key_rejected", 502, "server_error", "InvalidSignature"],
    ["clock_rejected", 502, "server_error", "InvalidTimestamp"],
  ])("as %s is a %i", async (code, status, error, message) => {
    const answer = await open({ answers: [refusal(message)] }).invoke(signedEvent(request))
    expect(answer.statusCode).toBe(status)
    expect(bodyOf(answer)).toMatchObject({ code, error, request_id: requestId })
  })

  it("heals when the client secret has been replaced", async () => {
    const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
    const door = open({
      answers: [refusal("Unable to authenticate"), success()],
      credentials: (freshness: Freshness) =>
        Promise.resolve({ value: freshness === "cached" ? credentials : replaced, stale: false }),
    })
    expect(await door.invoke(request)).toHaveProperty("ticket", ticket)
    expect(door.requests.map((one) => JSON.parse(one.body?.text ?? "{}") as object)).toMatchObject([
      { ApplicationToken: "client-secret-one" },
      { ApplicationToken: "client-secret-two" },
    ])
    expect(door.lastLine()).toMatchObject({ client_secret_replaced: 1, secret_version: "v2" })
  })

  it("of the signature heals when the private key has been replaced", async () => {
    const door = open({
      answers: [refusal("InvalidSignature"), success()],
      privateKey: (freshness) => {
        const version = freshness === "reread" ? "k2" : "k1"
        return Promise.resolve({ value: parsePrivateKey(pem, version), readAt: signedAt, stale: false })
      },
    })
    expect(await door.invoke(request)).toHaveProperty("ticket", ticket)
    expect(door.requests).toHaveLength(2)
  })

  it("of the signature stands while no other private key can be read", async () => {
    const door = open({
      answers: [refusal("InvalidSignature")],
      privateKey: (freshness) =>
        freshness === "reread"
          ? Promise.reject(new ExchangeError("secret_unavailable", "down"))
          : Promise.resolve({ value: parsePrivateKey(pem, "k1"), readAt: signedAt, stale: true }),
    })
    expect(await door.invoke(request)).toMatchObject({ code: "signing_key_rejected" })
    expect(door.requests).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({ secret_stale: 1 })
  })

  it("for another reason asks for no other private key", async () => {
    const reads: Freshness[] = []
    const door = open({
      answers: [refusal("Unable to authenticate"), success()],
      privateKey: (freshness) => {
        reads.push(freshness)
        const version = freshness === "reread" ? "k2" : "k1"
        return Promise.resolve({ value: parsePrivateKey(pem, version), readAt: signedAt, stale: false })
      },
    })
    expect(await door.invoke(request)).toMatchObject({ code: "system_user_rejected" })
    expect(reads).toEqual(["cached"])
    expect(door.requests).toHaveLength(1)
  })

  it("of the signature does not hide what goes wrong in reading the private key again", async () => {
    const door = open({
      answers: [refusal("InvalidSignature")],
      privateKey: (freshness) =>
        freshness === "reread"
          ? Promise.reject(new Error("unnamed"))
          : Promise.resolve({ value: parsePrivateKey(pem, "k1"), readAt: signedAt, stale: false }),
    })
    await expect(door.invoke(request)).rejects.toThrow("Something unexpected happened")
    expect(door.lastLine()).toMatchObject({ code: "unexpected" })
  })

  it("stands when the client secret is still the same, having looked once", async () => {
    const door = open({ answers: [refusal("Unable to authenticate")] })
    await door.invoke(request)
    expect(door.credentialReads).toEqual(["cached", "reread"])
    expect(door.requests).toHaveLength(1)
  })
})

describe("an answer that is not one", () => {
  it.each<[string, HttpAnswer, string]>([
    ["HTML", { status: 200, retryAfterSeconds: undefined, body: "<html>" }, "upstream_invalid"],
    ["nothing", { status: 200, retryAfterSeconds: undefined, body: "" }, "upstream_invalid"],
    ["a list", jsonAnswer(200, []), "upstream_invalid"],
    ["another object", jsonAnswer(200, { Message: "The request is invalid." }), "upstream_invalid"],
    ["a success in words", jsonAnswer(200, { IsSuccessful: "true", Token: "x" }), "upstream_invalid"],
    ["a success with no token", jsonAnswer(200, { IsSuccessful: true, Token: null }), "upstream_invalid"],
    ["a success with an empty token", success(""), "upstream_invalid"],
    ["a redirect", { status: 302, retryAfterSeconds: undefined, body: "" }, "upstream_invalid"],
    [
      "a 404 of a web server",
      { status: 404, retryAfterSeconds: undefined, body: "<html>" },
      "upstream_invalid",
    ],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable"],
    ["a 500 in HTML", { status: 500, retryAfterSeconds: undefined, body: "<html>" }, "upstream_unavailable"],
    ["a 503", { status: 503, retryAfterSeconds: 7, body: "" }, "upstream_unavailable"],
  ])("%s", async (_what, answer, code) => {
    const body = await open({ answers: [answer] }).invoke(request)
    expect(body).toMatchObject({ code, retryable: code === "upstream_unavailable" })
    expect(body).not.toHaveProperty("ticket")
  })

  it("says when to come back, when SuperOffice did, and does not ask before that", async () => {
    const door = open({ answers: [{ status: 503, retryAfterSeconds: 7, body: "" }] })
    expect(await door.invoke(request)).toMatchObject({ retryable: true, retry_after_seconds: 7 })
    expect(door.requests).toHaveLength(1)
  })

  it("is asked for no second time when it does not come in time", async () => {
    const door = open({ answers: [new ExchangeError("upstream_timeout", "late")] })
    expect(await door.invoke(request)).toMatchObject({ code: "upstream_timeout", retryable: true })
    expect(door.requests).toHaveLength(1)
  })
})

describe("a token that may not be believed", () => {
  const stranger = createSigningKey()
  const at = (seconds: number) => iat + seconds
  it.each<[string, string, string]>([
    ["for another tenant", signed({ [`${namespace}ctx`]: "Cust26759" }), "tenant_mismatch"],
    ["for the same tenant in other letters", signed({ [`${namespace}ctx`]: "CUST12020" }), "tenant_mismatch"],
    ["for no tenant", signed({ [`${namespace}ctx`]: undefined }), "id_token_invalid"],
    ["by a user's issuer", signed({ iss: issuer }), "id_token_invalid"],
    ["by no issuer", signed({ iss: undefined }), "id_token_invalid"],
    ["for another serial number", signed({ aud: "spn:1730265981" }), "id_token_invalid"],
    ["for our client id", signed({ aud: clientId }), "id_token_invalid"],
    ["for others too", signed({ aud: ["spn:1501178584", clientId] }), "id_token_invalid"],
    ["for the number alone", signed({ aud: "1501178584" }), "id_token_invalid"],
    ["with another serial number", signed({ [`${namespace}serial`]: "1730265981" }), "id_token_invalid"],
    ["without a serial number", signed({ [`${namespace}serial`]: undefined }), "id_token_invalid"],
    [
      "without a serial number, for nobody",
      signed({ [`${namespace}serial`]: undefined, aud: "spn:undefined" }),
      "id_token_invalid",
    ],
    [
      "with an empty serial number, for nobody",
      signed({ [`${namespace}serial`]: "", aud: "spn:" }),
      "id_token_invalid",
    ],
    ["with another authorized party", signed({ azp: clientId }), "id_token_invalid"],
    ["without a subject", signed({ sub: undefined }), "id_token_invalid"],
    ["that has expired", signed({ exp: at(-60) }), "id_token_invalid"],
    ["without an end", signed({ exp: undefined }), "id_token_invalid"],
    ["that is not valid yet", signed({ nbf: at(61) }), "id_token_invalid"],
    ["from the future", signed({ iat: at(61) }), "id_token_invalid"],
    ["of more than an hour ago", signed({ iat: at(-3_661) }), "id_token_invalid"],
    ["signed by somebody else", signIdToken(stranger, claimsWith()), "id_token_invalid"],
    [
      "signed by somebody else in the name of SuperOffice's key",
      signIdToken({ ...stranger, kid: signingKey.kid, x5t: signingKey.x5t }, claimsWith()),
      "id_token_invalid",
    ],
    ["that is not signed", `${unsigned()}.`, "id_token_invalid"],
    ["that is no JWT", "a ticket", "id_token_invalid"],
    ["without a ticket", signed({ [`${namespace}ticket`]: undefined }), "upstream_invalid"],
    ["with an empty ticket", signed({ [`${namespace}ticket`]: "" }), "upstream_invalid"],
    ["with a ticket that is no text", signed({ [`${namespace}ticket`]: 7 }), "upstream_invalid"],
  ])("is one %s", async (_what, token, code) => {
    const door = open({ answers: [success(token)] })
    const answer = await door.invoke(request)
    expect(answer).toMatchObject({ code, retryable: false })
    expect(JSON.stringify(answer)).not.toContain(ticket)
    expect(door.requests).toHaveLength(1)
  })

  it.each(["at+jwt", "logout+jwt", "application/jwt"])("is one of type %s (C35)", async (typ) => {
    const token = signIdToken(signingKey, claimsWith(), { alg: "RS256", kid: signingKey.kid, typ })
    expect(await open({ answers: [success(token)] }).invoke(request)).toMatchObject({
      code: "id_token_invalid",
    })
  })

  it("is one whose tolerance is over, and not one second before", async () => {
    const token = signed({ exp: at(-59) })
    expect(await open({ answers: [success(token)] }).invoke(request)).toHaveProperty("ticket")
  })

  function signed(changes: Readonly<Record<string, unknown>>): string {
    return signIdToken(signingKey, claimsWith(changes))
  }

  function unsigned(): string {
    return [{ alg: "none", typ: "JWT" }, claimsWith()]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".")
  }
})

describe("the settings", () => {
  it("need PRIVATE_KEY_SECRET_ID, and the log says so", async () => {
    const door = open({ env: completeEnv })
    expect(await door.invoke(request)).toMatchObject({ code: "configuration_invalid", retryable: false })
    expect(door.lastLine()).toMatchObject({
      level: "ERROR",
      problems: ["PRIVATE_KEY_SECRET_ID is required by this function"],
    })
    expect(door.requests).toEqual([])
  })

  it.each([
    ["missing", undefined],
    ["not PEM", "not a key"],
    ["a public key", applicationKey.publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["an elliptic curve's", ecPem()],
  ])("are wrong when the private key is %s", async (_what, text) => {
    const door = open({ privateKey: holding(text) })
    expect(await door.invoke(request)).toMatchObject({ code: "configuration_invalid", retryable: false })
    expect(door.requests).toEqual([])
    expect(door.log.join()).not.toContain(text ?? "undefined")
  })

  function ecPem(): string {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    return privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  }
})

describe("nothing secret", () => {
  const words = "Unable to authenticate App Name-8k8Q7DmBgo with client-secret-one"
  it.each<[string, FrontDoorOptions]>([
    ["a success", {}],
    ["a refusal that quotes us", { answers: [refusal(words)] }],
    ["a refused signature", { answers: [refusal(`InvalidSignature ${words}`)] }],
    ["an answer that quotes us", { answers: [{ status: 200, retryAfterSeconds: undefined, body: words }] }],
    [
      "an outage",
      { answers: [new ExchangeError("upstream_unavailable", "down", { cause: new Error(words) })] },
    ],
    [
      "a token that may not be believed",
      { answers: [success(signIdToken(signingKey, claimsWith({ iss: "" })))] },
    ],
    [
      "another tenant's token",
      { answers: [success(signIdToken(signingKey, claimsWith({ [`${namespace}ctx`]: "Cust1" })))] },
    ],
    ["something unexpected", { answers: [new Error(words)] }],
  ])("is in the log or in an error after %s", async (_what, options) => {
    const env = { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key", LOG_LEVEL: "DEBUG" }
    const door = open({ ...options, env })
    const answer = await door.invoke(request).catch((error: unknown) => String(error))
    const said = [
      ...door.log,
      ...(typeof answer === "object" && "ticket" in answer ? [] : [JSON.stringify(answer)]),
    ].join()
    const [body] = door.requests.map(posted)
    const secrets = [
      request.system_token,
      "client-secret-one",
      ticket,
      body?.signature ?? "",
      ...pem.split("\n").filter((line) => line.length > 40),
    ]
    expect(door.log).toHaveLength(1)
    for (const secret of secrets) expect(said).not.toContain(secret)
  })
})
