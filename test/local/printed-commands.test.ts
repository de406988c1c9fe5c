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

describe.skipIf(lacksPosixShell).each([
  ["npm start", []],
  ["npm start -- --https --delivery sealed", ["--https", "--delivery", "sealed"]],
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
    const printed = text.matchAll(/^ {2}((?:curl|export|node|npm|python3|unset) .*)$/gm)
    commands = [...printed].map(([, command = ""]) => command)
    await writeFile(join(folder, "deployment.yml"), program.section())
  })

  afterAll(async () => {
    await program.close()
    await rm(folder, { recursive: true })
  })

  /** Runs a command in a shell that has run the printed variables' commands before, and gives what it printed. */
  async function run(command: string): Promise<string> {
    const before = commands.filter((one) => /^(?:export|unset) /.test(one))
    const env = { ...process.env, AWS_PROFILE: "of-the-developer", NO_COLOR: "1" }
    return await new Promise((resolve, reject) => {
      execFile("sh", ["-c", [...before, command].join("\n")], { cwd: root, env }, (error, stdout, stderr) => {
        if (error) reject(new Error(stdout + stderr))
        else resolve(stdout)
      })
    })
  }

  const rejected = /"code":"grant_rejected"/
  const inPython: [string, RegExp, RegExp] = [
    "works as the system user, in Python",
    /^python3 /,
    /^{"tenant": "Cust26759", "worked_as": "SystemAssociate"}\n$/,
  ]
  it.each<[string, RegExp, RegExp]>([
    ["posts as a page", /^curl .*exchange-code/, rejected],
    ["posts signed with the key of the run", /^curl .*signed/, rejected],
    ["works as the system user", /^node /, /^{ tenant: 'Cust26759', worked_as: 'SystemAssociate' }\n$/],
    ...(python === undefined ? [] : [inPython]),
    ["checks the stack", /run doctor/, /client secret/],
    ["shows the client secret's versions", /run secret/, /superoffice\/local/],
  ])("prints one command that %s", async (_what, pattern, said) => {
    const meant = commands.filter((command) => pattern.test(command))
    expect(meant).toHaveLength(1)
    expect(await run(meant.join())).toMatch(said)
  })

  // The others are the same over https.
  it.runIf(isPlain)(
    "prints a section of deployment.yml with which the operator's commands know the stack and its four secrets",
    async () => {
      const env = { ...program.variables(), NO_COLOR: "1" }
      const doctor = await runCommand("doctor", ["--stage", "local"], { env, folder })
      expect(doctor.exitCode, doctor.stdout + doctor.stderr).toBe(0)
      const { exitCode, stdout } = await runCommand("secret", ["status", "--stage", "local"], { env, folder })
      expect(exitCode, stdout).toBe(0)
      for (const name of [
        "superoffice/local",
        "superoffice/local-app-token",
        "superoffice/local-private-key",
        "superoffice/local-signing-keys",
      ])
        expect(stdout).toContain(name)
    },
  )

  it.runIf(isPlain)(
    "prints the address of an API that takes tokens of the printed issuer, and refuses a request without one",
    async () => {
      const [, issuer = ""] = /token of the issuer (\S+)\n/.exec(program.printed()) ?? []
      const metadata = await fetch(`${issuer}/.well-known/openid-configuration`)
      expect(await metadata.json()).toMatchObject({ issuer })
      const [, api = ""] = /page's API takes it: (\S+)\n/.exec(program.printed()) ?? []
      expect((await fetch(api)).status).toBe(401)
    },
  )

  it.runIf(isPlain)("prints a link to a code, which a cloud function redeems through Lambda", async () => {
    const [, url = ""] = /^ {2}(http\S+authorize\S+)$/m.exec(program.printed()) ?? []
    const { searchParams, origin, pathname } = await signInWithoutBrowser(new URL(url), "Cust12020/anna")
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
    const fields = { code: searchParams.get("code"), redirect_uri: origin + pathname }
    const input = { FunctionName: variables.EXCHANGE_CODE_ARN, Payload: JSON.stringify(fields) }
    const { Payload } = await client.send(new InvokeCommand(input))
    const aud = /client id is (\w+)/.exec(program.printed())?.[1] ?? "none"
    expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({
      claims: { sub: "anna@example.com", aud },
    })
  })

  it.runIf(!isPlain)(
    "prints a command that takes the consent of a tenant, into the secret that the jobs read",
    async () => {
      const words = commands.flatMap((one) => /^npm run consent -- (.*)$/.exec(one)?.slice(1) ?? []).join()
      const variables = program.variables()
      const env = { ...variables, NO_COLOR: "1" }
      const command = startCommand("consent", words.split(" "), { env, folder })
      const { href } = await signInAddress(command)
      expect(href.startsWith(variables.LOCAL_PROVIDER_URL ?? "none")).toBe(true)
      // In a process that trusts the certificate.
      const script = `import { signInWithoutBrowser } from './local/sign-in.ts'; console.log((await fetch(await signInWithoutBrowser(new URL('${href}'), 'Cust26759/liv'))).url)`
      const ended = await run(`node --import tsx --input-type=module -e "${script}"`)
      expect(ended).toMatch(/^http:\/\/127\.0\.0\.1:8790\/done\n$/)
      const { exitCode, stdout, stderr } = await command.end()
      expect(exitCode, stdout + stderr).toBe(0)
      expect(stdout).toMatch(/Stored: version \S+ of superoffice\/local\/tenants\/Cust26759 /)
    },
  )

  it("ends every process and frees its ports when npm gets SIGTERM, or its terminal closes", async () => {
    if (isPlain) await program.expectEnd("SIGTERM", "npm")
    else await program.expectEnd("SIGHUP", "every process")
  })
})
