import { LambdaClient } from "@aws-sdk/client-lambda"
import { afterEach, describe, expect, it } from "vitest"
import { createClient, overHttps, overLambda, type Client } from "../../client/cloud.ts"
import { startLambdaApi } from "../../local/lambda-api.ts"
import { startJourney, type Journey } from "../support/journey.ts"
import { startWithSystemUser, systemUser } from "../support/system-user.ts"

const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

const unknownToken = "KAe5FYYSz1KBSSgHFnTjUjsUwMEHEOmaKPYbqu6pcErKVLk3p0mJ0cKcThdmpDVL"

/** The functions of a journey, through Lambda's API or through the HTTP API. */
const transports = {
  "direct invocation": async ({ stack }: Journey): Promise<Client> => {
    const api = await startLambdaApi(stack)
    closers.push(() => api.close())
    const { region, accessKeyId, secretAccessKey } = stack.credentials
    const client = new LambdaClient({
      region,
      credentials: { accessKeyId, secretAccessKey },
      endpoint: api.url,
    })
    return createClient(overLambda({ client, functions: (name) => name }))
  },
  "signed HTTPS": ({ stack }: Journey): Promise<Client> => {
    const { region, accessKeyId, secretAccessKey } = stack.credentials
    const credentials = () => Promise.resolve({ accessKeyId, secretAccessKey })
    return Promise.resolve(createClient(overHttps({ url: `${stack.url}/`, region, credentials })))
  },
}

describe.each(Object.entries(transports))("the cloud client over %s", (_name, connect) => {
  it("redeems a code, refreshes what came back, and revokes it", async () => {
    const journey = await startJourney()
    const client = await connect(journey)
    const signedIn = valueOf(
      await client.exchangeCode({ ...(await journey.authorize()), include: ["tenant"] }),
    )
    expect(signedIn).toMatchObject({
      token_type: "Bearer",
      claims: { ctx: "Cust12020", associateid: 5 },
      tenant: { state: "Running", is_running: true },
    })
    const { refresh_token = "" } = signedIn
    const { sub, ctx } = signedIn.claims
    const refreshed = valueOf(await client.refreshToken({ refresh_token, sub, ctx }))
    expect(refreshed.access_token).not.toBe(signedIn.access_token)
    expect(valueOf(await client.token({ grant_type: "refresh_token", refresh_token }))).toMatchObject({
      claims: { ctx },
    })
    expect(valueOf(await client.revokeToken({ token: refresh_token }))).toMatchObject({ revoked: true })
    expect(await client.refreshToken({ refresh_token })).toMatchObject({
      ok: false,
      error: { code: "grant_rejected", retryable: false, request_id: expect.any(String) as string },
    })
  })

  it("redeems a code by the token endpoint", async () => {
    const journey = await startJourney()
    const client = await connect(journey)
    const result = await client.token({ grant_type: "authorization_code", ...(await journey.authorize()) })
    expect(valueOf(result).claims.ctx).toBe("Cust12020")
  })

  it("authenticates the system user", async () => {
    const client = await connect(await startWithSystemUser())
    expect(valueOf(await client.authenticateSystemUser(systemUser))).toMatchObject({
      token_type: "SOTicket",
      claims: { ctx: "Cust26759" },
    })
  })

  it("tells how the deployment is", async () => {
    const client = await connect(await startJourney())
    expect(valueOf(await client.health())).toMatchObject({ status: "ok", environment: "sod" })
  })

  it("gives the service's error as it is, for a request that breaks the contract", async () => {
    const client = await connect(await startJourney())
    expect(await client.exchangeCode({ code: "", redirect_uri: "https://app.example/callback" })).toEqual({
      ok: false,
      error: {
        error: "invalid_request",
        error_description: expect.stringContaining('"code"') as string,
        code: "request_invalid",
        retryable: false,
        request_id: expect.any(String) as string,
      },
    })
  })

  it("repeats a refresh once when the service says that it helps", async () => {
    const journey = await startJourney()
    const client = await connect(journey)
    journey.stack.secretsManager.outage = "down"
    const pending = client.refreshToken({ refresh_token: unknownToken })
    await expect.poll(() => outcomes(journey), { timeout: 5_000 }).toEqual(["secret_unavailable"])
    journey.stack.secretsManager.outage = undefined
    expect(await pending).toMatchObject({ ok: false, error: { code: "grant_rejected" } })
    expect(outcomes(journey)).toEqual(["secret_unavailable", "grant_rejected"])
  })

  it("does not repeat a code, though the service says that it is still good", async () => {
    const journey = await startJourney()
    const client = await connect(journey)
    journey.stack.secretsManager.outage = "down"
    const code = await journey.authorize()
    expect(await client.exchangeCode(code)).toMatchObject({
      ok: false,
      error: { code: "secret_unavailable", retryable: true },
    })
    expect(outcomes(journey)).toEqual(["secret_unavailable"])
    journey.stack.secretsManager.outage = undefined
    expect((await client.exchangeCode(code)).ok).toBe(true)
  })
})

function valueOf<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: object },
): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** The code of each outcome that the functions logged. */
function outcomes({ log }: Journey): unknown[] {
  return log.map((line) => (JSON.parse(line) as { readonly code?: unknown }).code)
}
