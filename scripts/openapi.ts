// Writes docs/openapi.json: OpenAPI 3.1, from the types of lib/ that callers see, and the tables in scripts/openapi.
import { writeFile } from "node:fs/promises"
import { openApiText } from "./openapi/text.ts"

const path = "docs/openapi.json"
await writeFile(new URL(`../${path}`, import.meta.url), await openApiText())
process.stdout.write(`${path}\n`)
