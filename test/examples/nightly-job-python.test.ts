import { execFile } from "node:child_process"
import { describe, expect, it } from "vitest"
import { python } from "../support/python.ts"
import { startBeside, storeSystemToken } from "./beside.ts"

/** Runs the job with the environment that the other examples have. */
function run(): Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, AWS_DEFAULT_REGION: process.env.AWS_REGION }
    const args = ["examples/nightly_job.py", "Cust26759"]
    const child = execFile(python ?? "", args, { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr })
    })
  })
}

describe.skipIf(python === undefined)("the nightly job in Python", () => {
  it("works in a tenant as the system user, by direct invocation and the tenant's REST API", async () => {
    await startBeside()
    const stdout = '{"tenant": "Cust26759", "worked_as": "SystemAssociate"}\n'
    expect(await run()).toEqual({ status: 0, stdout, stderr: "" })
  })

  it("ends with status 1 and the code when SuperOffice refuses, because another try is no use", async () => {
    storeSystemToken((await startBeside()).stack, "Withdrawn")
    const { status, stderr } = await run()
    expect(stderr).toContain("system_user_rejected")
    expect(stderr).not.toContain("Withdrawn")
    expect(status).toBe(1)
  })

  it("ends with status 75 when SuperOffice is away, because another try may help", async () => {
    const { provider } = await startBeside()
    provider.faults["system user"] = "status 503"
    const { status, stderr } = await run()
    expect(stderr).toContain("upstream_unavailable")
    expect(status).toBe(75)
  })
})
