import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const tools = new URL("../../tools/", import.meta.url)

/**
 * Whether the packages of tools/ are missing, and tests that need them are left out: `REQUIRE_TOOLS` makes them fail
 * instead.
 */
export const lacksTools =
  !existsSync(fileURLToPath(new URL("node_modules", tools))) && !process.env.REQUIRE_TOOLS

if (lacksTools) console.log("left out: the packages of tools/ are not installed: npm ci --prefix tools")

/** Finds and loads packages of tools/. */
export const requireTool = createRequire(new URL("package.json", tools))
