import { verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { authenticateSystemUser } from "../../../lib/operations/authenticate-system-user.ts"
import type { Freshness, HttpAnswer } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import {
  completeEnv,
  credentials,
  jsonAnswer,
  keySetOf,
  plainAnswer,
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
} from "../../../harness/id-tokens.ts"
import {
  applicationKey,
  iat,
  openSystemUserDoor,
  pem,
  privateKeyPort,
  readPosted,
  systemUserAnswer,
  systemUserClaims,
  systemUserRefusal,
  systemUserRequest,
  systemUserUrl,
  ticket,
} from "../../support/system-user-door.ts"

const notNow = new ExchangeError("secret_unavailable", "down")
const anotherKey = createSigningKey()

/** SuperOffice's success with a signed token whose claims have these changes. */
function success(changes: Readonly<Record<string, unknown>>, key = signingKey): HttpAnswer {
  return systemUserAnswer(signIdToken(key, systemUserClaims(changes)))
}

/** What is answered to the usual request with changes, the door that it came through and what was posted. */
async function authenticate(options: FrontDoorOptions = {}, changes: object = {}) {
  const door = openSystemUserDoor(options)
  const answer = await door.invoke({ ...systemUserRequest, ...changes })
  return { answer, door, posted: door.requests.map(readPosted) }
}

describe("authenticate-system-user", () => {
  it("posts the system token with the minute, signed with the application's key, and the client secret", async () => {
    const { door, posted } = await authenticate()
    expect(door.requests.map(({ method, url, body }) => [method, url, body?.type])).toEqual([
      ["POST", systemUserUrl, "json"],
    ])
    // The body of a refusal may say why, and that of an outage says nothing.
    const needed = [200, 302, 400, 401, 403, 429, 503].filter((status) => door.requests[0]?.needsBody(status))
    expect(needed).toEqual([200, 400, 401, 403])
    expect(posted).toEqual([
      {
        ApplicationToken: "client-secret-one",
        ContextIdentifier: "Cust12020",
        ReturnTokenType: "JWT",
        signedText: "App Name-8k8Q7DmBgo.202204070659",
        signature: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/) as string,
      },
    ])
    const needs = { clientSecret: true, keySet: true, privateKey: parsePrivateKey, signingKeys: false }
    // Not for pages.
    expect(authenticateSystemUser).toMatchObject({ doors: ["signed", "direct"], needs })
  })

  it("signs for the minute of UTC, never rounded up", async () => {
    const { posted } = await authenticate({ now: new Date("2023-01-01T01:59:59.999+02:00") })
    expect(posted.map(({ signedText }) => signedText)).toEqual(["App Name-8k8Q7DmBgo.202212312359"])
  })

  it.each(["Møteplanlegger-8k8Q7DmBgo", '\ufeffa b;c+d/e%20|\\"\u2028', "-", "😀".repeat(256)])(
    "posts the system token %j unchanged, signed over its UTF-8",
    async (system_token) => {
      const { answer, posted } = await authenticate({}, { system_token })
      expect(answer).toHaveProperty("ticket", ticket)
      const signed = `${system_token}.202204070659`
      expect(posted.map(({ signedText }) => signedText)).toEqual([signed])
      const signature = Buffer.from(posted[0]?.signature ?? "", "base64")
      expect(verify("sha256", Buffer.from(signed, "utf8"), applicationKey.publicKey, signature)).toBe(true)
    },
  )

  it("posts nothing when the request breaks the contract", async () => {
    const tenants = [undefined, "", "Cust12020/../Cust1", "C".repeat(33), 12_020]
    const controls = Array.from("\0\t\n\r\u001f\u007f\u0080\u0085\u009f").map((control) => `a${control}b`)
    const tokens = [undefined, "", "a.b", "a\n", "a\ud800b", "a".repeat(257), "😀".repeat(257), ...controls]
    for (const changes of [
      ...tenants.map((tenant) => ({ tenant })),
      ...tokens.map((system_token) => ({ system_token })),
      ...[{ client_secret: "client-secret-one" }, { include: ["user"] }],
    ]) {
      const { answer, posted } = await authenticate({}, changes)
      expect(answer).toMatchObject({ code: "request_invalid", retryable: false })
      expect(posted).toEqual([])
    }
  })

  it.each<[string, FrontDoorOptions]>([
    ["secret", { credentials: () => Promise.reject(notNow) }],
    ["key set", { keySet: () => Promise.reject(notNow) }],
    ["private key", { privateKey: () => Promise.reject(notNow) }],
  ])("posts nothing while the %s cannot be read", async (_missing, options) => {
    const { answer, posted } = await authenticate(options)
    expect(answer).toMatchObject({ code: "secret_unavailable", retryable: true })
    expect(posted).toEqual([])
  })

  const noKey = "it is not an RSA private key"
  it.each<[string, FrontDoorOptions, string]>([
    ["without its setting", { env: completeEnv }, "PRIVATE_KEY_SECRET_ID is required by this function"],
    ["when it is none", { privateKey: privateKeyPort("not a key at all") }, noKey],
  ])(
    "posts nothing %s for a private key, and the log says why without a value",
    async (_what, options, why) => {
      const { answer, door } = await authenticate(options)
      expect(answer).toMatchObject({ code: "configuration_invalid", retryable: false })
      expect(door.requests).toEqual([])
      expect(door.log.join()).toContain(why)
      expect(door.log.join()).not.toContain("not a key at all")
    },
  )
})

