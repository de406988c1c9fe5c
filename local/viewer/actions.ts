import type { IncomingMessage } from "node:http"
import { isPlainObject } from "../../lib/json.ts"
import type { Operation } from "./document.ts"
import { readFromPage, refuse, type PageAnswer } from "./own-page.ts"
import { prepareRequest, type ValueSources } from "./prepare.ts"
import type { ApiRequest } from "./send.ts"

/** Answers a POST of the page on `origin`. */
export type Action = (message: IncomingMessage, origin: string) => Promise<PageAnswer>

type Fields = Readonly<Record<string, unknown>>

interface ActionOptions extends Omit<ValueSources, "origin"> {
  readonly operations: readonly Operation[]
  /** Names of the headers that the page shows of an answer. */
  readonly shownHeaders: readonly string[]
}

/** The names of headers that a prepared request can have. */
const requestHeaders = new Set(["Authorization", "Content-Type", "Cookie", "Origin", "X-CSRF"])

/** What the page's script can ask for, by path: to make an example ready, and to send it as it was edited. */
export function createActions(options: ActionOptions): ReadonlyMap<string, Action> {
  return new Map([
    ["/docs/prepare", fromPage((fields, origin) => prepare(fields, { ...options, origin }))],
    ["/docs/send", fromPage((fields) => send(fields, options))],
  ])
}

function fromPage(act: (fields: Fields, origin: string) => Promise<PageAnswer>): Action {
  return async (message, origin) => {
    const read = await readFromPage(message, origin)
    if ("refusal" in read) return read.refusal
    try {
      return await act(read.fields, origin)
    } catch (error) {
      return refuse(502, `The local stack failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

async function prepare(fields: Fields, sources: ActionOptions & ValueSources): Promise<PageAnswer> {
  const operation = sources.operations.find(({ id }) => id === fields.operation)
  const example = operation?.examples.find(({ name }) => name === fields.example)
  if (!operation || !example) return refuse(404, "The document has no such example in this delivery.")
  return { status: 200, body: await prepareRequest(operation, example, sources) }
}

async function send(fields: Fields, options: ActionOptions): Promise<PageAnswer> {
  const { operations, shownHeaders } = options
  const request = readApiRequest(fields)
  if (!request)
    return refuse(400, '"path", "headers" and "body" must be those of a request to the functions.')
  if (!operations.some(({ path }) => path === request.path)) {
    return refuse(404, "The document has no such path.")
  }
  const answer = await options.send(request)
  const headers = answer.headers.filter(([name]) => shownHeaders.includes(name.toLowerCase()))
  return { status: 200, body: { ...answer, headers } }
}

function readApiRequest({ path, headers, body }: Fields): ApiRequest | undefined {
  if (typeof path !== "string" || typeof body !== "string" || !isPlainObject(headers)) return undefined
  const isSendable = Object.entries(headers).every(
    ([name, value]) =>
      requestHeaders.has(name) && typeof value === "string" && /^[\x20-\x7e]{1,8192}$/.test(value),
  )
  return isSendable ? { path, headers: headers as ApiRequest["headers"], body } : undefined
}
