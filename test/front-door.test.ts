import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../lib/errors.ts"
import { Secret } from "../lib/secret.ts"
import { exchangeCode, refreshToken } from "../lib/operations/token.ts"
import { bodyOf, browserEvent, signedEvent } from "./support/events.ts"
import {
  accessToken,
  codeVerifier,
  credentials,
  jsonAnswer,
  keySetOf,
  openFrontDoor,
  refreshTokenText,
  rejectedAnswer,
  requestId,
  signingKey,
  tokenAnswer,
} from "./support/front-door.ts"
import { header2018, signIdToken, superOfficeClaims } from "./support/id-tokens.ts"

const codeRequest = {
  code: "a-code",
  redirect_uri: "https://app.example.com/callback",
  code_verifier: codeVerifier,
}

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")
}

describe("the response this product was specified from", () => {
  const seed = { status: 200, retryAfterSeconds: undefined, body: fixture("seed-response.json") }
  const sod = (JSON.parse(fixture("sod-jwks.json")) as { keys: [Record<string, unknown>] }).keys[0]
  const other = signingKey.jwk
  const redirect = { code: "seed", redirect_uri: "https://app.example.com/callback" }
  const nonce = "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7"

  it.each([
    ["in hex", [sod]],
    ["in x5t form", [{ ...sod, kid: sod.x5t }]],
    ["absent", [{ ...sod, kid: undefined }]],
    ["absent as is x5t", [{ ...sod, kid: undefined, x5t: undefined }]],
    ["one of several", [other, sod, { ...other, kid: "another" }]],
  ])("comes out normalized at its own time, with the key's kid %s", async (_form, keys) => {
    const door = openFrontDoor(exchangeCode, {
      answers: [seed],
      now: new Date("2018-01-18T18:21:40Z"),
      keySet: () => Promise.resolve({ value: keySetOf(...keys), stale: false }),
    })
    const answer = await door.invoke({ ...redirect, nonce })
    const upstream = JSON.parse(seed.body) as Record<string, string>
    expect(answer).toEqual({
      token_type: "Bearer",
      access_token: upstream.access_token,
      expires_in: 3600,
      expires_at: 1516299700 + 3600,
      scope: "openid",
      refresh_token: upstream.refresh_token,
      id_token: upstream.id_token,
      claims: {
        iss: "https://sod.superoffice.com",
        sub: "tony.yates@superoffice.com",
        aud: "db1834037c58c02b6bd9898feef19845",
        iat: 1516299656,
        nbf: 1516299596,
        exp: 1516299956,
        nonce,
        ctx: "Cust12020",
        associateid: 5,
        serial: "1501178584",
        is_administrator: false,
        email: "tony.yates@superoffice.com",
        upn: "tony.yates@superoffice.com",
        identityprovider: "superoffice-online",
        netserver_url: "https://sod.superoffice.com/Cust12020/Remote/Services82/",
        webapi_url: "https://sod.superoffice.com/Cust12020/api/",
      },
    })
  })

  it("is refused as published, with dots and characters lost", async () => {
    const published = fixture("seed-as-published.txt")
      .replace(/^[^{]*/, "")
      .replace(/[^}]*$/, "")
    const door = openFrontDoor(exchangeCode, { answers: [{ ...seed, body: published }] })
    const answer = await door.invoke(redirect)
    expect(answer).toMatchObject({ code: "id_token_invalid", retryable: false })
  })

  it("is refused five minutes later", async () => {
    const door = openFrontDoor(exchangeCode, {
      answers: [seed],
      now: new Date("2018-01-18T18:27:00Z"),
      keySet: () => Promise.resolve({ value: keySetOf(sod), stale: false }),
    })
    expect(await door.invoke(redirect)).toMatchObject({ code: "id_token_invalid" })
  })
})

describe("both token generations", () => {
  it.each([
    ["2018: x5t without kid, iat a string", header2018(signingKey), { iat: "1649314756" }],
    ["2022: kid and x5t, iat a number", undefined, {}],
  ])("pass: %s", async (_name, header, claims) => {
    const idToken = signIdToken(signingKey, superOfficeClaims(claims), header)
    const door = openFrontDoor(exchangeCode, { answers: [tokenAnswer({}, idToken)] })
    expect(await door.invoke(codeRequest)).toMatchObject({ claims: { ctx: "Cust12020", iat: 1649314756 } })
  })
})

describe("recorded refusals", () => {
  const recorded = JSON.parse(fixture("recorded-errors.json")) as {
    grant: string
    status: number
    body: string
  }[]

  it.each(recorded)("$grant: answers grant_rejected", async ({ grant, status, body }) => {
    const isCode = grant === "authorization_code"
    const answers = [{ status, retryAfterSeconds: undefined, body }]
    const answer = isCode
      ? await openFrontDoor(exchangeCode, { answers }).invoke(codeRequest)
      : await openFrontDoor(refreshToken, { answers }).invoke({ refresh_token: refreshTokenText })
    expect(answer).toEqual({
      error: "invalid_grant",
      error_description: "SuperOffice refused the grant. Sign in again.",
      code: "grant_rejected",
      retryable: false,
      request_id: requestId,
    })
  })
})

