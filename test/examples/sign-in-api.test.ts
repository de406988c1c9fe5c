import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { afterEach, expect, it, vi } from "vitest"
import { origin, type JsonRecord } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { arnOf, startBeside } from "./environment.ts"

afterEach(() => {
  vi.resetModules()
})

function start() {
  return startBeside(
    {},
    { EXCHANGE_CODE_ARN: arnOf("exchange-code"), REDIRECT_URI: `${origin}/callback`, STAGE: "sod" },
  )
}

async function signIn(fields: object): Promise<{ readonly statusCode: number; readonly body: JsonRecord }> {
  const { handler } = await import("../../examples/sign-in-api.ts")
  const { statusCode, body } = await handler({ body: JSON.stringify(fields) })
  return { statusCode, body: JSON.parse(body) as JsonRecord }
}

async function keptFor(user: string): Promise<string | undefined> {
  return (await readSecret(`superoffice/users/${user}`)).SecretString
}

async function readSecret(SecretId: string) {
  return await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }))
}

it("keeps the refresh token in the user's own secret, and tells the page who signed in", async () => {
  const journey = await start()
  expect(await signIn(await journey.authorize("Cust12020/tony"))).toEqual({
    statusCode: 200,
    body: { ctx: "Cust12020", associateid: 5, company_name: "Tony's Developer Network" },
  })
  const refresh_token = await keptFor("Cust12020/5")
  expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ token_type: "Bearer" })
})

it("replaces the refresh token when the user signs in again", async () => {
  const journey = await start()
  await signIn(await journey.authorize("Cust12020/tony"))
  const first = await keptFor("Cust12020/5")
  await signIn(await journey.authorize("Cust12020/tony"))
  expect(await keptFor("Cust12020/5")).not.toBe(first)
})

it("keeps the tenant's system token where npm run consent would, and a new version only if it is a new token", async () => {
  const journey = await start()
  const secretId = "superoffice/sod/tenants/Cust26759"
  await signIn(await journey.authorize("Cust26759/liv"))
  const { SecretString = "", VersionId } = await readSecret(secretId)
  expect(JSON.parse(SecretString)).toEqual({
    tenant: "Cust26759",
    system_token: systemUser.system_token,
    consented_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    consented_by: 8,
  })
  await signIn(await journey.authorize("Cust26759/liv"))
  expect((await readSecret(secretId)).VersionId).toBe(VersionId)
  const other = { tenant: "Cust26759", system_token: "withdrawn", refresh_token: "of consent" }
  journey.stack.secretsManager.put(secretId, JSON.stringify(other))
  await signIn(await journey.authorize("Cust26759/liv"))
  const replaced = await readSecret(secretId)
  expect(JSON.parse(replaced.SecretString ?? "")).toMatchObject({
    system_token: systemUser.system_token,
    refresh_token: "of consent",
  })
})

it("answers that the user must sign in again when the code is refused", async () => {
  const journey = await start()
  const code = await journey.authorize()
  await signIn(code)
  expect(await signIn(code)).toMatchObject({ statusCode: 400, body: { code: "grant_rejected" } })
})

it("answers that the same code may be sent again when it was not spent", async () => {
  const journey = await start()
  const code = await journey.authorize()
  journey.stack.secretsManager.outage = "down"
  expect(await signIn(code)).toMatchObject({ statusCode: 503, body: { retryable: true } })
  journey.stack.secretsManager.outage = undefined
  expect(await signIn(code)).toMatchObject({ statusCode: 200 })
})
