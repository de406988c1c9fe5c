import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Endpoint, Fault } from "../../local/provider/faults.ts"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { origin, type Journey } from "../support/journey.ts"
import { createSigningKey } from "../support/id-tokens.ts"
import { http, startScriptedServer, type ScriptedServer } from "../support/scripted-server.ts"
import { startWithSystemUser, systemUser } from "../support/system-user.ts"
import { call, form, type CallAnswer, type ExampleCallOptions } from "./calls.ts"
import { expectDescribed, operationOf, operations, requestExample, type Operation } from "./document.ts"

interface Deployment extends Journey {
  /**
   * Sends an example, with `changes` in the places of what nobody issued, expects that the document describes the answer,
   * and gives it.
   */
  readonly send: (
    path: string,
    example: string,
    changes?: object,
    options?: ExampleCallOptions,
  ) => Promise<CallAnswer>
  /** A refresh token that SuperOffice knows. */
  readonly refreshToken: () => Promise<unknown>
  /** What a page has after its sign-in: a cookie or, in delivery `sealed`, a sealed value. */
  readonly session: () => Promise<{ readonly cookie: string; readonly sealed: unknown }>
}

async function deploy(env: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const journey = await startWithSystemUser(env)
  const send: Deployment["send"] = async (path, example, changes = {}, options = {}) => {
    const operation = operationOf(path)
    const answer = await call(journey, operation, { ...requestExample(path, example), ...changes }, options)
    expectDescribed(operation, answer)
    return answer
  }
  return {
    ...journey,
    send,
    async refreshToken() {
      const { body } = await send("/signed/exchange-code", "pkce", await journey.authorize())
      return body.refresh_token
    },
    async session() {
      const { body, cookie } = await send("/exchange-code", "own_pkce", await journey.authorize())
      return { cookie, sealed: body.refresh_token }
    },
  }
}

const ok = { status: 200 }

describe("a page's answers are as the document says:", () => {
  it("a code with the page's own PKCE and the tenant, in JSON and as a form", async () => {
    const { send, ...journey } = await deploy()
    const withTenant = { ...ok, body: { tenant: { state: "Running" } } }
    expect(await send("/exchange-code", "with_tenant", await journey.authorize())).toMatchObject(withTenant)
    const asForm = { mediaType: form }
    expect(await send("/token", "code_with_tenant", await journey.authorize(), asForm)).toMatchObject(
      withTenant,
    )
  })

  it("a session in a cookie, from start-login to its end", async () => {
    const { send, provider } = await deploy()
    const begun = await send("/start-login", "one_tenant", { redirect_uri: `${origin}/callback` })
    const { state } = begun.body
    const kept = await send("/start-login", "kept", { state }, { cookie: begun.cookie })
    expect(kept).toMatchObject({ body: { kept: true }, cookie: "" })
    expect(await send("/start-login", "kept", { state })).toMatchObject({ body: { kept: false }, cookie: "" })
    const { searchParams } = await signInWithoutBrowser(
      new URL(String(begun.body.authorization_url)),
      "Cust12020/tony",
    )
    const code = { code: searchParams.get("code"), state: searchParams.get("state"), iss: provider.issuer }
    const { status, cookie, body } = await send("/exchange-code", "after_start_login", code, {
      cookie: begun.cookie,
    })
    expect(status).toBe(200)
    expect(body).not.toHaveProperty("refresh_token")

    const options = { cookie }
    const { sub, ctx } = body.claims as { readonly sub: string; readonly ctx: string }
    expect(await send("/refresh-token", "cookie", {}, options)).toMatchObject(ok)
    expect(await send("/refresh-token", "same_user", { sub, ctx }, options)).toMatchObject(ok)
    expect(await send("/refresh-token", "same_user", {}, options)).toMatchObject({ status: 400 })
    expect(await send("/token", "refresh", {}, options)).toMatchObject(ok)
    expect(await send("/revoke-token", "cookie", {}, options)).toMatchObject(ok)
  })

  it("a sealed session, from its code to its end", async () => {
    const { send, session } = await deploy({ REFRESH_TOKEN_DELIVERY: "sealed" })
    const { sealed } = await session()
    expect(sealed).toMatch(/^ey/)
    const { body } = await send("/refresh-token", "sealed", { refresh_token: sealed })
    const next = { refresh_token: body.refresh_token }
    expect(await send("/token", "refresh_sealed", next, { mediaType: form })).toMatchObject(ok)
    expect(await send("/revoke-token", "sealed", { token: body.refresh_token })).toMatchObject(ok)
    expect(await send("/start-login", "any_tenant")).toMatchObject({ body: { code: "request_invalid" } })
  })
})

