import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"

const root = new URL("../../", import.meta.url)

it.each(["oidc-client-ts", "oauth4webapi", "openid-client", "@badgateway/oauth2-client"])(
  "docs/libraries.md names the version of %s that is tested here",
  async (name) => {
    const installed = await readFile(new URL(`node_modules/${name}/package.json`, root), "utf8")
    const { version } = JSON.parse(installed) as { version: string }
    expect(await readFile(new URL("docs/libraries.md", root), "utf8")).toContain(`## ${name} ${version}\n`)
  },
)
