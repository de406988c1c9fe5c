import { execFile } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { shellOf } from "../../local/shell.ts"
import { secretId } from "../../local/stack.ts"
import { origin } from "../support/journey.ts"
import { lacksSignals } from "../support/windows.ts"
import { mainCommand, npmStart, type NpmStart } from "./npm-start.ts"

const clientId = "db1834037c58c02b6bd9898feef19845"
const clientSecret = "canary-client-secret-of-the-developer"

describe("npm start -- --environment sod", () => {
  let program: NpmStart
  let variables: Readonly<Record<string, string>>

  beforeAll(async () => {
    program = await npmStart({
      options: ["--environment", "sod", "--port", "0", "--origin", origin],
      input: `${clientId}\n${clientSecret}\n`,
      until: /refreshTokenDelivery: .*\n/,
    })
    variables = program.variables()
  })

  afterAll(async () => {
    await program.close()
    expect(program.printed()).not.toContain("canary")
  })

  async function readSigned(secretAccessKey = "") {
    const { AWS_REGION: region = "", AWS_ACCESS_KEY_ID: accessKeyId = "" } = variables
    const credentials = { accessKeyId, secretAccessKey }
    const endpoint = variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
    const client = new SecretsManager({ endpoint, region, credentials, maxAttempts: 1 })
    onTestFinished(() => {
      client.destroy()
    })
    return await client.getSecretValue({ SecretId: secretId })
  }

  it("refuses to tell the client secret to a program without the key of this run (C80)", async () => {
    const url = variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
    const headers = { "x-amz-target": "secretsmanager.GetSecretValue" }
    const body = JSON.stringify({ SecretId: secretId })
    const unsigned = await fetch(url, { method: "POST", headers, body })
    expect(unsigned.status).toBe(400)
    const text = await unsigned.text()
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
    const { SecretString = "" } = await readSigned(variables.AWS_SECRET_ACCESS_KEY)
    expect(JSON.parse(SecretString)).toMatchObject({ client_id: clientId, client_secret: clientSecret })
  })

  it.runIf(existsSync("/proc/self/cmdline"))(
    "shows neither the client secret nor the key in the arguments of a process",
    () => {
      const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
      const commandLines = processes.map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8")
        } catch {
          return "" // It has ended meanwhile.
        }
      })
      expect(commandLines.join("\n")).toContain("local/main.ts")
      for (const secret of [clientSecret, variables.AWS_SECRET_ACCESS_KEY])
        expect(commandLines.join("\n")).not.toContain(secret)
    },
  )

  it.skipIf(lacksSignals)(
    "ends with all its processes when somebody presses Ctrl-C at its terminal",
    async () => {
      await program.expectEnd("SIGINT", "every process")
    },
  )
})

/** Runs it to its end. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [program = "", ...first] = mainCommand
  const options = { env: { ...process.env, NO_COLOR: "1", ...env } }
  return await new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(program, [...first, "--no-build", ...args], options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr })
    })
  })
}

/** Listens on a port, until the test ends, where the port below it is free. */
async function occupyPort(): Promise<number> {
  const server = createServer()
  onTestFinished(() => closeServer(server))
  const port = Number(new URL(await listenOnLoopback(server)).port)
  const below = createServer().listen(port - 1, "127.0.0.1")
  const isFree = await once(below, "listening").catch(() => undefined)
  if (!isFree) return await occupyPort()
  await closeServer(below)
  return port
}

it.each([
  ["API", 0],
  ["example page", -1],
])(
  "npm start names the option for another port before the tour when the port of the %s is busy",
  { timeout: 60_000 },
  async (_what, offset) => {
    const port = await occupyPort()
    const { stderr, ...end } = await run(["--port", String(port + offset)])
    expect(stderr).toContain(
      `port ${port} of 127.0.0.1 is already in use: ${shellOf().npm} start -- --port PORT`,
    )
    expect(end).toEqual({ exitCode: 1, stdout: "" })
  },
)

it(
  "npm start -- --once takes the tour though the environment names a proxy, and tells what others need",
  { timeout: 60_000 },
  async () => {
    const proxy = { HTTP_PROXY: "http://127.0.0.1:9", NODE_USE_ENV_PROXY: "1", no_proxy: "", NO_PROXY: "" }
    const { exitCode, stdout, stderr } = await run(["--once", "--delivery", "sealed"], proxy)
    expect(stdout).toContain(
      "HTTP_PROXY is set, so curl and others would send requests for this stack to the proxy.",
    )
    expect(stdout, stderr).toContain("9 of 9 steps succeeded.")
    expect(exitCode).toBe(0)
  },
)
