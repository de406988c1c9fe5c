import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"

const root = new URL("../../", import.meta.url)

it.each([
  ["docs/libraries.md", "##", "oidc-client-ts"],
  ["docs/libraries.md", "##", "oauth4webapi"],
  ["docs/libraries.md", "##", "openid-client"],
  ["docs/libraries.md", "##", "@badgateway/oauth2-client"],
  ["docs/api-token.md", "###", "aws-jwt-verify"],
  ["docs/api-token.md", "###", "jose"],
  ["docs/api-token.md", "###", "oauth4webapi"],
])("%s names, in a heading of %s, the version of %s that is tested here", async (page, level, name) => {
  const installed = await readFile(new URL(`node_modules/${name}/package.json`, root), "utf8")
  const { version } = JSON.parse(installed) as { version: string }
  expect(await readFile(new URL(page, root), "utf8")).toContain(`\n${level} ${name} ${version}\n`)
})