describe("a system user's success", () => {
  const claims = {
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
  }
  const whole = { token_type: "SOTicket", ticket, expires_at: iat + 21_600, claims }

  it("brings the ticket, when it expires and the claims without it", async () => {
    expect((await authenticate()).answer).toEqual(whole)
  })

  it("may come from a token without sub, iat and nbf, and then its claims lack them", async () => {
    for (const changes of [{ nbf: null }, { sub: null, iat: undefined, nbf: undefined }]) {
      const { answer } = await authenticate({ answers: [success(changes)] })
      const left = Object.entries(claims).filter(([name]) => !Object.hasOwn(changes, name))
      expect(answer).toStrictEqual({ ...whole, claims: Object.fromEntries(left) })
    }
  })

  it("may name the tenant in other letters, have a serial number as a number, and be just within the tolerance", async () => {
    const changes = { [`${namespace}serial`]: 1_501_178_584, exp: iat - 59 }
    const { answer } = await authenticate({ answers: [success(changes)] }, { tenant: "cUST12020" })
    expect(answer).toMatchObject({ ticket, claims: { ctx: "Cust12020", serial: "1501178584" } })
  })

  it("may come after an outage, in the form of 2018, by a key that is newer than the cached set", async () => {
    const token = signIdToken(anotherKey, systemUserClaims({ iat: String(iat) }), header2018(anotherKey))
    const { answer, door } = await authenticate({
      answers: [jsonAnswer(500, {}), systemUserAnswer(token)],
      keySet: (freshness) => {
        const { jwk } = freshness === "cached" ? signingKey : anotherKey
        return Promise.resolve({ value: keySetOf(jwk), stale: false })
      },
    })
    expect(answer).toHaveProperty("ticket", ticket)
    expect(door.keySetReads).toEqual(["cached", "reread"])
    expect(door.requests).toHaveLength(2)
  })

  it("is logged with the tenant, the number of the user and the key, and with no name", async () => {
    const { door } = await authenticate()
    const { secret_stale, claims_dropped, ...line } = door.lastLine()
    expect([secret_stale, claims_dropped]).toEqual([undefined, undefined])
    const keys = { key_id: signingKey.kid, secret_version: "v1" }
    expect(line).toMatchObject({ code: "ok", posts: 1, tenant: "Cust12020", associateid: 1, ...keys })
    expect(door.log.join()).not.toContain("system@example.com")
  })

  it("lacks a claim that is malformed, which the log counts", async () => {
    const evil = success({ [`${namespace}webapi_url`]: "https://evil.example" })
    const { answer, door } = await authenticate({ answers: [evil] })
    expect(answer).not.toHaveProperty("claims.webapi_url")
    expect(door.lastLine()).toMatchObject({ code: "ok", claims_dropped: 1 })
  })

  it("brings the tenant's state when it is asked for", async () => {
    const tenant = { state: "Suspended", is_running: false, webapi_url: null, valid_until: null } as const
    const options: FrontDoorOptions = {
      tenant: (ctx) => Promise.resolve(ctx === "Cust12020" ? tenant : undefined),
    }
    expect((await authenticate(options, { include: ["tenant"] })).answer).toMatchObject({ ticket, tenant })
    expect((await authenticate(options)).answer).not.toHaveProperty("tenant")
  })
})

