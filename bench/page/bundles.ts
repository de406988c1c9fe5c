import { fileURLToPath } from "node:url"
import { build, type BuildOptions } from "esbuild"
import { clientId } from "../../harness/id-tokens.ts"
import type { PageRow } from "./rows.ts"

/** Where a page's script finds what it calls. */
export interface Endpoints {
  readonly api: string
  readonly login: string
}

/** Builds the script of a row's page as an application's own build would. */
export async function pageScript(
  name: PageRow["name"],
  { api, login }: Endpoints = { api: "", login: "" },
): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [`bench/page/pages/${name}.ts`],
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    define: {
      API: JSON.stringify(api),
      LOGIN: JSON.stringify(login),
      CLIENT_ID: JSON.stringify(clientId),
    },
  })
  return outputFiles[0]?.text ?? ""
}

const common = {
  absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
  bundle: true,
  minify: true,
  legalComments: "none",
  logLevel: "warning",
} satisfies BuildOptions
