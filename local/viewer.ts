import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Asset } from "./page/assets.ts"
import { contentSecurityPolicy } from "./page/policy.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const swaggerUi = `${root}node_modules/swagger-ui-dist/`

/**
 * The OpenAPI document at `/openapi.json`, with the local functions as its server, and a viewer for it at `/docs`.
 * All files come from this machine.
 */
export async function readViewer(apiUrl: string): Promise<ReadonlyMap<string, Asset>> {
  const read = (path: string): Promise<Buffer> => readFile(path)
  const [document, html, program, style, bundle, bundleStyle] = await Promise.all([
    read(`${root}docs/openapi.json`),
    read(`${root}local/viewer/index.html`),
    read(`${root}local/viewer/viewer.js`),
    read(`${root}local/viewer/viewer.css`),
    read(`${swaggerUi}swagger-ui-bundle.js`),
    read(`${swaggerUi}swagger-ui.css`),
  ])
  const [script, css] = ["text/javascript; charset=utf-8", "text/css; charset=utf-8"]
  // Swagger UI's images are data URLs in its style sheet.
  const policy = contentSecurityPolicy(apiUrl, { images: "'self' data:" })
  return new Map<string, Asset>([
    ["/openapi.json", { contentType: "application/json", content: servedAt(apiUrl, document) }],
    ["/docs", { contentType: "text/html; charset=utf-8", content: html, policy }],
    ["/docs/viewer.js", { contentType: script, content: program }],
    ["/docs/viewer.css", { contentType: css, content: style }],
    ["/docs/swagger-ui-bundle.js", { contentType: script, content: bundle }],
    ["/docs/swagger-ui.css", { contentType: css, content: bundleStyle }],
  ])
}

function servedAt(url: string, document: Buffer): string {
  const servers = [{ url, description: "The local stack" }]
  return JSON.stringify({ ...(JSON.parse(document.toString()) as object), servers })
}
