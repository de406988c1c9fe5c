import { generateKeyPairSync, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import {
  completeEnv,
  jsonAnswer,
  keySetOf,
  signingKey,
  type FrontDoorOptions,
} from "../../support/front-door.ts"
import { createSigningKey, header2018, namespace, signIdToken } from "../../support/id-tokens.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"
import {
  applicationKey,
  systemUserClaims,
  privateKeyPort,
  iat,
  openSystemUserDoor,
  pem,
  readPosted,
  systemUserRefusal,
  systemUserRequest,
  systemUserAnswer,
  ticket,
  systemUserUrl,
} from "../../support/system-user-door.ts"

describe("what is posted", () => {
  it("is the system token with the minute of UTC, signed with the application's key, and the client secret", async () => {
    const door = openSystemUserDoor()
    await door.invoke(systemUserRequest)
    expect(door.requests.map(({ method, url, body }) => [method, url, body?.type])).toEqual([
      ["POST", systemUserUrl, "json"],
    ])
    // The body of a refusal may say why, and that of an outage says nothing.
    const needed = [200, 302, 400, 401, 403, 429, 503].filter((status) => door.requests[0]?.needsBody(status))
    expect(needed).toEqual([200, 400, 401, 403])
    const [body] = door.requests.map(readPosted)
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
    const door = openSystemUserDoor({ now: new Date(at) })
    await door.invoke(systemUserRequest)
    expect(door.requests.map((one) => readPosted(one).signedText)).toEqual([`App Name-8k8Q7DmBgo.${minute}`])
  })

  it("is nothing when the request breaks the contract", async () => {
    const wrong: Record<string, unknown>[] = [
      {},
      { ...systemUserRequest, tenant: undefined },
      { ...systemUserRequest, tenant: "" },
      { ...systemUserRequest, tenant: "Cust12020/../Cust1" },
      { ...systemUserRequest, tenant: "C".repeat(33) },
      { ...systemUserRequest, tenant: 12_020 },
      { ...systemUserRequest, system_token: undefined },
      { ...systemUserRequest, system_token: "a.b" },
      ...Array.from("\0\t\n\r\u001f\u007f\u0080\u0085\u009f").map((control) => ({
        ...systemUserRequest,
        system_token: `a${control}b`,
      })),
      { ...systemUserRequest, system_token: "App Name-8k8Q7DmBgo\n" },
      { ...systemUserRequest, system_token: "a\ud800b" },
      { ...systemUserRequest, system_token: "a".repeat(257) },
      { ...systemUserRequest, system_token: "😀".repeat(257) },
      { ...systemUserRequest, client_secret: "client-secret-one" },
    ]
    const door = openSystemUserDoor()
    for (const fields of wrong) {
      expect(await door.invoke(fields)).toMatchObject({ code: "request_invalid", retryable: false })
    }
    expect(door.requests).toEqual([])
  })

  it.each([
    "Møteplanlegger-8k8Q7DmBgo",
    "Åse & Søn®-8k8Q7DmBgo",
    "会议-8k8Q7DmBgo",
    "😀-8k8Q7DmBgo",
    "a\u0301-8k8Q7DmBgo",
    "á-8k8Q7DmBgo",
    'a b;c+d/e%20|\\"-8k8Q7DmBgo',
    "\ufeffa\u2028b",
    "-",
    "~".repeat(256),
    "中".repeat(256),
    "😀".repeat(256),
  ])("holds the system token %j unchanged, signed over its UTF-8", async (system_token) => {
    const door = openSystemUserDoor()
    expect(await door.invoke({ ...systemUserRequest, system_token })).toHaveProperty("ticket")
    const [body] = door.requests.map(readPosted)
    expect(body?.signedText).toBe(`${system_token}.202204070659`)
    const signature = Buffer.from(body?.signature ?? "", "base64")
    const signed = Buffer.from(`${system_token}.202204070659`, "utf8")
    expect(verify("sha256", signed, applicationKey.publicKey, signature)).toBe(true)
  })

  it("is signed with the key that SuperOffice's portal gave as XML", async () => {
    const door = openSystemUserDoor({ privateKey: privateKeyPort(rsaKeyValue(applicationKey.privateKey)) })
    expect(await door.invoke(systemUserRequest)).toHaveProperty("ticket")
    const [body] = door.requests.map(readPosted)
    const signature = Buffer.from(body?.signature ?? "", "base64")
    const signed = Buffer.from(body?.signedText ?? "")
    expect(verify("sha256", signed, applicationKey.publicKey, signature)).toBe(true)
  })

  it.each(["secret", "key set", "private key"])("is nothing while the %s cannot be read", async (missing) => {
    const down = () => Promise.reject(new ExchangeError("secret_unavailable", "down"))
    const door = openSystemUserDoor({
      ...(missing === "secret" && { credentials: down }),
      ...(missing === "key set" && { keySet: down }),
      ...(missing === "private key" && { privateKey: down }),
    })
    expect(await door.invoke(systemUserRequest)).toMatchObject({
      code: "secret_unavailable",
      retryable: true,
    })
    expect(door.requests).toEqual([])
  })
})

describe("a success", () => {
  it("brings the ticket, when it expires, and the claims without it", async () => {
    expect(await openSystemUserDoor().invoke(systemUserRequest)).toEqual({
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

  it.each([
    ["sub", { sub: undefined }],
    ["iat", { iat: undefined }],
    ["nbf", { nbf: undefined }],
    ["sub, iat and nbf", { sub: undefined, iat: undefined, nbf: undefined }],
    ["sub, iat and nbf, which are null", { sub: null, iat: null, nbf: null }],
  ])("may come from a token without %s, and its claims lack them", async (_names, changes) => {
    const token = signIdToken(signingKey, systemUserClaims(changes))
    const answer = await openSystemUserDoor({ answers: [systemUserAnswer(token)] }).invoke(systemUserRequest)
    const { claims: all } = await openSystemUserDoor().invoke(systemUserRequest)
    const left = Object.entries(all as object).filter(([name]) => !Object.hasOwn(changes, name))
    expect(answer).toStrictEqual({
      token_type: "SOTicket",
      ticket,
      expires_at: iat + 21_600,
      claims: Object.fromEntries(left),
    })
  })

  it("is the same through the signed door", async () => {
    const answer = await openSystemUserDoor().invoke(
      signedEvent(systemUserRequest, { path: "/signed/authenticate-system-user" }),
    )
    expect(answer).toMatchObject({ statusCode: 200 })
    expect(bodyOf(answer)).toEqual(await openSystemUserDoor().invoke(systemUserRequest))
  })

  it("may have the header and the times of the older generation, and a second post after an outage", async () => {
    const token = signIdToken(signingKey, systemUserClaims({ iat: String(iat) }), header2018(signingKey))
    const door = openSystemUserDoor({ answers: [jsonAnswer(500, {}), systemUserAnswer(token)] })
    expect(await door.invoke(systemUserRequest)).toHaveProperty("ticket", ticket)
    expect(door.requests).toHaveLength(2)
  })

  it("may be signed by a key that is newer than the cached key set", async () => {
    const newKey = createSigningKey()
    const door = openSystemUserDoor({
      answers: [systemUserAnswer(signIdToken(newKey, systemUserClaims()))],
      keySet: (freshness) =>
        Promise.resolve({
          value: keySetOf((freshness === "cached" ? signingKey : newKey).jwk),
          stale: false,
        }),
    })
    expect(await door.invoke(systemUserRequest)).toHaveProperty("ticket", ticket)
    expect(door.keySetReads).toContain("reread")
  })

  it("is noted with the tenant and the key, and nothing of the user", async () => {
    const door = openSystemUserDoor()
    await door.invoke(systemUserRequest)
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
    const token = signIdToken(signingKey, systemUserClaims({ [`${namespace}serial`]: 1_501_178_584 }))
    expect(
      await openSystemUserDoor({ answers: [systemUserAnswer(token)] }).invoke(systemUserRequest),
    ).toHaveProperty("claims.serial", "1501178584")
  })

  it("lacks a claim that is malformed, which is noted", async () => {
    const token = signIdToken(
      signingKey,
      systemUserClaims({ [`${namespace}webapi_url`]: "https://evil.example" }),
    )
    const door = openSystemUserDoor({ answers: [systemUserAnswer(token)] })
    expect(await door.invoke(systemUserRequest)).not.toHaveProperty("claims.webapi_url")
    expect(door.lastLine()).toMatchObject({ code: "ok", claims_dropped: 1 })
  })
})

describe("the doors", () => {
  it("are shut to a page, which learns nothing", async () => {
    const door = openSystemUserDoor()
    const answer = await door.invoke(browserEvent(systemUserRequest, { path: "/authenticate-system-user" }))
    expect(answer.statusCode).toBe(403)
    expect(bodyOf(answer)).toMatchObject({ code: "origin_not_allowed" })
    expect(door.requests).toEqual([])
  })

  it("are shut to the preflight of a page, whose browser then sends nothing", async () => {
    const answer = await openSystemUserDoor().invoke(browserEvent(systemUserRequest, { method: "OPTIONS" }))
    expect(answer.statusCode).toBe(403)
    expect(answer.headers).not.toHaveProperty("access-control-allow-methods")
  })
})

describe("the settings", () => {
  it("need PRIVATE_KEY_SECRET_ID, and the log says so", async () => {
    const door = openSystemUserDoor({ env: completeEnv })
    expect(await door.invoke(systemUserRequest)).toMatchObject({
      code: "configuration_invalid",
      retryable: false,
    })
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
    ["the public half in XML", rsaKeyValue(applicationKey.publicKey)],
  ])("are wrong when the private key is %s", async (_what, text) => {
    const door = openSystemUserDoor({ privateKey: privateKeyPort(text) })
    expect(await door.invoke(systemUserRequest)).toMatchObject({
      code: "configuration_invalid",
      retryable: false,
    })
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
    ["a refusal that quotes us", { answers: [systemUserRefusal(words)] }],
    ["a refused signature", { answers: [systemUserRefusal(`InvalidSignature ${words}`)] }],
    ["an answer that quotes us", { answers: [{ status: 200, retryAfterSeconds: undefined, body: words }] }],
    [
      "an outage",
      { answers: [new ExchangeError("upstream_unavailable", "down", { cause: new Error(words) })] },
    ],
    [
      "a token that may not be believed",
      { answers: [systemUserAnswer(signIdToken(signingKey, systemUserClaims({ iss: "" })))] },
    ],
    [
      "another tenant's token",
      {
        answers: [
          systemUserAnswer(signIdToken(signingKey, systemUserClaims({ [`${namespace}ctx`]: "Cust1" }))),
        ],
      },
    ],
    ["something unexpected", { answers: [new Error(words)] }],
  ])("is in the log or in an error after %s", async (_what, options) => {
    const env = { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key", LOG_LEVEL: "DEBUG" }
    const door = openSystemUserDoor({ ...options, env })
    const answer = await door.invoke(systemUserRequest).catch((error: unknown) => String(error))
    const said = [
      ...door.log,
      ...(typeof answer === "object" && "ticket" in answer ? [] : [JSON.stringify(answer)]),
    ].join()
    const [body] = door.requests.map(readPosted)
    const secrets = [
      systemUserRequest.system_token,
      "client-secret-one",
      ticket,
      body?.signature ?? "",
      ...pem.split("\n").filter((line) => line.length > 40),
    ]
    expect(door.log).toHaveLength(1)
    for (const secret of secrets) expect(said).not.toContain(secret)
  })
})

describe("the tenant's state", () => {
  const tenant = {
    state: "OfflineMaintenance",
    is_running: false,
    webapi_url: "https://online2.superoffice.com/Cust12020/api/",
    valid_until: 1_795_348_800,
  } as const

  function open(state: typeof tenant | undefined, options: FrontDoorOptions = {}) {
    const asked: string[] = []
    const door = openSystemUserDoor({
      tenant: (ctx) => {
        asked.push(ctx)
        return Promise.resolve(state)
      },
      ...options,
    })
    return { ...door, asked }
  }

  it("comes with the ticket when it is asked for, through both doors", async () => {
    const request = { ...systemUserRequest, include: ["tenant"] }
    const direct = open(tenant)
    expect(await direct.invoke(request)).toMatchObject({ ticket, tenant })
    expect(direct.asked).toEqual(["Cust12020"])
    expect(bodyOf(await open(tenant).invoke(signedEvent(request)))).toMatchObject({ ticket, tenant })
  })

  it("is null when it cannot be read, and the ticket is answered", async () => {
    expect(await open(undefined).invoke({ ...systemUserRequest, include: ["tenant"] })).toMatchObject({
      ticket,
      tenant: null,
    })
  })

  it("is left out when nobody asks for it, and not looked for when the system user is refused", async () => {
    const door = open(tenant)
    expect(await door.invoke(systemUserRequest)).not.toHaveProperty("tenant")
    expect(door.asked).toEqual([])
    const refused = open(tenant, { answers: [systemUserRefusal("Unable to authenticate")] })
    const answer = await refused.invoke({ ...systemUserRequest, include: ["tenant"] })
    expect(answer).toMatchObject({ code: "system_user_rejected" })
    expect(refused.asked).toEqual([])
  })

  it("is refused by a name that there is not, before anything is posted", async () => {
    const door = open(tenant)
    const answer = await door.invoke({ ...systemUserRequest, include: ["user"] })
    expect(answer).toMatchObject({
      code: "request_invalid",
      error_description: '"include" must be a list of: tenant.',
    })
    expect(door.requests).toEqual([])
  })
})
