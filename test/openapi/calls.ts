import { signRequest } from "../../local/sign-request.ts"
import { origin, type Journey } from "../support/journey.ts"
import type { ReceivedAnswer, Operation } from "./document.ts"

export const json = "application/json"
export const form = "application/x-www-form-urlencoded"

export interface ExampleCallOptions {
  /** JSON unless given. */
  readonly mediaType?: string
  /** Sent with `X-CSRF: 1`. */
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer, and the cookies that it set as a browser would send them. */
export interface CallAnswer extends ReceivedAnswer {
  readonly body: Readonly<Record<string, unknown>>
  readonly cookie: string
}

/** Calls an operation on the local stack as the document says: as a page, or signed with IAM. Text is sent as it is. */
export async function call(
  { stack }: Journey,
  { path, isSigned }: Operation,
  body: object | string,
  options: ExampleCallOptions = {},
): Promise<CallAnswer> {
  const { mediaType = json, cookie, headers } = options
  const url = new URL(stack.url + path)
  const text = typeof body === "string" ? body : encoded(body, mediaType)
  const ofDoor = isSigned
    ? await signRequest(url, text, stack.credentials, mediaType)
    : { "content-type": mediaType, origin, "x-csrf": "1" }
  const response = await fetch(url, {
    method: "POST",
    headers: { ...ofDoor, ...(cookie !== undefined && { cookie }), ...headers },
    body: text,
  })
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0])
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as CallAnswer["body"],
    cookie: cookies.join("; "),
  }
}

/** As the document's encoding says: a list is one field of a form, separated by spaces. */
export function encoded(body: object, mediaType: string): string {
  if (mediaType === json) return JSON.stringify(body)
  const fields = Object.entries(body).map(([name, value]: [string, unknown]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(" ") : String(value),
  ])
  return new URLSearchParams(fields).toString()
}
