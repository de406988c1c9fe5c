// A process of its own: every built function in one environment that trusts the provider's certificate. It answers each
// message with what came of the event, and with what was logged. JavaScript, because Node starts it quicker.
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const lines = new Map()
process.stdout.write = (text) => {
  const line = JSON.parse(text)
  lines.set(line.request_id, line)
  return true
}

const require = createRequire(import.meta.url)
const names = [
  ...["exchange-code", "refresh-token", "token", "revoke-token", "authenticate-system-user"],
  "well-known",
]
const handlers = {}
coldStart()

/** Loads the functions, again if they were loaded before: they know nothing of what came before then. */
function coldStart() {
  for (const path of Object.keys(require.cache)) delete require.cache[path]
  for (const name of names) {
    const bundle = fileURLToPath(new URL(`../../../dist/functions/${name}.cjs`, import.meta.url))
    handlers[name] = require(bundle).handler
  }
}

/** @param {import("./deployment.ts").Question} question */
function answer({ id, name, event, remainingMs }) {
  const awsRequestId = `request-${id}`
  const end = performance.now() + remainingMs
  const context = { awsRequestId, getRemainingTimeInMillis: () => end - performance.now() }
  const reply = (outcome) => process.send({ id, ...outcome, line: lines.get(awsRequestId) ?? {} })
  handlers[name](event, context).then(
    (result) => reply({ result }),
    (error) => reply({ thrown: String(error) }),
  )
}

process.on("message", (question) => {
  if (question === "cold start") coldStart()
  else answer(question)
})
process.on("disconnect", () => process.exit())
