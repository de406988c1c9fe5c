import { constants, createHmac, sign } from "node:crypto"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { startHttpApi, type HttpApiOptions } from "../../../local/http-api.ts"
import { createJwtAuthorizer, type JwtAuthorizer } from "../../../local/http-api/jwt.ts"
import { makeKey, rsaSignature, signJwt, startIssuer, type JsonObject, type TestIssuer } from "./issuer.ts"

const now = new Date("2026-01-31T12:00:00Z")
const seconds = now.getTime() / 1000
const [first, second, elliptic] = [makeKey("first"), makeKey("second"), makeKey("elliptic", "ec")]
const audience = "https://api.example.com"

let issuer: TestIssuer
let authorize: JwtAuthorizer

beforeEach(async () => {
  issuer = await startIssuer([first.jwk, elliptic.jwk])
  authorize = createJwtAuthorizer({ issuer, audience: ["another", audience] })
})

/** Claims of a good token, with changes; a member set to undefined is left out. */
function claimsWith(changes: JsonObject = {}): JsonObject {
  const times = { iat: seconds, exp: seconds + 600 }
  return { iss: issuer.url, aud: audience, client_id: "client", sub: "Cust12020/5", ...times, ...changes }
}

const header = { alg: "RS256", kid: "first" }

function token(claims: unknown = claimsWith(), key = first): string {
  return signJwt({ ...header, kid: key.kid }, claims, rsaSignature(key))
}

async function decide(authorization: string | undefined, at = now) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  return await authorize({ headers }, at)
}

/** The description that a refused token gets; undefined if the token was taken. */
async function refusalOf(jwt: string, at = now): Promise<string | undefined> {
  const decision = await decide(`Bearer ${jwt}`, at)
  if (!("refusal" in decision)) return undefined
  const { status, headers, body } = decision.refusal
  expect({ status, body }).toEqual({ status: 401, body: '{"message":"Unauthorized"}' })
  return /^Bearer scope="" error="invalid_token" error_description="([^"]+)"$/.exec(
    headers["www-authenticate"] ?? "",
  )?.[1]
}

