import { LambdaClient } from "@aws-sdk/client-lambda"
import { describe, expect, it } from "vitest"
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
  "signed HTTPS": ({ stack: { url, credentials } }: Journey): Client => {
    const { region } = credentials
    return createClient(overHttps({ url, region, credentials: () => Promise.resolve(credentials) }))
  },
}

describe.each(Object.entries(transports))("a cloud client over %s", (_way, connect) => {
  const start = async () => {
    const journey = await share()
    return { journey, client: connect(journey) }
  }

  it("redeems a code, refreshes what came back, and revokes it", async () => {
    const { journey, client } = await start()
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
    const again = await client.refreshToken({ refresh_token })
    expect(again).toMatchObject({ ok: false, error: { error: "invalid_grant", code: "grant_rejected" } })
  })

  it("redeems a code and a refresh token by the token endpoint", async () => {
    const { journey, client } = await start()
    const code = await journey.authorize()
    const { refresh_token = "" } = valueOf(await client.token({ grant_type: "authorization_code", ...code }))
    const refreshed = valueOf(await client.token({ grant_type: "refresh_token", refresh_token }))
    expect(refreshed.claims.ctx).toBe("Cust12020")
  })

  it("authenticates the system user, and tells how the deployment is", async () => {
    const { client } = await start()
    const ticket = { token_type: "SOTicket", claims: { ctx: "Cust26759" } }
    expect(valueOf(await client.authenticateSystemUser(systemUser))).toMatchObject(ticket)
    expect(valueOf(await client.health())).toMatchObject({ status: "ok", environment: "sod" })
  })
})

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
