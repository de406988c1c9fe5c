import { isPlainObject } from "../../lib/json.ts"
import type { ConnectionFailure } from "./connection.ts"
import { fetchJson, type JsonAnswer } from "./fetch-json.ts"
import { fetchSite } from "./site.ts"

/** A page to check, and what is known of its deployment. */
export interface Page {
  /** Base URL of the API that it calls. */
  readonly url: string
  readonly origin: string
  /** Lower-case names of headers that the page's libraries add. */
  readonly requestHeaders: readonly string[]
  /** The delivery that `deployment.yml` says; undefined without it. */
  readonly delivery: string | undefined
  /** Where sign-ins of the page may end: `allowedRedirectUris` of `deployment.yml`. Empty if they are not known. */
  readonly redirectUris: readonly string[]
}

/** What came back. Every text of it is as the server sent it. */
export interface PageAnswer extends Omit<JsonAnswer, "body"> {
  /** Members of the body, if it is a JSON object of at most 1 MiB. */
  readonly code: unknown
  readonly description: string
}

/** Posts JSON to a function as the page's browser helper does, with what a browser adds. No cookie is sent or kept. */
export async function postAsPage(
  { url, origin }: Page,
  functionName: string,
  fields: object,
): Promise<PageAnswer | ConnectionFailure> {
  return await send(`${url}/${functionName}`, {
    method: "POST",
    headers: {
      origin,
      "content-type": "application/json",
      "x-csrf": "1",
      "sec-fetch-site": fetchSite(origin, url),
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
    },
    body: JSON.stringify(fields),
  })
}

/** Sends the preflight for such a post (Fetch standard, CORS-preflight fetch). */
export async function sendPreflight(
  { url, origin }: Page,
  headerNames: readonly string[],
): Promise<PageAnswer | ConnectionFailure> {
  return await send(`${url}/exchange-code`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headerNames.toSorted().join(","),
      "sec-fetch-site": fetchSite(origin, url),
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
    },
  })
}

async function send(url: string, init: RequestInit): Promise<PageAnswer | ConnectionFailure> {
  const answer = await fetchJson(url, init)
  if ("finding" in answer) return answer
  const { body, ...others } = answer
  const { code, error_description: said } = isPlainObject(body) ? body : {}
  return { ...others, code, description: typeof said === "string" ? said : "" }
}
