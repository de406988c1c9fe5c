import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { runCommand, startCommand } from "../support/command.ts"
import { python } from "../support/python.ts"
import { signInAddress } from "../support/sign-in-address.ts"
import { lacksPosixShell } from "../support/windows.ts"
import { npmStart, type NpmStart } from "./npm-start.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const overHttps = ["--https", "--delivery", "sealed"]

describe.skipIf(lacksPosixShell).each([
  ["npm start", []],
  ["npm start -- --https --delivery sealed", overHttps],
])("%s", { timeout: 120_000 }, (_command, options) => {
  const isPlain = options.length === 0
  let folder: string
  let program: NpmStart
  /** The commands, with their continued lines. */
  let commands: readonly string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "local-"))
    program = await npmStart({
      options: ["--port", "0", ...options],
      until: isPlain ? /run consent -- .*\n/ : /as in the commands above/,
      ...(!isPlain && { folder }),
    })
    const text = program.printed().replaceAll(/ \\\n +/g, " ")
    commands = [...text.matchAll(/^ {2}((?:curl|export|node|npm|python3|unset) .*)$/gm)].map(
      ([, command = ""]) => command,
    )
    await writeFile(join(folder, "deployment.yml"), program.section())
  })

  afterAll(async () => {
    await program.close()
    await rm(folder, { recursive: true })
  })

  /** Runs the one command that matches, in a shell that has run the printed variables' commands before. */
  async function runPrinted(pattern: RegExp) {
    const meant = commands.filter((command) => pattern.test(command))
    expect(meant).toHaveLength(1)
    return await run(meant.join("\n"))
  }

  async function run(command: string) {
    const before = commands.filter((one) => /^(?:export|unset) /.test(one))
    const env = { ...process.env, AWS_PROFILE: "of-the-developer", NO_COLOR: "1" }
    return await new Promise<{ status: number | null; stdout: string; said: string }>((resolve) => {
      const script = [...before, command].join("\n")
      const child = execFile("sh", ["-c", script], { cwd: root, env }, (_error, stdout, stderr) => {
        resolve({ status: child.exitCode, stdout, said: stdout + stderr })
      })
    })
  }

  it.each([
    ["as a page", /^curl .*exchange-code/],
    ["signed with the key of the run", /^curl .*signed/],
  ])("prints a command that posts %s", async (_how, pattern) => {
    const { stdout, said } = await runPrinted(pattern)
    expect(said).toContain("{")
    expect(JSON.parse(stdout)).toMatchObject({ code: "grant_rejected" })
  })

  it("prints a command that works as the system user, in the example in TypeScript", async () => {
    const { stdout, said } = await runPrinted(/^node /)
    expect(stdout, said).toBe("{ tenant: 'Cust26759', worked_as: 'SystemAssociate' }\n")
  })

  it.skipIf(python === undefined)(
    "prints a command that works as the system user, in the example in Python",
    async () => {
      const { stdout, said } = await runPrinted(/^python3 /)
      expect(stdout, said).toBe('{"tenant": "Cust26759", "worked_as": "SystemAssociate"}\n')
    },
  )

  it("prints a command that checks the stack", async () => {
    const { status, said } = await runPrinted(/run doctor/)
    expect(status, said).toBe(0)
  })

  // The others are the same over https.
  it.runIf(isPlain)("prints a command that shows the client secret's versions", async () => {
    const { status, said } = await runPrinted(/run secret/)
    expect(status, said).toBe(0)
    expect(said).toContain("superoffice/local")
  })

  it.runIf(isPlain)("prints a section of deployment.yml with the three secrets", async () => {
    const options = { env: { ...program.variables(), NO_COLOR: "1" }, folder }
    const { exitCode, stdout, stderr } = await runCommand("secret", ["status", "--stage", "local"], options)
    expect(exitCode, stdout + stderr).toBe(0)
    for (const name of ["superoffice/local", "superoffice/local-app-token", "superoffice/local-private-key"])
      expect(stdout).toContain(name)
  })

  it.runIf(isPlain)(
    "prints a link to a code, which a cloud function redeems through the endpoint of Lambda",
    async () => {
      const [url = ""] = /^ {2}(http\S+authorize\S+)$/m.exec(program.printed())?.slice(1) ?? []
      const callback = await signInWithoutBrowser(new URL(url), "Cust12020/anna")
      const variables = program.variables()
      const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = variables
      const client = new LambdaClient({
        endpoint: variables.AWS_ENDPOINT_URL_LAMBDA ?? "",
        region: AWS_REGION,
        credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
      })
      onTestFinished(() => {
        client.destroy()
      })
      const fields = {
        code: callback.searchParams.get("code"),
        redirect_uri: callback.origin + callback.pathname,
      }
      const { Payload } = await client.send(
        new InvokeCommand({ FunctionName: variables.EXCHANGE_CODE_ARN, Payload: JSON.stringify(fields) }),
      )
      expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({
        claims: { sub: "anna@example.com", aud: /client id is (\w+)/.exec(program.printed())?.[1] },
      })
    },
  )

  it.runIf(!isPlain)(
    "prints a command that takes the consent of a tenant, into the secret that the jobs read",
    async () => {
      const [words = ""] = commands.flatMap(
        (command) => /^npm run consent -- (.*)$/.exec(command)?.slice(1) ?? [],
      )
      const variables = program.variables()
      const env = { ...variables, NO_COLOR: "1" }
      const command = startCommand("consent", words.split(" "), { env, folder })
      const url = await signInAddress(command)
      expect(url.href.startsWith(variables.LOCAL_PROVIDER_URL ?? "none")).toBe(true)
      // In a process that trusts the certificate.
      const script = `import { signInWithoutBrowser } from './local/sign-in.ts'; console.log((await fetch(await signInWithoutBrowser(new URL('${url.href}'), 'Cust26759/liv'))).url)`
      const { stdout, said } = await run(`node --import tsx --input-type=module -e "${script}"`)
      expect(stdout, said).toMatch(/^http:\/\/127\.0\.0\.1:8790\/done\n$/)
      const { exitCode, ...outputs } = await command.end()
      expect(exitCode, outputs.stdout + outputs.stderr).toBe(0)
      expect(outputs.stdout).toMatch(/Stored: version \S+ of superoffice\/local\/tenants\/Cust26759 /)
    },
  )

  it("ends every process and frees its ports when npm gets SIGTERM, or its terminal closes", async () => {
    if (isPlain) await program.expectEnd("SIGTERM", "npm")
    else await program.expectEnd("SIGHUP", "every process")
  })
})
