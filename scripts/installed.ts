// Fails with the command that installs the packages of a folder, bench or tools, when they are not installed.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { fail } from "./fail.ts"

const [folder = ""] = process.argv.slice(2)
if (!existsSync(fileURLToPath(new URL(`../${folder}/node_modules`, import.meta.url)))) {
  fail(`The packages of ${folder}/ are not installed. Install them: npm ci --prefix ${folder}`)
}
