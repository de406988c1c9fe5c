import { execFile, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { runCommand, startCommand } from "../support/command.ts"
import { python } from "../support/python.ts"
import { signInAddress } from "../support/sign-in-address.ts"
import { lacksPosixShell } from "../support/windows.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

interface Ended {
  readonly status: number | string | null
  readonly stdout: string
  readonly said: string
}

describe.skipIf(lacksPosixShell).each([
  ["npm start", []],
  ["npm start -- --https --delivery sealed", ["--https", "--delivery", "sealed"]],
] as const)("what %s prints", { timeout: 120_000 }, (_command, options) => {
  let folder: string
  let program: ChildProcess
  let printed = ""
  /** The commands, with their continued lines. */
  let commands: readonly string[]
  let variables: Readonly<Record<string, string>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "local-"))
    const args = ["--import", import.meta.resolve("tsx"), join(root, "local/main.ts")]
    program = spawn(process.execPath, [...args, "--no-build", "--port", "0", ...options], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: "pipe",
    })
    for (const stream of [program.stdout, program.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (printed += text))
    }
    const everything = (): void => {
      expect(printed).toMatch(options.length > 0 ? /as in the commands above/ : /run consent -- .*\n/)
    }
    await vi.waitFor(everything, { timeout: 50_000, interval: 100 })
    const text = printed.replaceAll(/ \\\n +/g, " ")
    commands = [...text.matchAll(/^ {2}((?:curl|export|node|npm|python3|unset) .*)$/gm)].map(
      ([, command = ""]) => command,
    )
    variables = Object.fromEntries(
      [...text.matchAll(/ ([A-Z_]+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
    )
  }, 60_000)

  afterAll(async () => {
    const ended = once(program, "exit")
    program.kill("SIGTERM")
    await ended
    await rm(folder, { recursive: true })
  })

  /** Runs the one command that matches. */
  async function runPrinted(pattern: RegExp): Promise<Ended> {
    const meant = commands.filter((command) => pattern.test(command))
    expect(meant).toHaveLength(1)
    return await run(meant.join("\n"))
  }

  /** Runs it in a shell that has run the printed variables' commands before. */
  async function run(command: string): Promise<Ended> {
    const before = commands.filter((one) => /^(?:export|unset) /.test(one))
    const env = { ...process.env, AWS_PROFILE: "of-the-developer", NO_COLOR: "1" }
    return await new Promise((resolve) => {
      const script = [...before, command].join("\n")
      const child = execFile("sh", ["-c", script], { cwd: root, env }, (_error, stdout, stderr) => {
        resolve({ status: child.exitCode, stdout, said: stdout + stderr })
      })
    })
  }

  it("posts as a page", async () => {
    const { stdout, said } = await runPrinted(/^curl .*exchange-code/)
    expect(said).toContain("{")
    expect(JSON.parse(stdout)).toMatchObject({ code: "grant_rejected" })
  })

  it("posts signed with the key of the run", async () => {
    const { stdout, said } = await runPrinted(/^curl .*signed/)
    expect(said).toContain("{")
    expect(JSON.parse(stdout)).toMatchObject({ code: "grant_rejected" })
  })

  it("works as the system user, in the example in TypeScript", async () => {
    const { stdout, said } = await runPrinted(/^node /)
    expect(stdout, said).toBe("{ tenant: 'Cust26759', worked_as: 'SystemAssociate' }\n")
  })

  it.skipIf(python === undefined)("works as the system user, in the example in Python", async () => {
    const { stdout, said } = await runPrinted(/^python3 /)
    expect(stdout, said).toBe('{"tenant": "Cust26759", "worked_as": "SystemAssociate"}\n')
  })

  it("checks the stack", async () => {
    const { status, said } = await runPrinted(/run doctor/)
    expect(status, said).toBe(0)
  })

  it("shows the client secret's versions", async () => {
    const { status, said } = await runPrinted(/run secret/)
    expect(status, said).toBe(0)
    expect(said).toContain("superoffice/local")
  })

  it("names the three secrets in the section of deployment.yml", async () => {
    const [section = ""] = /^ {2}local:\n(?: {4}\w+: .*\n)+/m.exec(printed) ?? []
    await writeFile(join(folder, "deployment.yml"), section.replaceAll(/^ {2}/gm, ""))
    const env = { ...variables, NO_COLOR: "1" }
    const { exitCode, stdout, stderr } = await runCommand("secret", ["status", "--stage", "local"], {
      env,
      folder,
    })
    expect(exitCode, stdout + stderr).toBe(0)
    for (const name of ["superoffice/local", "superoffice/local-app-token", "superoffice/local-private-key"])
      expect(stdout).toContain(name)
  })

  it("takes the consent of a tenant, into the secret that the jobs read", async () => {
    const [words = ""] = commands.flatMap(
      (command) => /^npm run consent -- (.*)$/.exec(command)?.slice(1) ?? [],
    )
    const env = { ...variables, NO_COLOR: "1" }
    const command = startCommand("consent", words.split(" "), { env, folder })
    const url = await signInAddress(command)
    expect(url.href.startsWith(variables.LOCAL_PROVIDER_URL ?? "none")).toBe(true)
    // In a process that trusts the certificate.
    const program = `import { signInWithoutBrowser } from './local/sign-in.ts'; console.log((await fetch(await signInWithoutBrowser(new URL('${url.href}'), 'Cust26759/liv'))).url)`
    const { stdout, said } = await run(`node --import tsx --input-type=module -e "${program}"`)
    expect(stdout, said).toMatch(/^http:\/\/127\.0\.0\.1:8790\/done\n$/)
    const { exitCode, ...outputs } = await command.end()
    expect(exitCode, outputs.stdout + outputs.stderr).toBe(0)
    expect(outputs.stdout).toMatch(/Stored: version \S+ of superoffice\/local\/tenants\/Cust26759 /)
  })

  it("leads to a code, which a cloud function redeems through the endpoint of Lambda", async () => {
    const [url = ""] = /^ {2}(http\S+authorize\S+)$/m.exec(printed)?.slice(1) ?? []
    // In a process that trusts the certificate.
    const program = `import { signInWithoutBrowser } from './local/sign-in.ts'; console.log((await signInWithoutBrowser(new URL('${url}'), 'Cust12020/anna')).href)`
    const { stdout } = await run(`node --import tsx --input-type=module -e "${program}"`)
    const callback = new URL(stdout.trim())
    const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = variables
    const client = new LambdaClient({
      endpoint: variables.AWS_ENDPOINT_URL_LAMBDA ?? "",
      region: AWS_REGION,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    })
    const fields = {
      code: callback.searchParams.get("code"),
      redirect_uri: callback.origin + callback.pathname,
    }
    const { Payload } = await client.send(
      new InvokeCommand({ FunctionName: variables.EXCHANGE_CODE_ARN, Payload: JSON.stringify(fields) }),
    )
    client.destroy()
    expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({
      claims: { sub: "anna@example.com", aud: /client id is (\w+)/.exec(printed)?.[1] },
    })
  })
})
