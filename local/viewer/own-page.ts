import type { IncomingMessage } from "node:http"
import { isPlainObject, parseJson } from "../../lib/json.ts"
import { readRequest } from "../received-request.ts"

/** What the page's script is told. */
export interface PageAnswer {
  readonly status: number
  readonly body: object
}

/** Enough for a body of 32 KiB in JSON, and for one that is too large for the functions. */
const maxBytes = 256 * 1024

/**
 * Reads a JSON object that a page on `origin` sent; otherwise, the refusal. Another site can send neither this type nor this
 * `Origin`.
 */
export async function readFromPage(
  message: IncomingMessage,
  origin: string,
): Promise<{ readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: PageAnswer }> {
  const { origin: sender, "content-type": type } = message.headers
  if (sender !== origin) return { refusal: refuse(403, `Only the page on ${origin} may send this.`) }
  if (type !== "application/json") return { refusal: refuse(415, "The type must be application/json.") }
  const request = await readRequest(message)
  if (!request || request.body.length > maxBytes) {
    return { refusal: refuse(413, `The request must be at most ${maxBytes / 1024} KiB.`) }
  }
  const fields = parseJson(request.body.toString())
  return isPlainObject(fields) ? { fields } : { refusal: refuse(400, "The request must be a JSON object.") }
}

export function refuse(status: number, error: string): PageAnswer {
  return { status, body: { error } }
}
