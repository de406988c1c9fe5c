import { describe, expect, it } from "vitest"
import { clientSecretText, secretId } from "../../local/stack.ts"
import { shareJourney, startJourney, type JsonRecord } from "../support/journey.ts"

const share = shareJourney()

describe("exchange-code", () => {
  it("gives a page its tokens and claims, and no refresh token (R01)", async () => {
    const journey = await share()
    const code = await journey.authorize("Cust12020/tony")
    const { status, body } = await journey.postAsPage("/exchange-code", code)
    expect(status).toBe(200)
    const members = "token_type access_token expires_in expires_at scope id_token session_expires_at claims"
    expect(Object.keys(body).join(" ")).toBe(members)
    const claims = { ctx: "Cust12020", associateid: 5, nonce: code.nonce, is_administrator: false }
    expect(body).toMatchObject({ claims })
  })

  it("withholds from a page an ID Token with a system token, and hands it to a cloud function", async () => {
    const journey = await share()
    const page = await journey.postAsPage("/exchange-code", await journey.authorize("Cust26759/liv"))
    expect(page.body).not.toHaveProperty("id_token")
    expect(page.body.claims).not.toHaveProperty("system_token")
    const direct = await journey.invoke("exchange-code", await journey.authorize("Cust26759/liv"))
    expect(direct).toMatchObject({ claims: { system_token: "Token Exchange-8k8Q7DmBgo" } })
  })

  it("redeems a code with a replaced client secret within one request", async () => {
    const { stack, provider, ...journey } = await share()
    await journey.invoke("exchange-code", await journey.authorize())
    provider.replaceClientSecret("the-new-one")
    stack.secretsManager.put(secretId, clientSecretText(provider.clientId, "the-new-one"))
    expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
    await expect.poll(() => lastLine(journey.log)).toMatchObject({ posts: 2, client_secret_replaced: 1 })
  })
})

it("a refresh token works through every door that takes it in clear, again and again (R15)", async () => {
  const journey = await share()
  const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
  const refresh = { grant_type: "refresh_token", refresh_token }
  expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
  expect(await journey.invoke("token", refresh)).toMatchObject({ refresh_token })
  const signed = await journey.postSigned("/signed/refresh-token", { refresh_token })
  expect(signed).toMatchObject({ status: 200, body: { refresh_token } })
  const page = await journey.postAsPage("/refresh-token", { refresh_token })
  expect(page).toMatchObject({ status: 400, body: { code: "request_invalid" } })
})

it("a secret past its age is used", async () => {
  const { stack, ...journey } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
  expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
  stack.secretsManager.outage = "down"
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
  await expect.poll(() => lastLine(journey.log)).toMatchObject({ code: "ok", secret_stale: 1 })
})

function lastLine(log: readonly string[]): JsonRecord {
  return JSON.parse(log.findLast((line) => line.startsWith("{")) ?? "{}") as JsonRecord
}
