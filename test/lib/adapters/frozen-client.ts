/**
 * A process that posts to SuperOffice as an execution environment does that may be frozen in between: one form for every line
 * that it is told. It says how each post went, one JSON line each.
 */
import { createInterface } from "node:readline"
import { createConnections } from "../../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"

const [ca = ""] = process.argv.slice(2)
const superOffice = createSuperOfficeClient(createConnections({ ca }))

for await (const line of createInterface(process.stdin)) {
  const { url, form } = JSON.parse(line) as { readonly url: string; readonly form: string }
  const outcome = await superOffice(
    { method: "POST", url, body: { type: "form", text: form }, needsBody: () => true },
    deadlineIn(5_000),
  ).catch((error: unknown) => error)
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
}
process.exit()
