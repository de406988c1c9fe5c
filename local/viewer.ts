import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { RefreshTokenDelivery } from "../lib/config.ts"
import type { Asset } from "./page/assets.ts"
import { contentSecurityPolicy } from "./page/policy.ts"
import type { LocalProvider } from "./provider.ts"
import type { Stack } from "./stack.ts"
import { createActions, type Action } from "./viewer/actions.ts"
import { operationsOf, readDocument } from "./viewer/document.ts"
import { viewerHtml } from "./viewer/html.ts"
import { createSend } from "./viewer/send.ts"

export interface Viewer {
  readonly assets: ReadonlyMap<string, Asset>
  /** What answers the page's POSTs, by path. */
  readonly actions: ReadonlyMap<string, Action>
}

export interface ViewerOptions {
  /** Its provider is where live values come from, so there is no viewer with SuperOffice itself. */
  readonly stack: Stack & { readonly provider: LocalProvider }
  readonly delivery: RefreshTokenDelivery
  /** The stack's certificate, in PEM. */
  readonly ca?: string
}

/**
 * The OpenAPI document at `/openapi.json`, with the local functions as its server, and at `/docs` a page that makes the
 * document's examples ready and sends them to these functions.
 */
export async function createViewer({ stack, delivery, ca }: ViewerOptions): Promise<Viewer> {
  const document = await readDocument()
  const operations = operationsOf(document, delivery)
  const read = (name: string) => readFile(fileURLToPath(new URL(`viewer/${name}`, import.meta.url)))
  const servers = [{ url: stack.url, description: "The local stack" }]
  const html = viewerHtml(document, operations, { url: stack.url, delivery })
  const shownHeaders = ["Content-Type", ...Object.keys(document.components.headers)]
  return {
    assets: new Map<string, Asset>([
      [
        "/openapi.json",
        { contentType: "application/json", content: JSON.stringify({ ...document, servers }) },
      ],
      ["/docs", { contentType: "text/html; charset=utf-8", content: html, policy: contentSecurityPolicy() }],
      [
        "/docs/viewer.js",
        { contentType: "text/javascript; charset=utf-8", content: await read("viewer.js") },
      ],
      ["/docs/viewer.css", { contentType: "text/css; charset=utf-8", content: await read("viewer.css") }],
    ]),
    actions: createActions({
      operations,
      provider: stack.provider,
      send: createSend(stack, ca),
      shownHeaders: shownHeaders.map((name) => name.toLowerCase()),
    }),
  }
}
