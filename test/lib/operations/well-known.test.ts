import { createPublicKey } from "node:crypto"
import { afterEach, describe, expect, it, vi } from "vitest"
import { loadConfig } from "../../../lib/config.ts"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import type { Deadline } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { wellKnown } from "../../../lib/operations/well-known.ts"
import type { Ports } from "../../../lib/ports.ts"
import { createDocumentsHandler } from "../../../lib/request/documents.ts"
import { apiTokenEnv, signingKeys, signingKeysPort, storedKeys } from "../../support/api-token.ts"
import { completeEnv, pageOrigin, requestId } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const documents = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
const keySet = "/.well-known/jwks.json"

/** The function with these settings, whose only port gives these keys. */
function open(
  env: Readonly<Record<string, string>> = apiTokenEnv,
  port: Ports["signingKeys"] = signingKeysPort(),
) {
  const reads: Deadline[] = []
  const log: string[] = []
  const ports = {
    signingKeys: (freshness, deadline) => {
      reads.push(deadline)
      return port(freshness, deadline)
    },
  } satisfies Pick<Ports, "signingKeys">
  const handler = createDocumentsHandler(wellKnown, loadConfig(env), {
    connect: () => ports as unknown as Ports,
    now: () => signedAt,
    write: (line) => log.push(line),
  })
  const get = async (path: string, method = "GET", headers: Readonly<Record<string, string>> = {}) => {
    const event = { version: "2.0", rawPath: path, headers, requestContext: { http: { method } } }
    return (await handler(event, { awsRequestId: requestId, getRemainingTimeInMillis: () => 20_000 })) as {
      readonly statusCode: number
      readonly headers: Readonly<Record<string, string>>
      readonly cookies?: readonly string[]
      readonly body?: string
    }
  }
  return { handler, get, reads, log }
}

afterEach(() => {
  vi.useRealTimers()
})

describe("well-known", () => {
  it.each(documents)(
    "publishes the issuer's metadata at %s, without reading a secret (C84)",
    async (path) => {
      const { get, reads } = open()
      const { statusCode, headers, body = "" } = await get(path)
      expect([statusCode, headers["cache-control"], headers["content-type"]]).toEqual([
        200,
        "public, max-age=3600",
        "application/json; charset=utf-8",
      ])
      expect(JSON.parse(body)).toEqual({
        issuer: "https://login.example.com",
        jwks_uri: "https://login.example.com/.well-known/jwks.json",
        authorization_endpoint: "https://sod.superoffice.com/login/common/oauth/authorize",
        token_endpoint: "https://login.example.com/token",
        token_endpoint_auth_methods_supported: ["none"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      })
      expect(reads).toEqual([])
    },
  )

  it("publishes the public half of every key, the reserve's too, and nothing of the private one (C83, C84)", async () => {
    const { statusCode, headers, cookies, body = "" } = await open().get(keySet)
    expect([statusCode, headers["cache-control"], cookies]).toEqual([200, "public, max-age=3600", undefined])
    const { keys } = JSON.parse(body) as { keys: unknown[] }
    expect(keys).toEqual(
      signingKeys.map(({ kid, key }) => {
        const { n, e } = createPublicKey(key).export({ format: "jwk" })
        return { kty: "RSA", n, e, kid, alg: "RS256", use: "sig" }
      }),
    )
    const { d, p, q } = signingKeys[0].key.export({ format: "jwk" })
    for (const secret of [d, p, q, storedKeys[0].key]) expect(body).not.toContain(secret)
  })

  it("waits for the keys for a second at most, because API Gateway waits for 1.5", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const { get, reads } = open()
    await get(keySet)
    expect(reads.map((deadline) => deadline.remainingMs())).toEqual([1_000])
  })

  it.each([...documents, keySet])("has no document at %s where the tokens are off", async (path) => {
    const { get, reads } = open(completeEnv)
    const { statusCode, headers, body } = await get(path)
    expect([statusCode, headers["cache-control"], body, reads]).toEqual([404, "no-store", undefined, []])
  })

  it.each(["/.well-known/jwks.json/", "/jwks.json", "", "/.well-known/JWKS.json"])(
    "has none at %j",
    async (path) => {
      expect(await open().get(path)).toMatchObject({ statusCode: 404 })
    },
  )

  it("answers whoever asks, and lets a listed page read it (C84)", async () => {
    const { get } = open()
    const stranger = await get(keySet, "GET", { origin: "https://other.example" })
    expect([stranger.statusCode, stranger.headers["access-control-allow-origin"]]).toEqual([200, undefined])
    const page = await get(keySet, "GET", { origin: pageOrigin })
    expect([page.headers["access-control-allow-origin"], page.headers.vary]).toEqual([pageOrigin, "Origin"])
  })

  it.each<[string, number, ExchangeError]>([
    ["secret_unavailable", 503, new ExchangeError("secret_unavailable", "no answer")],
    ["configuration_invalid", 500, new UnusableSecret("it is not a JSON object")],
  ])("says %s when the keys cannot be read, and nobody keeps that", async (code, status, error) => {
    const { get, log } = open(apiTokenEnv, signingKeysPort(error))
    const { statusCode, headers, body = "" } = await get(keySet)
    expect([statusCode, headers["cache-control"], JSON.parse(body)]).toEqual([
      status,
      "no-store",
      expect.objectContaining({ code, request_id: requestId }),
    ])
    expect(log.map((line) => JSON.parse(line) as object)).toMatchObject([{ code, function: "well-known" }])
    expect(await get(documents[0] ?? "")).toMatchObject({ statusCode: 200 })
  })

  it("says what is wrong with the settings in the log alone", async () => {
    const { get, log } = open({ ...apiTokenEnv, API_TOKEN_ISSUER: "https://login.example.com/" })
    const { statusCode, body = "" } = await get(keySet)
    expect([statusCode, JSON.parse(body)]).toEqual([
      500,
      expect.objectContaining({ code: "configuration_invalid" }),
    ])
    expect(log.join()).toContain("API_TOKEN_ISSUER must be an https: URL")
    expect(body).not.toContain("API_TOKEN_ISSUER")
  })

  it.each(["POST", "PUT", "HEAD"])("refuses %s, and says which method it takes", async (method) => {
    const { statusCode, headers, body = "" } = await open().get(keySet, method)
    expect([statusCode, headers.allow]).toEqual([405, "GET"])
    expect(JSON.parse(body)).toMatchObject({
      code: "method_not_allowed",
      error_description: "The method must be GET.",
    })
  })

  it("refuses a direct invocation, because it has no caller", async () => {
    const { handler } = open()
    const answer = await handler({}, { awsRequestId: requestId, getRemainingTimeInMillis: () => 20_000 })
    expect(answer).toMatchObject({ statusCode: 400 })
  })

  it("writes one line for each answer, with the milliseconds that it took", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    vi.advanceTimersByTime(1_000)
    const { get, log } = open()
    await get(keySet)
    const [line = "", ...others] = log
    expect(JSON.parse(line)).toMatchObject({ function: "well-known", code: "ok", duration_ms: 0 })
    expect(line).not.toContain("problems")
    expect(others).toEqual([])
  })
})