describe("a page", () => {
  it("gets no refresh token and only the claims of the contract", async () => {
    const idToken = signIdToken(signingKey, superOfficeClaims({ custom: "unknown" }))
    const door = openFrontDoor(exchangeCode, { answers: [tokenAnswer({}, idToken)] })
    const result = await door.invoke(browserEvent(codeRequest))
    expect(result.statusCode).toBe(200)
    expect(bodyOf(result)).toMatchObject({
      access_token: accessToken,
      id_token: idToken,
      claims: { associateid: 5 },
    })
    expect(bodyOf(result)).not.toHaveProperty("refresh_token")
    expect(bodyOf(result).claims).not.toHaveProperty("custom")
    expect(JSON.stringify(result)).not.toContain(refreshTokenText)
  })

  it("gets no ID Token that holds a credential claim", async () => {
    const claims = superOfficeClaims({
      "http://schemes.superoffice.net/identity/system_token": "App-8k8Q7DmBgo",
    })
    const door = openFrontDoor(exchangeCode, { answers: [tokenAnswer({}, signIdToken(signingKey, claims))] })
    const body = bodyOf(await door.invoke(browserEvent(codeRequest)))
    expect(body).not.toHaveProperty("id_token")
    expect(JSON.stringify(body)).not.toContain("App-8k8Q7DmBgo")
  })

  it("cannot refresh without a sealed session, and nothing reaches SuperOffice", async () => {
    const door = openFrontDoor(refreshToken)
    const headers = { "x-csrf": "1" }
    const result = await door.invoke(browserEvent({ refresh_token: refreshTokenText }, { headers }))
    expect(result.statusCode).toBe(400)
    expect(bodyOf(result)).toMatchObject({ code: "session_expired", error: "invalid_grant" })
    expect(door.requests).toEqual([])
  })
})

describe("a cloud function", () => {
  it("keeps its own refresh token when SuperOffice sends none", async () => {
    const door = openFrontDoor(refreshToken, { answers: [tokenAnswer({ refresh_token: undefined })] })
    const answer = await door.invoke({ refresh_token: refreshTokenText })
    expect(answer).toMatchObject({ refresh_token: refreshTokenText })
  })

  it("gets the same body through the signed door as by direct invocation", async () => {
    const answers = [tokenAnswer()]
    const direct = await openFrontDoor(exchangeCode, { answers }).invoke(codeRequest)
    const signed = await openFrontDoor(exchangeCode, { answers }).invoke(signedEvent(codeRequest))
    expect(bodyOf(signed)).toEqual(direct)
  })
})

describe("a replaced client secret", () => {
  const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }

  it("is read again and used within one request", async () => {
    const door = openFrontDoor(exchangeCode, {
      answers: [rejectedAnswer, tokenAnswer()],
      credentials: (freshness) =>
        Promise.resolve({ value: freshness === "reread" ? replaced : credentials, stale: false }),
    })
    expect(await door.invoke(codeRequest)).toMatchObject({ access_token: accessToken })
    expect(door.requests.map(({ body }) => new URLSearchParams(body?.text).get("client_secret"))).toEqual([
      "client-secret-one",
      "client-secret-two",
    ])
    expect(door.lastLine()).toMatchObject({ code: "ok", posts: 2, client_secret_replaced: 1 })
  })

  it("does not retry a rejected code when the secret is the same", async () => {
    const door = openFrontDoor(exchangeCode, { answers: [rejectedAnswer] })
    await door.invoke(codeRequest)
    expect(door.requests).toHaveLength(1)
  })

  it("is suspected after five refused refreshes in a row", async () => {
    const door = openFrontDoor(refreshToken, { answers: [rejectedAnswer] })
    for (let i = 0; i < 4; i++) await door.invoke({ refresh_token: `${refreshTokenText}${i}` })
    expect(door.lastLine()).not.toHaveProperty("client_secret_suspected")
    for (let i = 0; i < 9; i++) await door.invoke({ refresh_token: `${refreshTokenText}0` })
    expect(door.lastLine()).not.toHaveProperty("client_secret_suspected")
    await door.invoke({ refresh_token: refreshTokenText })
    expect(door.lastLine()).toMatchObject({ client_secret_suspected: 1 })
  })
})

describe("a code", () => {
  it("is not posted while the key set cannot be read, so that it can be tried again", async () => {
    const door = openFrontDoor(exchangeCode, {
      keySet: () => Promise.reject(new ExchangeError("key_set_unavailable", "down")),
    })
    expect(await door.invoke(codeRequest)).toMatchObject({ code: "key_set_unavailable", retryable: true })
    expect(door.requests).toEqual([])
  })

  it.each([
    ["a reset after it was sent", new ExchangeError("upstream_unavailable", "reset"), "upstream_unavailable"],
    ["a time-out", new ExchangeError("upstream_timeout", "late"), "upstream_timeout"],
    ["a 500", jsonAnswer(500, {}), "upstream_unavailable"],
  ])("is posted once, and not to be retried, on %s", async (_fault, answer, code) => {
    const door = openFrontDoor(exchangeCode, { answers: [answer] })
    expect(await door.invoke(codeRequest)).toMatchObject({ code, retryable: false })
    expect(door.requests).toHaveLength(1)
  })

  it("is posted again when no connection was made", async () => {
    const neverSent = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
    const door = openFrontDoor(exchangeCode, { answers: [neverSent, tokenAnswer()] })
    expect(await door.invoke(codeRequest)).toMatchObject({ access_token: accessToken })
  })
})
