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

/** API Gateway's quota for the request line and the headers of a request. */
const maxHeadBytes = 10_240

/**
 * Whether the request line and the headers are over API Gateway's quota for an HTTP API, "total combined size of request line
 * and header values". Counts the bytes of the method, of the request target (path and query), and of the name and the value of
 * each header line, also when a name is repeated. Does not count the HTTP version, separators, line ends, and white space
 * around a value. AWS names only values: counting the names too makes this limit the stricter one.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html}
 */
export function isHeadTooLarge({ method = "", url = "", rawHeaders }: IncomingMessage): boolean {
  // Node reads each byte of a request line and of a header as one character.
  return [method, url, ...rawHeaders].reduce((bytes, text) => bytes + text.length, 0) > maxHeadBytes
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
