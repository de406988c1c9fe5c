import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

export interface Asset {
  readonly contentType: string
  readonly content: string | Uint8Array
  /** Its Content Security Policy, if not the example page's. */
  readonly policy?: string
}

const folder = fileURLToPath(new URL("../../examples/page/", import.meta.url))

/** The example page's files by their paths, its program bundled for the browser. */
export async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  const [html, style, icon, program] = await Promise.all([
    readFile(`${folder}index.html`),
    readFile(`${folder}style.css`),
    readFile(`${folder}icon.svg`),
    bundle(`${folder}app.ts`),
  ])
  const page = { contentType: "text/html; charset=utf-8", content: html }
  return new Map<string, Asset>([
    ["/", page],
    ["/callback", page],
    ["/style.css", { contentType: "text/css; charset=utf-8", content: style }],
    ["/icon.svg", { contentType: "image/svg+xml", content: icon }],
    ["/app.js", { contentType: "text/javascript; charset=utf-8", content: program }],
  ])
}

async function bundle(entryPoint: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "warning",
  })
  const [file] = outputFiles
  if (!file) throw new Error("esbuild returned no file")
  return file.contents
}
