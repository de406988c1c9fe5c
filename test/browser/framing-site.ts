import { createServer } from "node:http"
import { closeServer, listenOnLoopback, withHostName } from "../../local/loopback.ts"

/** A site that shows a page in a frame, as SuperOffice shows web panels, and gives the frame its own query. */
export async function startFramingSite(address: () => string) {
  const server = createServer(({ url = "" }, response) => {
    const { search } = new URL(url, "http://localhost")
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(
        `<!doctype html><title>Another site</title><iframe src="${address()}/${search}" width=900 height=900></iframe>`,
      )
  })
  // Loopback by its name is another site than by its number.
  const origin = withHostName(await listenOnLoopback(server), "localhost")
  return { origin, close: () => closeServer(server) }
}