describe("a signed caller's answers are as the document says:", () => {
  it("codes and refresh tokens, in JSON and as forms, with and without the tenant", async () => {
    const { send, refreshToken, provider, ...journey } = await deploy()
    expect(await send("/signed/exchange-code", "with_tenant", await journey.authorize())).toMatchObject(ok)
    const asForm = { mediaType: form }
    expect(await send("/signed/token", "code", await journey.authorize(), asForm)).toMatchObject(ok)

    const token = { refresh_token: await refreshToken() }
    const { body } = await send("/signed/refresh-token", "refresh", token)
    const { sub, ctx } = body.claims as { readonly sub: string; readonly ctx: string }
    expect(await send("/signed/refresh-token", "same_user", { ...token, sub, ctx })).toMatchObject(ok)
    provider.tenantStates.clear()
    const included = await send("/signed/token", "refresh", token, asForm)
    expect(included).toMatchObject({ ...ok, body: { tenant: null } })
  })

  it("a revocation, the system user, and health", async () => {
    const { send, refreshToken, provider, stack } = await deploy()
    expect(await send("/signed/revoke-token", "revoke", { token: await refreshToken() })).toMatchObject(ok)
    const ticket = await send("/signed/authenticate-system-user", "system_user", systemUser)
    expect(ticket).toMatchObject({ ...ok, body: { token_type: "SOTicket" } })
    expect(await send("/signed/health", "health")).toMatchObject({ ...ok, body: { status: "ok" } })
    stack.secretsManager.outage = "down"
    await provider.close()
    const degraded = await send("/signed/health", "health", {}, { mediaType: form })
    expect(degraded).toMatchObject({ ...ok, body: { status: "degraded", clock_skew_seconds: null } })
  })
})

describe("a refusal by every operation is as the document says:", () => {
  it("of callers and requests", async () => {
    const deployment = await deploy()
    const refused = async (
      operation: Operation,
      body: object | string,
      options: ExampleCallOptions,
      told: object,
    ) => {
      const answer = await call(deployment, operation, body, options)
      expectDescribed(operation, answer)
      expect(answer, operation.path).toMatchObject(told)
    }
    for (const operation of operations) {
      const fromElsewhere = { headers: { origin: "https://elsewhere.example" } }
      await refused(operation, {}, fromElsewhere, { status: 403, body: { code: "origin_not_allowed" } })
      const text = { mediaType: "text/plain" }
      await refused(operation, "x", text, { status: 415, body: { code: "media_type_unsupported" } })
      await refused(operation, "[]", {}, { status: 400, body: { code: "request_invalid" } })
      await refused(operation, { client_secret: "s" }, {}, { status: 400, body: { code: "request_invalid" } })
      const large = { padding: "x".repeat(32 * 1024) }
      await refused(operation, large, {}, { status: 413, body: { code: "request_too_large" } })
    }
    for (const operation of operations.filter(({ isSigned }) => isSigned)) {
      const unsigned = { headers: { authorization: "none" } }
      await refused(operation, {}, unsigned, { status: 403, body: { message: "Forbidden" } })
    }
  })

  it("of a deployment with wrong settings", async () => {
    const deployment = await deploy({ CLIENT_SECRET_ID: "" })
    for (const operation of operations) {
      const answer = await call(deployment, operation, {})
      expectDescribed(operation, answer)
      expect(answer).toMatchObject({ status: 500, body: { code: "configuration_invalid" } })
    }
  })
})

/** Where an operation's request goes, and the example that it goes there with. */
const atSuperOffice: readonly (readonly [string, Endpoint, string])[] = [
  ["/exchange-code", "token", "own_pkce"],
  ["/refresh-token", "token", "cookie"],
  ["/token", "token", "refresh"],
  ["/revoke-token", "revocation", "cookie"],
  ["/signed/exchange-code", "token", "pkce"],
  ["/signed/refresh-token", "token", "refresh"],
  ["/signed/token", "token", "refresh"],
  ["/signed/revoke-token", "revocation", "revoke"],
  ["/signed/authenticate-system-user", "system user", "system_user"],
]

/** What the examples need to get there; to the others unknown fields, which are passed over. */
const known = { redirect_uri: `${origin}/callback`, ...systemUser }

