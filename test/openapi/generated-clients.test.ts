import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { signRequest } from "../../local/sign-request.ts"
import type * as Contract from "../../lib/contract.ts"
import { startJourney } from "../support/journey.ts"
import { python } from "../support/python.ts"
import { lacksTools } from "../support/tools.ts"

const run = promisify(execFile)
const root = new URL("../../", import.meta.url)

/** The part of the generated TypeScript client that docs/cloud-functions.md shows. */
interface GeneratedClient {
  configure(options: { readonly serverUrl: string; readonly fetch: typeof fetch }): void
  signedExchangeCode(request: { readonly body: object }): Promise<Contract.TokenResponse>
}

let folder = ""

describe.skipIf(lacksTools)("the clients that docs/cloud-functions.md generates", () => {
  /** Runs the commands of docs/cloud-functions.md, with their output in a folder of this test. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "generated-"))
    const page = await readFile(new URL("docs/cloud-functions.md", root), "utf8")
    const commands = [...page.matchAll(/^npx @redocly\/cli (generate-client .*?)(?: +#.*)?$/gm)]
    expect(commands).toHaveLength(2)
    for (const [, line = ""] of commands) {
      const args = line.split(" ").map((word) => (word.startsWith("tokens.") ? join(folder, word) : word))
      await run(process.execPath, ["tools/node_modules/@redocly/cli/bin/cli.js", ...args], {
        cwd: root,
        env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      })
    }
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("the TypeScript client redeems a code through the signed door", async () => {
    const { stack, ...journey } = await startJourney()
    const file = pathToFileURL(join(folder, "tokens.ts")).href
    const client = (await import(/* @vite-ignore */ file)) as GeneratedClient
    client.configure({
      serverUrl: stack.url,
      fetch: async (url, init) => {
        const body = init?.body as string
        const headers = await signRequest(new URL(url), body, stack.credentials)
        return await fetch(url, { ...init, headers })
      },
    })
    const answer = await client.signedExchangeCode({ body: await journey.authorize("Cust12020/anna") })
    expect(answer.claims.ctx).toBe("Cust12020")
    expect(answer.refresh_token).toMatch(/./)
  })

  it.skipIf(!python)("the Python client is valid, and has the operations of the signed door", async () => {
    const parse = "import ast, sys; tree = ast.parse(open(sys.argv[1]).read())"
    const print = "print(*[node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)])"
    const { stdout } = await run(python ?? "", ["-c", `${parse}\n${print}`, join(folder, "tokens.py")])
    const names = ["signed_exchange_code", "signed_refresh_token", "signed_revoke_token"]
    expect(stdout.split(" ")).toEqual(expect.arrayContaining(names))
  })
})
