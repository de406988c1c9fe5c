import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { npm } from "../support/npm.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../..", import.meta.url))
let folder = ""
let tarball = ""

/** Somebody's project with the packed package in it, and nothing else. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"))
  const build = ["--import", "tsx", "scripts/package.ts", "--out", join(folder, "built")]
  await run(process.execPath, build, { cwd: root })
  const packed = await npm(["pack", "--silent", "--pack-destination", folder], { cwd: join(folder, "built") })
  tarball = packed.trim()
  const installed = "node_modules/superoffice-token-exchange"
  await mkdir(join(folder, installed), { recursive: true })
  // By relative paths, because to GNU's tar a drive letter is the name of a host.
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], { cwd: folder })
  await writeFile(join(folder, "package.json"), '{ "type": "module" }')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const program = `
import { createClient as createPageClient, TokenExchangeError, type Session } from "superoffice-token-exchange/browser"
import { cacheAccessTokens, cacheTickets, createClient, overHttps, overLambda, type ErrorCode, type Result, type TokenResponse } from "superoffice-token-exchange/client"

const page = createPageClient({ api: "https://login.example.com", redirectUri: "https://app.example.com/callback" })
const session: Session | undefined = page.session()
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = createClient(overHttps({ url: "https://login.example.com", region: "eu-west-1", credentials }))
const result: Promise<Result<TokenResponse>> = client.refreshToken({ refresh_token: "r" })
void result.then((known) => known.ok || (known.error.code satisfies ErrorCode | "throttled" | "not_permitted" | "not_found" | "gateway_unavailable" | "function_failed" | "no_answer" | "answer_unreadable" | "cancelled" | "options_invalid" | "request_malformed" | "package_missing" | "refresh_token_not_stored"))
const functions = [overLambda, cacheAccessTokens, cacheTickets]
if (session !== undefined || functions.some((one) => typeof one !== "function")) throw new TokenExchangeError("network_error")
console.log("ran")
`

it.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("the package has types for a program of module %s, resolved by %s", async (module, moduleResolution) => {
  const compilerOptions = {
    module,
    moduleResolution,
    strict: true,
    noEmit: true,
    // Not those of TypeScript itself, which take longer than all else.
    skipDefaultLibCheck: true,
    lib: ["es2023", "dom"],
    types: [],
  }
  await writeFile(join(folder, "program.ts"), program)
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["program.ts"] }))
  const { stdout } = await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder])
  expect(stdout).toBe("")
})

it("the package runs in plain Node without any dependency", async () => {
  await writeFile(
    join(folder, "program.mjs"),
    program
      .replaceAll(/, type [\w]+/g, "")
      .replaceAll(/: (Session \| undefined|Promise<.*>>) =/g, " =")
      .replaceAll(/\(known\.error\.code satisfies [^)]*\)/g, "known.error.code"),
  )
  const { stdout } = await run(process.execPath, [join(folder, "program.mjs")])
  expect(stdout).toBe("ran\n")
})

it.each([
  [
    "@smithy/signature-v4",
    'overHttps({ url: "https://login.example.com", region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } })',
  ],
  ["@aws-sdk/client-lambda", "overLambda({ client: { send: async () => ({}) }, functions: (name) => name })"],
])("without %s, a call results in package_missing, which says what to install", async (name, transport) => {
  await writeFile(
    join(folder, "without.mjs"),
    `import { createClient, overHttps, overLambda } from "superoffice-token-exchange/client"
    console.log(JSON.stringify(await createClient(${transport}).refreshToken({ refresh_token: "r" })))`,
  )
  const { stdout } = await run(process.execPath, [join(folder, "without.mjs")])
  const error_description = `The package ${name} could not be loaded. Install it: npm install ${name}`
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    error: { code: "package_missing", error_description, retryable: false },
  })
})

it("the package holds the clients with their types, and nothing of the functions", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball], { cwd: folder })
  const files = stdout.trim().split("\n").sort()
  expect(files).toEqual(
    expect.arrayContaining(["package/LICENSE", "package/README.md", "package/package.json"]),
  )
  const code = files.filter((file) => !/\/(LICENSE|README\.md|package\.json)$/.test(file))
  expect(
    code.every((file) =>
      /^package\/(client\/[\w/-]+|lib\/(claims|contract|requests|tenant-state))(\.d\.ts|\.js)$/.test(file),
    ),
  ).toBe(true)
  const manifest = JSON.parse(
    await readFile(join(folder, "node_modules/superoffice-token-exchange/package.json"), "utf8"),
  ) as object
  expect(manifest).not.toHaveProperty("dependencies")
  expect(manifest).toMatchObject({ license: "MIT", sideEffects: false, type: "module" })
})