/** Sends every one of them, and gives the code of each answer by its path. */
async function sendAll({ send }: Deployment, cookie: string): Promise<Readonly<Record<string, unknown>>> {
  const answers = atSuperOffice.map(async ([path, , example]) => {
    const { body, headers } = await send(path, example, known, path.startsWith("/signed/") ? {} : { cookie })
    expect(headers.has("retry-after"), path).toBe(body.retryable === true)
    return [path, body.code] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

function everywhere(code: string): Readonly<Record<string, string>> {
  return Object.fromEntries(atSuperOffice.map(([path]) => [path, code]))
}

describe("an outage is answered as the document says:", () => {
  it.each<[Fault, string]>([
    ["status 500", "upstream_unavailable"],
    ["status 429", "upstream_unavailable"],
    ["reset before the work", "upstream_unavailable"],
    ["a redirect", "upstream_invalid"],
    ["silence", "upstream_timeout"],
  ])(
    "SuperOffice's answer is %s",
    async (fault, code) => {
      const deployment = await deploy()
      const { cookie } = await deployment.session()
      for (const [, endpoint] of atSuperOffice) deployment.provider.faults[endpoint] = fault
      expect(await sendAll(deployment, cookie)).toEqual(everywhere(code))
    },
    60_000,
  )

  it.each([
    ["down", "secret_unavailable"],
    ["denied", "configuration_invalid"],
  ] as const)("Secrets Manager is %s", async (outage, code) => {
    const deployment = await deploy()
    deployment.stack.secretsManager.outage = outage
    expect(await sendAll(deployment, "")).toMatchObject({
      ...everywhere(code),
      "/refresh-token": "session_expired",
      "/token": "session_expired",
    })
    expect(await deployment.send("/start-login", "any_tenant", known)).toMatchObject({ body: { code } })
  })

  it("SuperOffice is away before anything was read", async () => {
    const deployment = await deploy()
    await deployment.provider.close()
    const { "/signed/token": token, "/signed/authenticate-system-user": systemUser } = await sendAll(
      deployment,
      "",
    )
    expect([token, systemUser]).toEqual(["key_set_unavailable", "key_set_unavailable"])
  })
})

describe("a rejection is answered as the document says:", () => {
  it("the grant, its ID Token, or its type is not the right one", async () => {
    const { send, ...journey } = await deploy()
    for (const [path, example] of [
      ["/exchange-code", "own_pkce"],
      ["/token", "code"],
      ["/signed/exchange-code", "pkce"],
      ["/signed/token", "code"],
    ] as const) {
      const refused = await send(path, example, known)
      expect(refused).toMatchObject({ status: 400, body: { code: "grant_rejected" } })
      const replayed = await send(path, example, { ...(await journey.authorize()), nonce: "another" })
      expect(replayed).toMatchObject({ status: 400, body: { code: "identity_mismatch" } })
      const unsupported = await send(path, example, { grant_type: "password" })
      expect(unsupported).toMatchObject({ status: 400, body: { code: "grant_unsupported" } })
    }
  })

  it("the system user, its tenant, its key or its clock is not the right one", async () => {
    const { send, provider } = await deploy()
    const codeOf = async (changes: object) =>
      (await send("/signed/authenticate-system-user", "system_user", changes)).body.code
    expect(await codeOf({})).toBe("system_user_rejected")
    provider.systemUserTenant = "Cust12020"
    expect(await codeOf(systemUser)).toBe("tenant_mismatch")
    provider.clockOffsetSeconds = 600
    expect(await codeOf(systemUser)).toBe("clock_rejected")
    provider.clockOffsetSeconds = 0
    provider.systemUserKey = undefined
    expect(await codeOf(systemUser)).toBe("signing_key_rejected")
  })

  describe("the client, in so many words:", () => {
    let upstream: ScriptedServer
    beforeEach(async () => {
      upstream = await startScriptedServer({
        onRequest: (socket, request) =>
          socket.write(
            request.startsWith("POST")
              ? http(401, '{"error":"invalid_client"}')
              : http(200, JSON.stringify({ keys: [createSigningKey().jwk] })),
          ),
      })
    })
    afterEach(() => upstream.close())

    it.each(["/signed/exchange-code", "/signed/refresh-token", "/signed/token", "/signed/revoke-token"])(
      "%s",
      async (path) => {
        const { send } = await deploy({ LOCAL_PROVIDER_URL: upstream.url })
        const [, , example = ""] = atSuperOffice.find(([one]) => one === path) ?? []
        expect(await send(path, example, known)).toMatchObject({
          status: 502,
          body: { code: "client_rejected" },
        })
      },
    )
  })
})
