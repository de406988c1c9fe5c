import type { AgentOptions } from "node:https"
import { onTestFinished } from "vitest"
import { createConnections, type Connections } from "../../../lib/adapters/connections.ts"
import type { HttpRequest } from "../../../lib/ports.ts"

/** Connections that are closed when the test ends. */
export function connect(options?: AgentOptions): Connections {
  const connections = createConnections(options)
  onTestFinished(() => {
    connections.http.destroy()
    connections.https.destroy()
  })
  return connections
}

/** The POST of a form, which needs the body of a 200 and of a 400. */
export function formPost(url: string, text = "a=b"): HttpRequest {
  const needsBody = (status: number): boolean => status === 200 || status === 400
  return { method: "POST", url, body: { type: "form", text }, needsBody }
}
