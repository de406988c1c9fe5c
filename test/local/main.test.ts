import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { secretId } from "../../local/stack.ts"
import { runCommand } from "../support/command.ts"
import { origin, startJourney } from "../support/journey.ts"
import { lacksSignals } from "../support/windows.ts"
import { npmStart, type NpmStart } from "./npm-start.ts"

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
  let program: NpmStart
  let variables: Readonly<Record<string, string>>
  let apiUrl: string

  beforeAll(async () => {
    program = await npmStart({
      options: ["--environment", "sod", "--port", "0", "--origin", origin],
      input: `${clientId}\n${clientSecret}\n`,
      until: /refreshTokenDelivery: .*\n/,
    })
    variables = program.variables()
    apiUrl = /doctor -- --url (\S+)/.exec(program.printed())?.[1] ?? ""
  })

  afterAll(async () => {
    await program.close()
    expect(program.printed()).not.toContain("canary")
  })

  it("refuses to tell the client secret to a program without the key of this run (C80)", async () => {
    const { status, text } = await readUnsigned(variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? "")
    expect(status).toBe(400)
    expect(text).toContain("MissingAuthenticationTokenException")
    expect(text).not.toContain("canary")
    await expect(readSigned("guessed")).rejects.toMatchObject({ name: "InvalidSignatureException" })
  })

  it("prints the key with which the operator's commands and the AWS SDK reach the secret", async () => {
    expect(Object.keys(variables)).toEqual([
      "AWS_REGION",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_ENDPOINT_URL_CLOUDFORMATION",
      "AWS_ENDPOINT_URL_LAMBDA",
      "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    ])
    const { SecretString = "" } = await readSigned(variables.AWS_SECRET_ACCESS_KEY ?? "")
    expect(JSON.parse(SecretString)).toMatchObject({ client_id: clientId, client_secret: clientSecret })
  })

  it("prints the section of deployment.yml with which the operator's commands know this stack", async () => {
    const folder = await mkdtemp(join(tmpdir(), "local-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, "deployment.yml"), program.section())
    const options = { env: { ...variables, NO_COLOR: "1" }, folder }
    const { stdout } = await runCommand("doctor", ["--stage", "local"], options)
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
      expect(commandLines).not.toContain(variables.AWS_SECRET_ACCESS_KEY)
    },
  )

  it.skipIf(lacksSignals)(
    "ends with all its processes when somebody presses Ctrl-C at its terminal",
    async () => {
      await program.expectEnd("SIGINT", "every process")
    },
  )

  async function readSigned(secretAccessKey: string) {
    const { AWS_REGION: region = "", AWS_ACCESS_KEY_ID: accessKeyId = "" } = variables
    const credentials = { accessKeyId, secretAccessKey }
    const endpoint = variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
    const client = new SecretsManager({ endpoint, region, credentials, maxAttempts: 1 })
    onTestFinished(() => {
      client.destroy()
    })
    return await client.getSecretValue({ SecretId: secretId })
  }
})

it("a stack tells its client secret to its functions, and not to a request that is not signed (C80)", async () => {
  const { stack, ...journey } = await startJourney()
  expect(await readUnsigned(stack.secretsManager.url)).toMatchObject({ status: 400 })
  expect(await journey.postAsPage("/exchange-code", await journey.authorize())).toMatchObject({ status: 200 })
  expect(stack.secretsManager.reads).toBe(1)
})
