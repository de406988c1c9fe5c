import type { IncomingMessage } from "node:http"

/** A request with its whole body. */
export interface ReceivedRequest {
  readonly method: string
  readonly rawPath: string
  readonly rawQueryString: string
  /** Lower-case names; the values of repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly sourceIp: string
}

const maxBodyBytes = 10 * 1024 * 1024

/** Reads the whole request; undefined when the body is over API Gateway's limit of 10 MB. */
export async function readRequest(message: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Read a body over the limit to its end too: a client that is disconnected while it sends never sees the answer.
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  if (bytes > maxBodyBytes) return undefined

  const [rawPath = "/", ...query] = (message.url ?? "/").split("?")
  const headers = Object.entries(message.headersDistinct).map(([name, values = []]) => [
    name,
    values.join(name === "cookie" ? "; " : ","),
  ])
  return {
    method: message.method ?? "GET",
    rawPath,
    rawQueryString: query.join("?"),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
    sourceIp: message.socket.remoteAddress ?? "127.0.0.1",
  }
}
