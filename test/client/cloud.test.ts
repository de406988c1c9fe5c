import { LambdaClient } from "@aws-sdk/client-lambda"
import { beforeAll, describe, expect, it } from "vitest"
import { createClient, overHttps, overLambda, type Client, type Result } from "../../client/cloud.ts"
import { shareJourney, type Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"

const share = shareJourney()

/** The functions of a journey, through Lambda's API or through the HTTP API. */
const transports = {
  "direct invocation": ({ stack: { lambda, credentials } }: Journey): Client => {
    const client = new LambdaClient({ region: credentials.region, credentials, endpoint: lambda.url })
    return createClient(overLambda({ client, functions: (name) => name }))
  },
  "signed HTTPS": ({ stack: { url, credentials } }: Journey): Client =>
    createClient(
      overHttps({
        url: `${url}/`,
        region: credentials.region,
        credentials: () => Promise.resolve(credentials),
      }),
    ),
}

describe.each(Object.entries(transports))("a cloud client over %s", (_way, connect) => {
  let journey: Journey
  let client: Client
  beforeAll(async () => {
    journey = await share()
    client = connect(journey)
  })

  it("redeems a code, refreshes what came back, and revokes it", async () => {
    const code = await journey.authorize()
    const signedIn = valueOf(await client.exchangeCode({ ...code, include: ["tenant"] }))
    expect(signedIn).toMatchObject({
      token_type: "Bearer",
      claims: { ctx: "Cust12020", associateid: 5 },
      tenant: { state: "Running", is_running: true },
    })
    const { refresh_token = "" } = signedIn
    const { sub, ctx } = signedIn.claims
    const refreshed = valueOf(await client.refreshToken({ refresh_token, sub, ctx }))
    expect(refreshed.access_token).not.toBe(signedIn.access_token)
    expect(valueOf(await client.revokeToken({ token: refresh_token }))).toMatchObject({ revoked: true })
    expect(await client.refreshToken({ refresh_token })).toEqual({
      ok: false,
      error: {
        error: "invalid_grant",
        error_description: expect.any(String) as string,
        code: "grant_rejected",
        retryable: false,
        request_id: expect.any(String) as string,
      },
    })
  })

  it("redeems a code and a refresh token by the token endpoint", async () => {
    const code = await journey.authorize()
    const { refresh_token = "" } = valueOf(await client.token({ grant_type: "authorization_code", ...code }))
    const refreshed = valueOf(await client.token({ grant_type: "refresh_token", refresh_token }))
    expect(refreshed.claims.ctx).toBe("Cust12020")
  })

  it("authenticates the system user", async () => {
    expect(valueOf(await client.authenticateSystemUser(systemUser))).toMatchObject({
      token_type: "SOTicket",
      claims: { ctx: "Cust26759" },
    })
  })

  it("tells how the deployment is", async () => {
    expect(valueOf(await client.health())).toMatchObject({ status: "ok", environment: "sod" })
  })
})

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
