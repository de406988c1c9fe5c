import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { secretId } from "../../local/stack.ts"
import { runCommand } from "../support/command.ts"
import { origin, startJourney } from "../support/journey.ts"

const clientId = "db1834037c58c02b6bd9898feef19845"
const clientSecret = "canary-client-secret-of-the-developer"

/** Asks for the secret as a program would that knows nothing but the port. */
async function readUnsigned(secretsManagerUrl: string) {
  const headers = { "x-amz-target": "secretsmanager.GetSecretValue" }
  const body = JSON.stringify({ SecretId: secretId })
  const response = await fetch(secretsManagerUrl, { method: "POST", headers, body })
  return { status: response.status, text: await response.text() }
}

describe("npm start -- --environment sod", () => {
  let program: ChildProcess
  let printed = ""
  let exported: Record<string, string>
  let secretsManagerUrl: string
  let apiUrl: string

  beforeAll(async () => {
    const main = fileURLToPath(new URL("../../local/main.ts", import.meta.url))
    const options = ["--no-build", "--environment", "sod", "--port", "0", "--origin", origin]
    program = spawn(process.execPath, ["--import", "tsx", main, ...options], { stdio: "pipe" })
    for (const stream of [program.stdout, program.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (printed += text))
    }
    program.stdin?.end(`${clientId}\n${clientSecret}\n`)
    const everything = (): void => {
      expect(printed).toMatch(/refreshTokenDelivery: .*\n/)
    }
    await vi.waitFor(everything, { timeout: 20_000, interval: 100 })
    // As a POSIX shell or PowerShell sets them.
    const assigned = printed.matchAll(/(?: |\$env:)([A-Z_]+)(?:=| = ")([^\s";]+)/g)
    exported = Object.fromEntries([...assigned].map(([, name = "", value = ""]) => [name, value]))
    secretsManagerUrl = exported.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
    apiUrl = /doctor -- --url (\S+)/.exec(printed)?.[1] ?? ""
  }, 30_000)

  afterAll(async () => {
    const ended = once(program, "exit")
    program.kill("SIGTERM")
    await ended
    expect(printed).not.toContain("canary")
  })

  it("refuses to tell the client secret to a program without the key of this run (C80)", async () => {
    const { status, text } = await readUnsigned(secretsManagerUrl)
    expect(status).toBe(400)
    expect(text).toContain("MissingAuthenticationTokenException")
    expect(text).not.toContain("canary")
    await expect(readSigned("guessed")).rejects.toMatchObject({ name: "InvalidSignatureException" })
  })

  it("prints the key with which the operator's commands and the AWS SDK reach the secret", async () => {
    expect(Object.keys(exported)).toEqual([
      "AWS_REGION",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_ENDPOINT_URL_CLOUDFORMATION",
      "AWS_ENDPOINT_URL_LAMBDA",
      "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    ])
    const { SecretString = "" } = await readSigned(exported.AWS_SECRET_ACCESS_KEY ?? "")
    expect(JSON.parse(SecretString)).toMatchObject({ client_id: clientId, client_secret: clientSecret })
  })

  it("prints the section of deployment.yml with which the operator's commands know this stack", async () => {
    const [section = ""] = /^ {2}local:\n(?: {4}\w+: .*\n)+/m.exec(printed) ?? []
    const folder = await mkdtemp(join(tmpdir(), "local-"))
    await writeFile(join(folder, "deployment.yml"), section.replaceAll(/^ {2}/gm, ""))
    const options = { env: { ...exported, NO_COLOR: "1" }, folder }
    const { stdout } = await runCommand("doctor", ["--stage", "local"], options)
    await rm(folder, { recursive: true })
    // SuperOffice itself cannot be reached from here.
    expect(stdout).toContain(`stage local at ${apiUrl}\n`)
    expect(stdout).toMatch(/ ok {8}client secret {2}version/)
    expect(stdout).toContain(`delivery       cookie, which works for same-site pages of ${origin}\n`)
  })

  it("serves the functions to a page, and their signed routes to nobody without the key", async () => {
    const headers = { origin, "content-type": "application/json" }
    const init = { method: "POST", headers, body: "{}" }
    expect((await fetch(`${apiUrl}/exchange-code`, init)).status).toBe(400)
    expect((await fetch(`${apiUrl}/signed/exchange-code`, init)).status).toBe(403)
  })

  it.runIf(existsSync("/proc/self/cmdline"))(
    "shows neither the client secret nor the key in the arguments of a process",
    () => {
      const commandLines = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, "utf8")
          } catch {
            return "" // It has ended meanwhile.
          }
        })
        .join("\n")
      expect(commandLines).toContain("local/main.ts")
      expect(commandLines).not.toContain(clientSecret)
      expect(commandLines).not.toContain(exported.AWS_SECRET_ACCESS_KEY)
    },
  )

  async function readSigned(secretAccessKey: string) {
    const { AWS_REGION: region = "", AWS_ACCESS_KEY_ID: accessKeyId = "" } = exported
    const credentials = { accessKeyId, secretAccessKey }
    const client = new SecretsManager({ endpoint: secretsManagerUrl, region, credentials, maxAttempts: 1 })
    try {
      return await client.getSecretValue({ SecretId: secretId })
    } finally {
      client.destroy()
    }
  }
})

it("the functions of a stack redeem a code with a secret that an unsigned request does not get", async () => {
  const { stack, ...journey } = await startJourney()
  expect(await readUnsigned(stack.secretsManager.url)).toMatchObject({ status: 400 })
  expect(await journey.postAsPage("/exchange-code", await journey.authorize())).toMatchObject({ status: 200 })
  expect(stack.secretsManager.reads).toBe(1)
})
