import { expect, it, onTestFinished } from "vitest"
import { closedUrl, http, startScriptedServer } from "../../support/scripted-server.ts"
import { folderWith } from "../folder-with.ts"
import { examine } from "./examine.ts"

/** Asks with `--stage` for the address, where this answers in place of CloudFormation. */
async function examineWith(url: string) {
  const folder = folderWith("sod:\n  clientSecretId: superoffice/sod\n")
  return await examine(["--stage", "sod"], { env: { AWS_ENDPOINT_URL_CLOUDFORMATION: url }, folder })
}

async function startRefusing(code: string): Promise<string> {
  const error = `<Type>Sender</Type><Code>${code}</Code><Message>canary \x9b31m</Message>`
  const answer = http(400, `<ErrorResponse><Error>${error}</Error></ErrorResponse>`, [
    "Content-Type: text/xml",
  ])
  const server = await startScriptedServer({ onRequest: (socket) => socket.write(answer) })
  onTestFinished(() => server.close())
  return server.url
}

it.each([
  ["ExpiredToken", "The session of AWS_ACCESS_KEY_ID has expired"],
  ["AccessDenied", "These credentials may not call cloudformation:DescribeStacks"],
  ["Odd\x9b31m", "AWS refused cloudformation:DescribeStacks (unknown error)"],
])("the check of a stack does not print AWS's own text of the error %j (C81)", async (code, said) => {
  const { exitCode, stdout, stderr } = await examineWith(await startRefusing(code))
  expect(stdout).toContain(`stage sod\n  failed    stack          ${said}`)
  expect(stdout).toContain("Fix: correct that, or pass --url: the output ApiUrl of the stack\n")
  expect(stdout + stderr).not.toMatch(/canary|\x9b/)
  expect(exitCode).toBe(1)
})

it("the check of a stack fails when CloudFormation cannot be reached", async () => {
  const { exitCode, stdout } = await examineWith(await closedUrl())
  expect(stdout).toContain("  failed    stack          AWS cannot be reached (ECONNREFUSED)")
  expect(exitCode).toBe(1)
})