describe("the JWT authorizer of the local API", () => {
  it("hands the claims on as text, and no scopes", async () => {
    const claims = claimsWith({ is_administrator: true, associateid: 5, list: ["a", 2], object: { a: 1 } })
    const texts = { is_administrator: "true", associateid: "5", list: "[a 2]", object: '{"a":1}' }
    const times = { iat: String(seconds), exp: String(seconds + 600) }
    expect(await decide(`Bearer ${token(claims)}`)).toEqual({
      authorizer: { jwt: { claims: { ...claims, ...times, ...texts }, scopes: null } },
    })
  })

  it.each(["", "Bearer ", "bearer  "])("takes a token after %j", async (prefix) => {
    expect(await decide(prefix + token())).toHaveProperty("authorizer")
  })

  it.each([undefined, "", "Basic dTpw", "Bearer a b"])(
    "asks for a token where the header is %j",
    async (authorization) => {
      const challenge = { "www-authenticate": "Bearer" }
      expect(await decide(authorization)).toMatchObject({ refusal: { status: 401, headers: challenge } })
    },
  )

  it.each(["RS256", "RS384", "RS512"])("takes a token that is signed with %s", async (alg) => {
    const digest = alg.replace("RS", "sha")
    const jwt = signJwt({ ...header, alg }, claimsWith(), rsaSignature(first, digest))
    expect(await refusalOf(jwt)).toBeUndefined()
  })

  const publicPem = first.publicKey.export({ type: "spki", format: "pem" })
  const asPss = { key: first.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }
  it.each<[string, JsonObject, (signed: Buffer) => Buffer]>([
    ["is not signed", { alg: "none" }, () => Buffer.from("none")],
    [
      "is signed with the public key as a shared secret",
      { alg: "HS256" },
      (signed) => createHmac("sha256", publicPem).update(signed).digest(),
    ],
    ["is signed by RSA with the other padding", { alg: "PS256" }, (signed) => sign("sha256", signed, asPss)],
    [
      "is signed with an elliptic curve",
      { alg: "ES256", kid: "elliptic" },
      (signed) => sign("sha256", signed, elliptic.privateKey),
    ],
    ["names a property of every object as its algorithm", { alg: "toString" }, rsaSignature(first)],
    ["has a header parameter that must be understood", { crit: ["exp"] }, rsaSignature(first)],
  ])("refuses a token that %s", async (_what, changes, signatureOf) => {
    const jwt = signJwt({ ...header, ...changes }, claimsWith(), signatureOf)
    expect(await refusalOf(jwt)).toBe("the algorithm of the token is not supported")
  })

  it.each([
    ["has no kid", { kid: undefined }],
    ["has a kid that is not published", { kid: "second" }],
    ["has a kid that is not text", { kid: 1 }],
  ])("refuses a token that %s, though its signature is right", async (_what, change) => {
    const jwt = signJwt({ ...header, ...change }, claimsWith(), rsaSignature(first))
    expect(await refusalOf(jwt)).toBe("the key of the token is not in the key set")
  })

  it.each<[string, JsonObject]>([
    ["is no RSA key", { ...elliptic.jwk, kid: "first" }],
    ["is for another algorithm", { ...first.jwk, alg: "RS512" }],
    ["is for encryption", { ...first.jwk, use: "enc" }],
  ])("refuses a token whose published key %s", async (_what, jwk) => {
    issuer.keys = [jwk]
    expect(await refusalOf(token())).toBe("the key of the token is not for its algorithm")
  })

  it("refuses a token that another key signed, or whose claims were changed", async () => {
    const wrong = "the signature of the token is wrong"
    expect(await refusalOf(signJwt(header, claimsWith(), rsaSignature(second)))).toBe(wrong)
    const [head, , signature] = token().split(".")
    const changed = Buffer.from(JSON.stringify(claimsWith({ sub: "Cust26759/8" }))).toString("base64url")
    expect(await refusalOf([head, changed, signature].join("."))).toBe(wrong)
    issuer.keys = [{ ...second.jwk, n: undefined }]
    authorize = createJwtAuthorizer({ issuer, audience: [audience] })
    expect(await refusalOf(token(claimsWith(), second))).toBe(wrong)
  })

  it.each<[string, () => string]>([
    ["two parts", () => token().split(".").slice(1).join(".")],
    ["an empty signature", () => token().replace(/[^.]+$/, "")],
    ["characters that base64url has not", () => `${token()}+`],
    ["claims that are no object", () => signJwt(header, ["claims"], rsaSignature(first))],
    ["a header that is no JSON", () => token().replace(/^[^.]+/, "bm9uZQ")],
  ])("refuses a token that has %s", async (_what, make) => {
    expect(await refusalOf(make())).toBe("the token is malformed")
  })
})

describe("of the claims, the JWT authorizer of the local API", () => {
  it.each<[string, JsonObject]>([
    ["several audiences with its own among them", { aud: ["a", audience] }],
    ["its own audience as client_id, without aud", { aud: undefined, client_id: audience }],
    ["nbf that is now", { nbf: seconds }],
    ["iat that is now", { iat: seconds }],
  ])("takes %s", async (_what, changes) => {
    expect(await refusalOf(token(claimsWith(changes)))).toBeUndefined()
  })

  const audienceProblem = "the token does not have a valid audience"
  it.each<[string, JsonObject, string]>([
    ["another issuer", { iss: "https://evil.example" }, "the token does not have a valid issuer"],
    ["no issuer", { iss: undefined }, "the token does not have a valid issuer"],
    ["another audience", { aud: "https://evil.example" }, audienceProblem],
    ["another audience, whatever client_id is", { aud: "a", client_id: audience }, audienceProblem],
    ["an empty list as audience", { aud: [], client_id: audience }, audienceProblem],
    ["neither aud nor client_id", { aud: undefined, client_id: undefined }, audienceProblem],
    ["an exp that is now", { exp: seconds }, "the token has expired"],
    ["no exp", { exp: undefined }, "the token has expired"],
    ["an exp that is text", { exp: String(seconds + 600) }, "the token has expired"],
    ["an nbf in the future", { nbf: seconds + 1 }, "the token is not valid yet"],
    ["an nbf that is text", { nbf: String(seconds) }, "the token is not valid yet"],
    ["an iat in the future", { iat: seconds + 1 }, "the token was issued in the future"],
    ["no iat", { iat: undefined }, "the token was issued in the future"],
  ])("refuses %s", async (_what, changes, problem) => {
    expect(await refusalOf(token(claimsWith(changes)))).toBe(problem)
  })

  it("refuses an issuer that differs by the slash at its end", async () => {
    const changed = claimsWith({ iss: `${issuer.url}/` })
    expect(await refusalOf(token(changed))).toBe("the token does not have a valid issuer")
  })
})

