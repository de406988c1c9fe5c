import { readBounded } from "../../client/cloud/bounded.ts"
import { parseJson } from "../../lib/json.ts"
import { timeoutMs } from "../time-out.ts"
import { connectionFailureOf, type ConnectionFailure } from "./connection.ts"

/** What a server answered, as it sent it. */
export interface JsonAnswer {
  readonly ok: boolean
  readonly status: number
  readonly headers: Headers
  /** Undefined for what is not JSON, or longer than 1 MiB. */
  readonly body: unknown
}

/** Sends a request, and follows no redirection. */
export async function fetchJson(
  url: string,
  init: RequestInit = {},
): Promise<JsonAnswer | ConnectionFailure> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) })
    const { ok, status, headers } = response
    const bytes = response.body ? await readBounded(response.body) : undefined
    return { ok, status, headers, body: parseJson(new TextDecoder().decode(bytes)) }
  } catch (error) {
    return connectionFailureOf(error, new URL(url).host)
  }
}