describe("SuperOffice's refusal of a system user", () => {
  it.each<[string, HttpAnswer, string]>([
    ["200 without a reason", jsonAnswer(200, { IsSuccessful: false }), "system_user_rejected"],
    ["200 that names the signature", systemUserRefusal("InvalidSignature"), "signing_key_rejected"],
    ["200 that names the time", systemUserRefusal("InvalidTimestamp"), "clock_rejected"],
    ["400 that names the time", jsonAnswer(400, { Message: "InvalidTimestamp" }), "clock_rejected"],
    ["400 that is no success", systemUserRefusal("Unable to authenticate", 400), "system_user_rejected"],
    ["404 that names the signature", systemUserRefusal("(7)", 404), "signing_key_rejected"],
    ...[401, 403].flatMap((status): [string, HttpAnswer, string][] => [
      [`${status} in HTML`, plainAnswer(status, "<html>Unauthorized</html>"), "system_user_rejected"],
      [`${status} that broke off`, { ...jsonAnswer(status, 0), unreadable: notNow }, "system_user_rejected"],
      [`${status} that claims success`, { ...systemUserAnswer(), status }, "system_user_rejected"],
      [`${status} that names the time`, systemUserRefusal("InvalidTimestamp", status), "clock_rejected"],
      [`${status} that names the key`, jsonAnswer(status, { Message: "(7)" }), "signing_key_rejected"],
    ]),
  ])("by %s is not repeated, and is %s", async (_what, refusal, code) => {
    const { answer, posted } = await authenticate({ answers: [refusal] })
    expect(answer).toMatchObject({ code, retryable: false })
    expect(JSON.stringify(answer)).not.toContain("token response")
    expect(posted).toHaveLength(1)
  })

  it("is followed by a second try when the client secret has been replaced", async () => {
    const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
    const { answer, door, posted } = await authenticate({
      answers: [systemUserRefusal("Unable to authenticate"), systemUserAnswer()],
      credentials: (freshness) =>
        Promise.resolve({ value: freshness === "cached" ? credentials : replaced, stale: false }),
    })
    expect(answer).toHaveProperty("ticket", ticket)
    const sent = ["client-secret-one", "client-secret-two"]
    expect(posted).toMatchObject(sent.map((ApplicationToken) => ({ ApplicationToken })))
    expect(door.lastLine()).toMatchObject({ client_secret_replaced: 1, secret_version: "v2" })
  })

  /** Refuses a system user, and tells what the next read of the private key gives. */
  async function refuse(reason: string, reread: () => Promise<string>) {
    const reads: Freshness[] = []
    const refused = authenticate({
      answers: [systemUserRefusal(reason), systemUserAnswer()],
      privateKey: async (freshness) => {
        reads.push(freshness)
        const version = freshness === "reread" ? await reread() : "k1"
        return { value: parsePrivateKey(pem, version), readAt: signedAt, stale: version === "k1" }
      },
    })
    return { ...(await refused), reads }
  }

  it("of the signature is followed by a second try when the private key has been replaced", async () => {
    const { answer, posted } = await refuse("InvalidSignature", () => Promise.resolve("k2"))
    expect(answer).toHaveProperty("ticket", ticket)
    expect(posted).toHaveLength(2)
  })

  it("of the signature stands while no other private key can be read", async () => {
    const { answer, door, posted } = await refuse("InvalidSignature", () => Promise.reject(notNow))
    expect(answer).toMatchObject({ code: "signing_key_rejected" })
    expect(posted).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({ secret_stale: 1 })
  })

  it("of the signature does not hide what goes wrong in reading the private key again", async () => {
    const refused = refuse("InvalidSignature", () => Promise.reject(new Error("unnamed")))
    await expect(refused).rejects.toThrow("Something unexpected happened")
  })

  it("for another reason looks once for another client secret, and for no other private key", async () => {
    const { answer, door, posted, reads } = await refuse("Unable to sign in", () => Promise.resolve("k2"))
    expect(answer).toMatchObject({ code: "system_user_rejected" })
    expect([reads, door.credentialReads]).toEqual([["cached"], ["cached", "reread"]])
    expect(posted).toHaveLength(1)
  })
})

