import { createServer } from "node:https"
import type { Certificate } from "../../harness/certificate.ts"
import { listenOnLongWire } from "../stand-in/wire.ts"

/** Pages on a server that is near the browser, as a content delivery network is. */
export interface Site {
  readonly origin: string
  /** Of each path, from now on. */
  readonly documents: Map<string, string>
  readonly close: () => void
}

export async function startSite(hostName: string, certificate: Certificate): Promise<Site> {
  const documents = new Map<string, string>()
  const server = createServer(certificate, (request, response) => {
    const [path = "/"] = (request.url ?? "").split("?")
    const document = documents.get(path)
    response.writeHead(document === undefined ? 404 : 200, { "content-type": "text/html" }).end(document)
  })
  server.keepAliveTimeout = 60_000
  const { port, close } = await listenOnLongWire(server, 0)
  return {
    origin: `https://${hostName}:${port}`,
    documents,
    close,
  }
}
