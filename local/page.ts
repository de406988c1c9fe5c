import { closeServer, createWebServer, listenOnLoopback, withHostName, type Tls } from "./loopback.ts"
import { readAssets, type Asset, type ExampleName } from "./page/assets.ts"
import { contentSecurityPolicy } from "./page/policy.ts"
import { createViewer, type ViewerOptions } from "./viewer.ts"

/** The example page and the viewer of the API, on loopback. */
export interface LocalPage {
  /** Its origin. Requests to another host name are redirected to it. */
  readonly url: string
  close(): Promise<void>
}

export interface PageOptions {
  /** Default: `page`. */
  readonly example?: ExampleName
  /** Base URL of the functions. */
  readonly apiUrl: string
  /** Base URL of the API that the example page has for itself, which gets a token of ours. Without it, the page has no API. */
  readonly ownApiUrl?: string
  /** Any free port unless given. */
  readonly port?: number
  /** The host of its origin, which the browser must resolve to 127.0.0.1; that address unless given. */
  readonly hostName?: string
  /** PEM. Without it, the page is served over plain HTTP. */
  readonly tls?: Tls
  /** The functions' setting `REFRESH_TOKEN_DELIVERY`. */
  readonly delivery: "cookie" | "partitioned" | "sealed"
  readonly clientId: string
  readonly authorizationEndpoint: string
  /** What the examples at `/docs` are sent to, and where their values come from; no `/docs` unless given. */
  readonly stack?: ViewerOptions["stack"]
  /** Sites that may show the page in a frame, e.g. `https://*.superoffice.com`; none unless given. */
  readonly frameAncestors?: readonly string[]
  /** A sentence at the end of the page, of what its users have to know here. */
  readonly notice?: string
}

/**
 * Bundles the example page with the browser client and serves it at `/` and, for the redirect URI, at `/callback`.
 * Serves the viewer of the OpenAPI document at `/docs`.
 */
export async function startPage(options: PageOptions): Promise<LocalPage> {
  const { apiUrl, ownApiUrl, delivery, clientId, authorizationEndpoint, tls, stack } = options
  const viewer = stack && (await createViewer({ stack, delivery, ...(tls && { ca: tls.cert }) }))
  const assets = new Map([...(await readAssets(options.example, options.notice)), ...(viewer?.assets ?? [])])
  const headers = {
    "content-security-policy": contentSecurityPolicy({
      // The local provider has the tenants' REST API, too.
      calls: [apiUrl, authorizationEndpoint, ownApiUrl ?? apiUrl].map((address) => new URL(address).origin),
      frameAncestors: options.frameAncestors ?? [],
    }),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  }
  let url = ""
  const server = createWebServer(async (request, response) => {
    const { pathname, search } = readTarget(request.url ?? "/", url)
    const asset: Asset | undefined = pathname === "/config.json" ? config() : assets.get(pathname)
    const action = viewer?.actions.get(pathname)
    const isRead = request.method === "GET" || request.method === "HEAD"
    // Under another name (localhost) the page would have another origin, which the functions do not allow.
    if (request.headers.host !== new URL(url).host) {
      response.writeHead(307, { ...headers, location: url + pathname + search }).end()
    } else if (action && request.method === "POST") {
      const { status, body } = await action(request, url)
      response.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body))
    } else if (action || !isRead) {
      response.writeHead(405, { ...headers, allow: action ? "POST" : "GET, HEAD" }).end()
    } else if (!asset) {
      response.writeHead(404, headers).end()
    } else {
      const ownPolicy = asset.policy && { "content-security-policy": asset.policy }
      response
        .writeHead(200, { ...headers, ...ownPolicy, "content-type": asset.contentType })
        .end(asset.content)
    }
  }, tls)
  function config() {
    const redirectUri = `${url}/callback`
    const content = { api: apiUrl, redirectUri, delivery, clientId, authorizationEndpoint, ownApi: ownApiUrl }
    return { contentType: "application/json", content: JSON.stringify(content) }
  }

  url = withHostName(await listenOnLoopback(server, options.port, tls ? "https:" : "http:"), options.hostName)
  return { url, close: () => closeServer(server) }
}

/**
 * Path and query of a request target: an absolute path or, as servers must accept (RFC 9112 §3.2.2), a whole URL. Anything
 * else becomes a path that names nothing. `//host` is a path here; resolved as a relative URL it would be a host.
 */
function readTarget(target: string, origin: string): { readonly pathname: string; readonly search: string } {
  const url = target.startsWith("/") ? origin + target : target
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url) : { pathname: "/*", search: "" }
}