describe("the key set of the local JWT authorizer", () => {
  const unreadable = "the keys of the issuer cannot be read"
  const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
  const twoHours = 2 * 60 * 60 * 1000
  const long = () => claimsWith({ exp: seconds + twoHours })

  it("is read once for tokens that come together, by way of the metadata", async () => {
    await Promise.all([refusalOf(token()), refusalOf(token())])
    expect(issuer.asked).toEqual(["/.well-known/openid-configuration", "/keys"])
  })

  it("is kept for two hours, in which a new key is not known and a retired one is taken (C83)", async () => {
    expect(await refusalOf(token(long()))).toBeUndefined()
    issuer.keys = [second.jwk]
    expect(await refusalOf(token(long()), later(twoHours - 1))).toBeUndefined()
    expect(await refusalOf(token(long(), second), later(twoHours - 1))).toBe(
      "the key of the token is not in the key set",
    )
    expect(await refusalOf(token(long(), second), later(twoHours))).toBeUndefined()
    expect(await refusalOf(token(long()), later(twoHours))).toBe("the key of the token is not in the key set")
  })

  it.each<[string, () => void]>([
    ["an error", () => (issuer.status = 500)],
    ["the metadata of another issuer", () => (issuer.metadata = { issuer: "https://evil.example" })],
    ["metadata without an address", () => (issuer.metadata = { jwks_uri: undefined })],
    ["a key set without a list", () => (issuer.metadata = { jwks_uri: `${issuer.url}/none` })],
    ["an address where nothing listens", () => (issuer.metadata = { jwks_uri: "http://127.0.0.1:9/keys" })],
    ["nothing for 1.5 seconds", () => (issuer.hangs = true)],
  ])("is asked for again by the next token when the answer was %s", async (_what, fail) => {
    fail()
    expect(await refusalOf(token())).toBe(unreadable)
    Object.assign(issuer, { status: 200, metadata: {}, hangs: false })
    expect(await refusalOf(token())).toBeUndefined()
  })
})

describe("a route of the local API with a JWT authorizer", () => {
  const origin = "https://app.example.com"
  const events: unknown[] = []
  const echo = {
    invoke(event: unknown) {
      events.push(event)
      return Promise.resolve({ payload: {}, functionError: undefined, requestId: "" })
    },
  }

  async function start(options: Partial<HttpApiOptions> = { jwtAuthorizer: authorize }) {
    events.length = 0
    const api = await startHttpApi({
      routes: [{ method: "GET", path: "/me", functionName: "echo", authorizer: "jwt" }],
      functions: { echo },
      cors: {
        allowedOrigins: [origin],
        allowedHeaders: ["authorization"],
        allowedMethods: ["GET"],
        allowCredentials: false,
        maxAge: 600,
      },
      ...options,
    })
    onTestFinished(() => api.close())
    return (init: RequestInit = {}) => fetch(`${api.url}/me`, init)
  }

  /** The API reads the real time. */
  function tokenNow(): string {
    const iat = Math.floor(Date.now() / 1000)
    return token(claimsWith({ iat, exp: iat + 600 }))
  }

  it("tells the function whose token it is", async () => {
    const call = await start()
    const { status } = await call({ headers: { authorization: `Bearer ${tokenNow()}` } })
    expect(status).toBe(200)
    const jwt = { claims: expect.objectContaining({ sub: "Cust12020/5" }) as object, scopes: null }
    expect(events).toMatchObject([{ requestContext: { authorizer: { jwt }, routeKey: "GET /me" } }])
  })

  it("answers 401 for the function, with CORS headers so that a page can see it", async () => {
    const call = await start()
    const answer = await call({ headers: { origin, authorization: `Bearer ${token()}` } })
    expect([answer.status, await answer.json()]).toEqual([401, { message: "Unauthorized" }])
    expect(answer.headers.get("www-authenticate")).toContain('error_description="the token has expired"')
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin)
    expect(events).toEqual([])
  })

  it("answers a preflight without a token", async () => {
    const call = await start()
    const headers = { origin, "access-control-request-method": "GET" }
    const { status } = await call({ method: "OPTIONS", headers })
    expect([status, events]).toEqual([204, []])
  })

  it("refuses every token where no authorizer is given", async () => {
    const call = await start({})
    const { status } = await call({ headers: { authorization: `Bearer ${tokenNow()}` } })
    expect([status, events]).toEqual([401, []])
  })
})
