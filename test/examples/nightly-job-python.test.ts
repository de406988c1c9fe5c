import { execFile } from "node:child_process"
import { describe, expect, it } from "vitest"
import { python } from "../support/python.ts"
import { signedUpFor, storeSystemToken } from "./system-user.ts"

interface Ended {
  readonly status: number | string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the job with the environment that the other examples have. */
function run(tenant: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, AWS_DEFAULT_REGION: process.env.AWS_REGION }
    const child = execFile(
      python ?? "",
      ["examples/nightly_job.py", tenant],
      { env },
      (_error, stdout, stderr) => {
        resolve({ status: child.exitCode, stdout, stderr })
      },
    )
  })
}

describe.skipIf(python === undefined)("the nightly job in Python", () => {
  it("works in a tenant as the system user, by direct invocation and the tenant's REST API", async () => {
    await signedUpFor("Cust26759")
    const { status, stdout, stderr } = await run("Cust26759")
    expect(stderr).toBe("")
    expect(JSON.parse(stdout)).toEqual({ tenant: "Cust26759", worked_as: "SystemAssociate" })
    expect(status).toBe(0)
  })

  it("ends with status 1 and the code when SuperOffice refuses, because another try is no use", async () => {
    storeSystemToken(await signedUpFor("Cust26759"), "Cust26759", "Withdrawn")
    const { status, stderr } = await run("Cust26759")
    expect(stderr).toContain("system_user_rejected")
    expect(stderr).not.toContain("Withdrawn")
    expect(status).toBe(1)
  })

  it("ends with status 75 when SuperOffice is away, because another try may help", async () => {
    const { provider } = await signedUpFor("Cust26759")
    await provider.close()
    const { status, stderr } = await run("Cust26759")
    expect(stderr).toContain("key_set_unavailable")
    expect(status).toBe(75)
  })
})
