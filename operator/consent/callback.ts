import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { isSameState } from "../../lib/session/login.ts"
import { CommandFailure } from "../failure.ts"
import { headers, htmlOf, type Page } from "./page.ts"

/** What SuperOffice answered to the sign-in (RFC 6749 §4.1.2). */
export type SignInAnswer =
  | { readonly kind: "code"; readonly code: string; readonly iss: string | undefined }
  | { readonly kind: "error"; readonly error: string }

/** Waits on this machine for the one answer of a sign-in. */
export interface CallbackServer {
  /** The first answer with the right state. Undefined when the time is up, or the signal is aborted. */
  answer(timeoutMs: number, signal: AbortSignal): Promise<SignInAnswer | undefined>
  /** Stops listening, after the browser had a moment to show its page. */
  close(): Promise<void>
}

/**
 * Listens for a sign-in's answer at a loopback redirect URI (RFC 8252 §7.3, §8.3): on 127.0.0.1 alone, and for that `Host`
 * alone, so that no page reaches it by a DNS name of its own. Every other request gets 4xx and changes nothing.
 */
export async function listenForAnswer(redirectUri: string, state: string): Promise<CallbackServer> {
  const { host, port, pathname } = new URL(redirectUri)
  let take: (answer: SignInAnswer) => void = () => undefined
  const answered = new Promise<SignInAnswer>((resolve) => (take = resolve))
  let tellShown = (): void => undefined
  const shown = new Promise<void>((resolve) => (tellShown = resolve))
  let hasAnswer = false

  function answerTo({ method, url = "", headers: { host: asked } }: IncomingMessage): Reply {
    if (asked !== host) return { status: 400, page: unknownHost }
    if (method !== "GET") return { status: 405, page: unknownPage, allow: "GET" }
    const [path, query = ""] = url.split("?", 2)
    if (path === donePath && hasAnswer) return { status: 200, page: done }
    if (path !== pathname) return { status: 404, page: unknownPage }
    const answer = readAnswer(new URLSearchParams(query), state)
    if (answer === undefined || hasAnswer) return { status: 400, page: unknownAnswer }
    hasAnswer = true
    take(answer)
    // To an address without the code, so that neither the tab nor the browser's history keeps it.
    return { status: 303, page: done, location: donePath }
  }

  const server = createServer((request, response) => {
    const reply = answerTo(request)
    if (reply.status === 200) response.once("close", tellShown)
    send(response, reply)
  })
  await listen(server, Number(port))

  return {
    async answer(timeoutMs, signal) {
      return await Promise.race([answered, pause(timeoutMs, signal)])
    },
    async close() {
      if (hasAnswer) await Promise.race([shown, pause(2_000)])
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const donePath = "/done"

interface Reply {
  readonly status: number
  readonly page: Page
  readonly location?: string
  readonly allow?: string
}

const done: Page = {
  title: "The answer has arrived",
  text: "The terminal shows how it goes on. You can close this page.",
}
const unknownAnswer: Page = {
  title: "Not the answer of this sign-in",
  text: "This address takes one answer, of the sign-in that the terminal began. Nothing was changed.",
}
const unknownPage: Page = { title: "Not found", text: "This address has no page." }
const unknownHost: Page = { title: "Unknown host", text: "This server has another name." }

/** Undefined unless it has the state of the sign-in, and each parameter at most once (RFC 6749 §3.1). */
function readAnswer(query: URLSearchParams, expectedState: string): SignInAnswer | undefined {
  const known = ["state", "code", "error", "iss"] as const
  const [state, code, error, iss] = known.map((name) => query.get(name) ?? undefined)
  if (known.some((name) => query.getAll(name).length > 1)) return undefined
  if (state === undefined || !isSameState(state, expectedState)) return undefined
  if (error) return { kind: "error", error }
  return code ? { kind: "code", code, iss } : undefined
}

function send(response: ServerResponse, { status, page, location, allow }: Reply): void {
  const more = { ...(location !== undefined && { location }), ...(allow !== undefined && { allow }) }
  response.writeHead(status, { ...headers, ...more }).end(htmlOf(page))
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException
    const why = code === "EADDRINUSE" ? "is already in use" : `cannot be had (${code})`
    throw new CommandFailure(
      `Port ${port} of 127.0.0.1 ${why}: end the program that has it, or pass --port NUMBER, and register ` +
        "http://127.0.0.1:NUMBER/callback for the application at SuperOffice.",
      { cause: error },
    )
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<undefined> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    // As long as there is something to wait for, the server keeps the process alive.
    const timer = setTimeout(end, ms).unref()
    signal?.addEventListener("abort", end, { once: true })
    if (signal?.aborted) end()
  })
}
