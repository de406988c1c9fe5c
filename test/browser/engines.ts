// Runs the journeys through a browser in each engine that is installed, one after the other:
//
//   npm run test:browser                      Chromium, Firefox, WebKit
//   npm run test:browser -- firefox webkit    these
//
// Chromium runs all of them, Firefox those with the tag "engines", and WebKit its own. An engine that is not installed is left
// out, or with REQUIRE_BROWSER=1 fails.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { fail } from "../../scripts/fail.ts"
import { chromium } from "../support/engines/chromium.ts"
import { howToInstall, missing, type Installation } from "../support/engines/engine.ts"
import { firefox } from "../support/engines/firefox.ts"
import { webkit } from "../support/engines/webkit.ts"

const folder = "test/browser/"
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => folder + name)
  .concat("test/libraries/oidc-client-ts.test.ts")

/** Those that hold a test with the tag, because vitest loads every file that it is given. */
const tagged = files.filter((path) => readFileSync(path, "utf8").includes('tags: "engines"'))

/** What vitest runs in each. */
const engines: Readonly<Record<string, Installation & { readonly tests: readonly string[] }>> = {
  chromium: { ...chromium, tests: files },
  firefox: { ...firefox, tests: [...tagged, "--tags-filter=engines", "--reporter=verbose"] },
  webkit: { ...webkit, tests: ["test/browser/webkit.test.ts", "--reporter=verbose"] },
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(engines)
const results = chosen.map(run)
console.log(results.map(({ text }) => text).join("\n"))
if (results.some(({ failed }) => failed) || results.every(({ ran }) => !ran)) process.exitCode = 1

function run(id: string): { readonly text: string; readonly ran: boolean; readonly failed: boolean } {
  const engine = engines[id]
  if (!engine) fail(`${id} is no engine: ${Object.keys(engines).join(", ")}`)
  if (missing(engine).length > 0) {
    const failed = Boolean(process.env.REQUIRE_BROWSER)
    return { text: `${failed ? "FAILED" : "left out"}: ${howToInstall(engine)}`, ran: false, failed }
  }
  console.log(`\n${engine.name}`)
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url))
  const { status } = spawnSync(process.execPath, [vitest, "run", ...engine.tests], {
    stdio: "inherit",
    env: { ...process.env, BROWSER: id },
  })
  const failed = status !== 0
  return { text: `${failed ? "FAILED" : "passed"}: ${engine.name}`, ran: true, failed }
}