describe("an answer about a system user that cannot be used", () => {
  it.each<[string, HttpAnswer | Error]>([
    ["HTML", plainAnswer(200, "<html>")],
    ["a list", jsonAnswer(200, [])],
    ["a success in words", jsonAnswer(200, { IsSuccessful: "true", Token: "x" })],
    ["a success with no token", jsonAnswer(200, { IsSuccessful: true, Token: null })],
    ["a success with an empty token", systemUserAnswer("")],
    ["a success with the status of none", { ...systemUserAnswer(), status: 404 }],
    ["a 400 without a reason", jsonAnswer(400, { Message: "The request is invalid." })],
    ["a reason without a refusal", jsonAnswer(200, { ErrorMessage: "InvalidSignature" })],
    ["a redirect", plainAnswer(302, "")],
    ["what is not HTTP", new ExchangeError("upstream_invalid", "the body is over 1 MiB")],
    ["a token without a ticket", success({ [`${namespace}ticket`]: undefined })],
    ["a token with an empty ticket", success({ [`${namespace}ticket`]: "" })],
  ])("is upstream_invalid, in words about the system user: %s", async (_what, answer) => {
    const { answer: body, posted } = await authenticate({ answers: [answer] })
    expect(body).toMatchObject({
      code: "upstream_invalid",
      error_description: "SuperOffice's answer about the system user cannot be used.",
      retryable: false,
    })
    expect(posted).toHaveLength(1)
  })

  const brokeOff = new ExchangeError("upstream_unavailable", "the answer broke off")
  it.each([
    ["its status is one", plainAnswer(503, "<html>")],
    ["it broke off", { ...plainAnswer(200, ""), unreadable: brokeOff }],
  ])("is an outage that says when to come back when %s", async (_what, answer) => {
    const { answer: body, posted } = await authenticate({ answers: [{ ...answer, retryAfterSeconds: 7 }] })
    expect(body).toMatchObject({ code: "upstream_unavailable", retryable: true, retry_after_seconds: 7 })
    expect(posted).toHaveLength(1)
  })
})

describe("a token for a system user", () => {
  const serial = `${namespace}serial`
  it.each<[string, HttpAnswer]>([
    ["for no tenant", success({ [`${namespace}ctx`]: undefined })],
    ["by a user's issuer", success({ iss: issuer })],
    ["for another serial number", success({ aud: "spn:1730265981" })],
    ["for our client id", success({ aud: clientId })],
    ["for others too", success({ aud: ["spn:1501178584", clientId] })],
    ["without a serial number, for nobody", success({ [serial]: undefined, aud: "spn:undefined" })],
    ["with an empty serial number, for nobody", success({ [serial]: "", aud: "spn:" })],
    ["with an iat that is no time", success({ iat: "yesterday" })],
    ["that has expired", success({ exp: iat - 60 })],
    ["signed by somebody else", success({}, { ...signingKey, privateKey: anotherKey.privateKey })],
    ["that is no JWT", systemUserAnswer("a ticket")],
  ])("is id_token_invalid when it is one %s", async (_what, answer) => {
    const { answer: body, posted } = await authenticate({ answers: [answer] })
    expect(body).toMatchObject({
      code: "id_token_invalid",
      error_description: "SuperOffice's token for the system user did not pass validation.",
      retryable: false,
    })
    expect(JSON.stringify(body)).not.toContain(ticket)
    expect(posted).toHaveLength(1)
  })

  it("is tenant_mismatch when it is for another tenant, and the ticket stays here", async () => {
    const { answer } = await authenticate({ answers: [success({ [`${namespace}ctx`]: "Cust26759" })] })
    expect(answer).toMatchObject({ code: "tenant_mismatch", retryable: false })
    expect(JSON.stringify(answer)).not.toContain(ticket)
  })
})
