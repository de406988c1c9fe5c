import { describe, expect, it, vi } from "vitest"
import { systemUserSecretIds } from "../../local/stack.ts"
import type { Journey } from "../support/journey.ts"
import { replaceClientSecret, startBeside } from "./beside.ts"

const tenant = "Cust26759"
const done = { tenant, worked_as: "SystemAssociate" }

async function run(named = tenant): Promise<unknown> {
  const { handler } = await import("../../examples/nightly-job.ts")
  return await handler({ tenant: named })
}

/** How often the job has signed in. */
function signIns({ log }: Journey): number {
  return log.filter((line) => line.includes('"function":"authenticate-system-user"')).length
}

describe("the nightly job", () => {
  it("works in a tenant as the system user, by direct invocation and the tenant's REST API, with one ticket", async () => {
    const journey = await startBeside()
    expect([await run(), await run()]).toEqual([done, done])
    expect(signIns(journey)).toBe(1)
  })

  it("finds the system token of a tenant in any case of letters, and reads no other secret", async () => {
    await startBeside()
    expect(await run(tenant.toLowerCase())).toEqual({ ...done, tenant: tenant.toLowerCase() })
    expect(await run("../../app-token")).toMatchObject({ code: "request_malformed", retryable: false })
  })

  it("signs in again when the ticket has expired", async () => {
    const journey = await startBeside()
    await run()
    journey.provider.clockOffsetSeconds = 7 * 3_600
    const realFetch = fetch
    vi.stubGlobal("fetch", async (...request: Parameters<typeof fetch>) => {
      const response = await realFetch(...request)
      // The function would refuse to sign in with a clock that is hours off.
      if (response.status === 401) journey.provider.clockOffsetSeconds = 0
      return response
    })
    expect(await run()).toEqual(done)
    expect(signIns(journey)).toBe(2)
  })

  it("reads the client secret again when it was replaced", async () => {
    const journey = await startBeside()
    await run()
    replaceClientSecret(journey, "canary-second")
    expect(await run()).toEqual(done)
  })

  it("asks SuperOffice's state endpoint when the token has no webapi_url", async () => {
    const { provider } = await startBeside()
    provider.systemUserClaims = { "http://schemes.superoffice.net/identity/webapi_url": undefined }
    await expect(run()).rejects.toThrow(
      "The token has no webapi_url: set SUPEROFFICE_URL, for example to https://online.superoffice.com",
    )
    vi.stubEnv("SUPEROFFICE_URL", provider.url)
    expect(await run()).toEqual(done)
    provider.tenantStates.delete(tenant)
    vi.resetModules()
    await expect(run()).rejects.toThrow(`SuperOffice does not tell where the REST API of ${tenant} is`)
  })

  it("signs in a second time and throws when the REST API refuses the client secret", async () => {
    const journey = await startBeside()
    journey.stack.secretsManager.put(systemUserSecretIds.appToken, "wrong")
    await expect(run()).rejects.toThrow("SuperOffice's REST API answered 401")
    expect(signIns(journey)).toBe(2)
  })
})
