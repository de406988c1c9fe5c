import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { shellOf } from "../../local/shell.ts"
import { lacksPosixShell } from "../support/windows.ts"

const variables = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIDLOCALSTACK" }
const url = "http://127.0.0.1:8787"
const origin = "http://localhost:5173"

describe.each(["linux", "darwin"] as const)("a command for a shell on %s", (platform) => {
  const shell = shellOf(platform)

  it("sets and removes variables", () => {
    expect(shell.set(variables)).toBe("export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIDLOCALSTACK")
    expect(shell.remove("AWS_PROFILE", "AWS_SESSION_TOKEN")).toBe("unset AWS_PROFILE AWS_SESSION_TOKEN")
  })

  it("posts JSON, or a signed form", () => {
    expect(shell.postJson(`${url}/exchange-code`, origin, '{"code":"a-code"}')).toBe(
      `curl ${url}/exchange-code -H 'Origin: ${origin}' -H 'Content-Type: application/json' \\\n` +
        `    -d '{"code":"a-code"}'`,
    )
    expect(shell.postSigned(`${url}/signed/token`, "eu-west-1", "a=b&c=d")).toBe(
      `curl ${url}/signed/token --aws-sigv4 'aws:amz:eu-west-1:execute-api' \\\n` +
        `    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -d 'a=b&c=d'`,
    )
  })

  it("trusts a certificate whose path may have spaces", () => {
    const path = "/home/tony y/certificate.pem"
    expect(shell.postJson(url, origin, "{}", path)).toContain(`curl ${url} --cacert '${path}' -H `)
    expect(shell.postSigned(url, "eu-west-1", "a=b", path)).toContain(`curl ${url} --cacert '${path}' --aws`)
    expect(shell.set({ NODE_EXTRA_CA_CERTS: path })).toBe(`export NODE_EXTRA_CA_CERTS='${path}'`)
  })

  it("calls npm by its name", () => {
    expect(shell.npm).toBe("npm")
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

  it("posts JSON, or a signed form", () => {
    expect(shell.postJson(`${url}/exchange-code`, origin, '{"code":"a-code"}')).toBe(
      `Invoke-RestMethod ${url}/exchange-code -Method Post -Headers @{ Origin = '${origin}' } \`\n` +
        `    -ContentType application/json -Body '{"code":"a-code"}'`,
    )
    expect(shell.postSigned(`${url}/signed/token`, "eu-west-1", "a=b&c=d")).toBe(
      `curl.exe ${url}/signed/token --aws-sigv4 'aws:amz:eu-west-1:execute-api' \`\n` +
        `    --user "\${env:AWS_ACCESS_KEY_ID}:\${env:AWS_SECRET_ACCESS_KEY}" -d 'a=b&c=d'`,
    )
  })

  it("trusts a certificate whose path may have spaces", () => {
    const path = "C:\\tony y\\certificate.pem"
    expect(shell.postSigned(url, "eu-west-1", "a=b", path)).toContain(
      `curl.exe ${url} --cacert "${path}" --aws`,
    )
    expect(shell.set({ NODE_EXTRA_CA_CERTS: path })).toBe(`$env:NODE_EXTRA_CA_CERTS = "${path}"`)
  })

  it("calls npm.cmd, because PowerShell keeps -- from npm.ps1", () => {
    expect(shell.npm).toBe("npm.cmd")
  })
})

it.skipIf(lacksPosixShell)("a POSIX shell sets and removes the variables as printed", () => {
  const shell = shellOf("linux")
  const commands = `${shell.set(variables)}\n${shell.remove("AWS_REGION", "NOT_THERE")}\nenv`
  const printed = execFileSync("sh", ["-c", commands], { encoding: "utf8" }).split("\n")
  expect(printed).toContain("AWS_ACCESS_KEY_ID=AKIDLOCALSTACK")
  expect(printed.join("\n")).not.toMatch(/^AWS_REGION=/m)
})
