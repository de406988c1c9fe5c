import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../", import.meta.url))

/** Imports that the plan of the house forbids, and the rule that says so. */
const forbidden = [
  ["lib/session/a.ts", "lib/request/z.ts", "room-session"],
  ["lib/id-token/a.ts", "lib/session/z.ts", "room-id-token"],
  ["lib/request/a.ts", "lib/credentials/z.ts", "room-request"],
  ["lib/credentials/a.ts", "lib/superoffice/z.ts", "room-credentials"],
  ["lib/superoffice/a.ts", "lib/exchange/z.ts", "room-superoffice"],
  ["lib/exchange/a.ts", "lib/operations/z.ts", "room-exchange"],
  ["lib/operations/a.ts", "lib/adapters/z.ts", "room-operations"],
  ["lib/adapters/a.ts", "lib/operations/z.ts", "room-adapters"],
  ["lib/a.ts", "lib/session/z.ts", "the-root-of-lib-imports-no-room"],
  ["lib/attic/a.ts", "lib/z.ts", "lib-has-no-other-rooms"],
  ["lib/b.ts", "functions/z.ts", "lib-imports-lib"],
  ["functions/a.ts", "lib/exchange/z.ts", "functions-import-lib"],
  ["functions/b.ts", "client/z.ts", "functions-import-lib"],
  ["client/a.ts", "lib/errors.ts", "client-shares-the-contract-only"],
  ["operator/a.ts", "lib/request/z.ts", "operator-imports-lib-and-client"],
  ["local/e.ts", "lib/session/z.ts", "local-imports-the-root-of-lib"],
  ["examples/a.ts", "lib/contract.ts", "examples-import-client"],
  ["local/a.ts", "operator/z.ts", "nothing-imports-operator"],
  ["operator/b.ts", "local/z.ts", "nothing-imports-local"],
  ["local/b.ts", "test/z.ts", "nothing-imports-test"],
  ["local/c.ts", "bench/z.ts", "nothing-imports-bench"],
  ["test/d.ts", "bench/z.ts", "nothing-imports-bench"],
  ["bench/a.ts", "local/z.ts", "nothing-imports-local"],
  ["bench/b.ts", "test/z.ts", "nothing-imports-test"],
  ["operator/d.ts", "harness/z.ts", "the-product-imports-no-harness"],
  ["harness/a.ts", "lib/z.ts", "harness-imports-nothing"],
  ["scripts/a.ts", "functions/z.ts", "scripts-import-lib"],
  ["local/d.ts", "scripts/z.ts", "nothing-imports-scripts"],
] as const

/** Imports that it allows. */
const allowed = [
  ["lib/operations/c.ts", "lib/exchange/z.ts"],
  ["lib/exchange/c.ts", "lib/superoffice/z.ts"],
  ["lib/superoffice/c.ts", "lib/credentials/z.ts"],
  ["lib/credentials/c.ts", "lib/request/z.ts"],
  ["lib/request/c.ts", "lib/session/z.ts"],
  ["lib/session/c.ts", "lib/z.ts"],
  ["lib/adapters/c.ts", "lib/id-token/z.ts"],
  ["functions/c.ts", "lib/operations/z.ts"],
  ["client/c.ts", "lib/contract.ts"],
  ["client/d.ts", "lib/requests.ts"],
  ["test/c.ts", "lib/exchange/z.ts"],
  ["scripts/c.ts", "lib/contract.ts"],
  ["local/f.ts", "harness/z.ts"],
  ["bench/c.ts", "harness/z.ts"],
] as const

type Violation = Readonly<{ from: string; to: string; rule: { readonly name: string } }>
let violations: readonly Violation[]
const folder = await mkdtemp(join(tmpdir(), "rooms-"))

beforeAll(async () => {
  const imports = [...forbidden, ...allowed].map(([from, to]) => ({ from, to }))
  for (const { to } of imports) await put(to, "export const value = 1\n")
  for (const { from, to } of imports) {
    const path = relative(dirname(from), to)
    const specifier = path.startsWith(".") ? path : `./${path}`
    await put(from, `import { value } from "${specifier}"\nexport const other = value\n`)
  }
  await put("tsconfig.json", await readFile(join(root, "tsconfig.json"), "utf8"))
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction")
  const cruiser = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs")
  const rooms = "lib functions client operator local examples harness scripts test bench".split(" ")
  const options = ["--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "json"]
  const { stdout } = await run(process.execPath, [cruiser, ...options, ...rooms], { cwd: folder })
  const { summary } = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }
  violations = summary.violations
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, text: string): Promise<void> {
  await mkdir(join(folder, dirname(name)), { recursive: true })
  await writeFile(join(folder, name), text)
}

describe("the import checker", () => {
  const rulesAgainst = (from: string, to: string) =>
    violations.filter((one) => one.from === from && one.to === to).map(({ rule }) => rule.name)

  it.each(forbidden)("refuses that %s imports %s", (from, to, rule) => {
    expect(rulesAgainst(from, to)).toContain(rule)
  })

  it.each(allowed)("lets %s import %s", (from, to) => {
    expect(rulesAgainst(from, to)).toEqual([])
  })
})
