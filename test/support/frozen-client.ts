/**
 * A process that posts to SuperOffice twice, as an execution environment does that is frozen in between: once at once,
 * and once for every line that it is told. It says how each post went, one JSON line each.
 */
import { createInterface } from "node:readline"
import { createConnections } from "../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../lib/deadline.ts"

const [url = "", ca] = process.argv.slice(2)
const superOffice = createSuperOfficeClient(createConnections(ca ? { ca } : {}))

async function post(form: string): Promise<void> {
  const outcome = await superOffice(
    { method: "POST", url, body: { type: "form", text: form }, needsBody: () => true },
    deadlineIn(5_000),
  ).catch((error: unknown) => error)
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
}

await post("first")
for await (const line of createInterface(process.stdin)) await post(line)
process.exit()
