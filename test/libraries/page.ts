import { origin, shareJourney, type Journey, type JsonRecord } from "../support/journey.ts"

export const deliveries = ["cookie", "partitioned", "sealed"] as const
export type Delivery = (typeof deliveries)[number]

/** The names of the authorization server's metadata (RFC 8414 §2) that a page has to be given. */
export type ServerMetadata = Readonly<
  Record<"issuer" | "authorization_endpoint" | "token_endpoint" | "jwks_uri", string>
>

/** A page of a listed origin in front of the local stack, as a library in it sees the world. */
export interface Page {
  readonly provider: Journey["provider"]
  readonly redirectUri: string
  /** SuperOffice's endpoints, and ours as the token endpoint. */
  readonly server: ServerMetadata
  /** The browser's `fetch`: what a library calls, or what its hook calls. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** Posts what draws on the session cookie, as the page's own code can and a library cannot. */
  refreshWithCookie(): Promise<JsonRecord>
}

/**
 * Opens a page that has been nowhere, in front of a stack with one way of delivering refresh tokens. The tests of a file share
 * the three stacks.
 */
export function pagesForTests(): (delivery: Delivery) => Promise<Page> {
  const share = (delivery: Delivery) => shareJourney({ env: { REFRESH_TOKEN_DELIVERY: delivery } })
  const shared = { cookie: share("cookie"), partitioned: share("partitioned"), sealed: share("sealed") }
  return async (delivery) => openPage(delivery, await shared[delivery]())
}

function openPage(delivery: Delivery, { stack, provider }: Journey): Page {
  const api = new URL(stack.url)
  // The page is on localhost: by this name the functions share its site, by the number they do not.
  if (delivery === "cookie") api.hostname = "localhost"
  const fetchOfPage = browserFetch()
  return {
    provider,
    redirectUri: `${origin}/callback`,
    server: {
      issuer: provider.issuer,
      authorization_endpoint: `${provider.url}/login/common/oauth/authorize`,
      token_endpoint: `${api.origin}/token`,
      jwks_uri: `${provider.url}/login/.well-known/jwks`,
    },
    fetch: fetchOfPage,
    async refreshWithCookie() {
      const response = await fetchOfPage(`${api.origin}/refresh-token`, {
        method: "POST",
        credentials: "include",
        headers: { "content-type": "application/json", "x-csrf": "1" },
        body: "{}",
      })
      return (await response.json()) as JsonRecord
    },
  }
}

/**
 * Node's `fetch` with what a browser does beside: it says which page asks, keeps cookies and sends them where the page wants
 * them (`credentials: "include"`), and shows an answer only to a page that may see it (Fetch, "CORS check").
 */
function browserFetch(): Page["fetch"] {
  const cookies = new Map<string, string>()
  return async (url, init = {}) => {
    const hasCredentials = init.credentials === "include"
    const headers = new Headers(init.headers)
    headers.set("origin", origin)
    headers.set("sec-fetch-site", new URL(url).hostname === "localhost" ? "same-site" : "cross-site")
    if (hasCredentials) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "))
    const response = await fetch(url, { ...init, headers })

    const mayRead =
      response.headers.get("access-control-allow-origin") === origin &&
      (!hasCredentials || response.headers.get("access-control-allow-credentials") === "true")
    if (!mayRead) throw new TypeError("Failed to fetch")
    for (const line of hasCredentials ? response.headers.getSetCookie() : []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined && value !== undefined) cookies.set(name, value)
    }
    return response
  }
}
