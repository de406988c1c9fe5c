import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { escapeHtml } from "./escape.ts"

export interface Asset {
  readonly contentType: string
  readonly content: string | Uint8Array
  /** Its Content Security Policy, if not the example page's. */
  readonly policy?: string
}

/** The examples of the browser helper: without a framework, and with React. */
export const exampleNames = ["page", "react"] as const
export type ExampleName = (typeof exampleNames)[number]

const folder = fileURLToPath(new URL("../../examples/", import.meta.url))
const programs: Record<ExampleName, string> = { page: "page/app.ts", react: "react/main.tsx" }

/** The example's files by their paths, its program bundled for the browser. The examples share style and icon. */
export async function readAssets(
  example: ExampleName = "page",
  notice = "",
): Promise<ReadonlyMap<string, Asset>> {
  if (example === "react" && !existsSync(`${folder}react/node_modules`)) {
    throw new Error("The React example is not installed: npm ci --prefix examples/react")
  }
  const [html, style, icon, program] = await Promise.all([
    readFile(`${folder}${example}/index.html`, "utf8"),
    readFile(`${folder}page/style.css`),
    readFile(`${folder}page/icon.svg`),
    bundle(`${folder}${programs[example]}`),
  ])
  const footer =
    notice === "" ? "" : `<footer class="small"><p>${withLinks(escapeHtml(notice))}</p></footer>\n  `
  const content = html.replace("</body>", () => `${footer}</body>`)
  const page = { contentType: "text/html; charset=utf-8", content }
  return new Map<string, Asset>([
    ["/", page],
    ["/callback", page],
    ["/style.css", { contentType: "text/css; charset=utf-8", content: style }],
    ["/icon.svg", { contentType: "image/svg+xml", content: icon }],
    ["/app.js", { contentType: "text/javascript; charset=utf-8", content: program }],
  ])
}

function withLinks(html: string): string {
  return html.replaceAll(/https?:\/\/[\w.:-]*\w/g, '<a href="$&">$&</a>')
}

async function bundle(entryPoint: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    // As a developer's server has it, where React's StrictMode runs each effect twice.
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
    logLevel: "warning",
  })
  const [file] = outputFiles
  if (!file) throw new Error("esbuild returned no file")
  return file.contents
}
