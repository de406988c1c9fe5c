import { afterEach, expect, it, vi } from "vitest"
import { signedUpFor } from "./system-user.ts"

afterEach(() => {
  vi.resetModules()
})

async function run(tenant: string): Promise<unknown> {
  const { handler } = await import("../../examples/nightly-job.ts")
  return await handler({ tenant })
}

it("works in a tenant as the system user, by direct invocation and the tenant's REST API", async () => {
  await signedUpFor("Cust26759")
  expect(await run("Cust26759")).toEqual({ tenant: "Cust26759", worked_as: "SystemAssociate" })
})

it("answers what the function did when SuperOffice refuses, and says that another try is no use", async () => {
  const { stack } = await signedUpFor("Cust26759")
  stack.secretsManager.put("superoffice/tenants/Cust26759", JSON.stringify({ system_token: "Withdrawn" }))
  expect(await run("Cust26759")).toMatchObject({ code: "system_user_rejected", retryable: false })
})

it("answers that another try may help when SuperOffice is away", async () => {
  const { provider } = await signedUpFor("Cust26759")
  await provider.close()
  expect(await run("Cust26759")).toMatchObject({
    code: "key_set_unavailable",
    retryable: true,
    retry_after_seconds: 1,
  })
})

it("throws when the REST API refuses the ticket", async () => {
  const { stack } = await signedUpFor("Cust26759")
  stack.secretsManager.put("another/secret", JSON.stringify({ client_secret: "wrong" }))
  vi.stubEnv("CLIENT_SECRET_ID", "another/secret")
  await expect(run("Cust26759")).rejects.toThrow("SuperOffice's REST API answered 401")
})

it("answers that there is no such function, which no other try helps", async () => {
  await signedUpFor("Cust26759")
  vi.stubEnv("AUTHENTICATE_SYSTEM_USER_ARN", "missing")
  expect(await run("Cust26759")).toMatchObject({ code: "not_found", retryable: false })
})
