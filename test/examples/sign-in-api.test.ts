import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { describe, expect, it, vi } from "vitest"
import { startJourney, type JsonRecord } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { startBeside } from "./beside.ts"

async function signIn(fields: object): Promise<{ readonly statusCode: number; readonly body: JsonRecord }> {
  const { handler } = await import("../../examples/sign-in-api.ts")
  const { statusCode, body } = await handler({ body: JSON.stringify(fields) })
  return { statusCode, body: JSON.parse(body) as JsonRecord }
}

async function read(SecretId: string) {
  return await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }))
}

describe("the API of a page's own", () => {
  it("keeps the newest refresh token in the user's own secret, and tells the page who signed in", async () => {
    const journey = await startBeside()
    expect(await signIn(await journey.authorize("Cust12020/tony"))).toEqual({
      statusCode: 200,
      body: { ctx: "Cust12020", associateid: 5, company_name: "Tony's Developer Network" },
    })
    const { SecretString: first } = await read("superoffice/users/Cust12020/5")
    await signIn(await journey.authorize("Cust12020/tony"))
    const { SecretString: refresh_token } = await read("superoffice/users/Cust12020/5")
    expect(refresh_token).not.toBe(first)
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ token_type: "Bearer" })
  })

  it("keeps the tenant's system token where npm run consent would, and a new version only if it is a new token", async () => {
    const journey = await startBeside()
    vi.stubEnv("STAGE", "sod")
    const secretId = "superoffice/sod/tenants/Cust26759"
    const kept = {
      tenant: "Cust26759",
      system_token: systemUser.system_token,
      consented_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      consented_by: 8,
    }
    await signIn(await journey.authorize("Cust26759/liv"))
    const { SecretString = "", VersionId } = await read(secretId)
    expect(JSON.parse(SecretString)).toEqual(kept)
    await signIn(await journey.authorize("Cust26759/liv"))
    expect((await read(secretId)).VersionId).toBe(VersionId)

    const other = { tenant: "Cust26759", system_token: "withdrawn", refresh_token: "of consent" }
    journey.stack.secretsManager.put(secretId, JSON.stringify(other))
    await signIn(await journey.authorize("Cust26759/liv"))
    expect(JSON.parse((await read(secretId)).SecretString ?? "")).toEqual({
      ...kept,
      refresh_token: "of consent",
    })
  })

  it("answers that the user must sign in again when the code is refused", async () => {
    const journey = await startBeside()
    const code = await journey.authorize()
    await signIn(code)
    expect(await signIn(code)).toMatchObject({ statusCode: 400, body: { code: "grant_rejected" } })
  })

  it("answers that the same code may be sent again when it was not spent", async () => {
    // A stack of its own, whose functions have not read the secret yet.
    const journey = await startBeside(await startJourney())
    const code = await journey.authorize()
    journey.stack.secretsManager.outage = "down"
    expect(await signIn(code)).toMatchObject({ statusCode: 503, body: { retryable: true } })
    journey.stack.secretsManager.outage = undefined
    expect(await signIn(code)).toMatchObject({ statusCode: 200 })
  })
})
