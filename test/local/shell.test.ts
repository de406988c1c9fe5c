import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { shellOf } from "../../local/shell.ts"
import { lacksPosixShell } from "../support/windows.ts"

const variables = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIDLOCALSTACK" }
const url = "http://127.0.0.1:8787"
const origin = "http://localhost:5173"

describe("a command for a POSIX shell", () => {
  const shell = shellOf("linux")

  it.skipIf(lacksPosixShell)("sets and removes variables", () => {
    const path = { NODE_EXTRA_CA_CERTS: "/home/tony y's/certificate.pem" }
    const commands = `${shell.set({ ...variables, ...path })}\n${shell.remove("AWS_REGION", "NOT_THERE")}\nenv`
    const printed = execFileSync("sh", ["-c", commands], { encoding: "utf8" })
    expect(printed).toMatch(/^AWS_ACCESS_KEY_ID=AKIDLOCALSTACK$/m)
    expect(printed).toMatch(/^NODE_EXTRA_CA_CERTS=\/home\/tony y's\/certificate\.pem$/m)
    expect(printed).not.toMatch(/^AWS_REGION=/m)
  })

  it("trusts a certificate whose path may have spaces, when it posts JSON or a signed form", () => {
    const start = `curl ${url} --cacert '/home/tony y/certificate.pem' -`
    const path = "/home/tony y/certificate.pem"
    expect(shell.postJson(url, origin, "{}", path)).toContain(start)
    expect(shell.postSigned(url, "eu-west-1", "a=b", path)).toContain(start)
  })
})

describe("a command for PowerShell on Windows", () => {
  const shell = shellOf("win32")

  it("sets and removes variables", () => {
    expect(shell.set(variables)).toBe(
      '$env:AWS_REGION = "eu-west-1"; $env:AWS_ACCESS_KEY_ID = "AKIDLOCALSTACK"',
    )
    expect(shell.remove("AWS_PROFILE", "AWS_SESSION_TOKEN")).toBe(
      "Remove-Item -ErrorAction Ignore Env:AWS_PROFILE, Env:AWS_SESSION_TOKEN",
    )
  })

  it("posts JSON, or a signed form for which it trusts a certificate whose path may have spaces", () => {
    expect(shell.postJson(`${url}/exchange-code`, origin, '{"code":"a-code"}')).toBe(
      `Invoke-RestMethod ${url}/exchange-code -Method Post -Headers @{ Origin = '${origin}' } \`\n` +
        `    -ContentType application/json -Body '{"code":"a-code"}'`,
    )
    const path = "C:\\tony y\\certificate.pem"
    expect(shell.postSigned(`${url}/signed/token`, "eu-west-1", "a=b&c=d", path)).toBe(
      `curl.exe ${url}/signed/token --cacert "${path}" --aws-sigv4 'aws:amz:eu-west-1:execute-api' \`\n` +
        `    --user "\${env:AWS_ACCESS_KEY_ID}:\${env:AWS_SECRET_ACCESS_KEY}" -d 'a=b&c=d'`,
    )
  })

  it("calls npm.cmd, because PowerShell keeps -- from npm.ps1", () => {
    expect([shell.npm, shellOf("darwin").npm]).toEqual(["npm.cmd", "npm"])
  })
})
