import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { packageService } from "../support/package.ts"
import { environment } from "../support/service.ts"
import { object, type Json, type JsonObject, type StackTemplate } from "../support/template.ts"

const service = yaml("serverless.yml")
/** Every setting of a deployment with its default, as `serverless.yml` has it; undefined for one that is required. */
const defaults = new Map(
  Object.entries(object(service.custom)).flatMap(([name, value]) => {
    const variable =
      typeof value === "string" ? /^\$\{param:(\w+), file\(.*?\):\S+?(?:, (.*))?\}$/.exec(value) : null
    return variable ? [[name, variable[2]] as const] : []
  }),
)

describe("a deployment's own file", () => {
  const deployment = `
online:
  clientSecretId: superoffice/online
  allowedOrigins: https://app.example
acme:
  environment: online
  clientSecretId: superoffice/acme
`
  let online: StackTemplate
  let acme: StackTemplate

  beforeAll(async () => {
    const packages = await Promise.all([
      packageService({ stage: "online", deployment }),
      packageService({ stage: "acme", deployment, params: { clientSecretId: "superoffice/other" } }),
    ])
    ;[online, acme] = packages.map(({ stack }) => stack) as [StackTemplate, StackTemplate]
  })

  it("has a section for each stage", () => {
    expect(environment(online, "token")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      CLIENT_SECRET_ID: "superoffice/online",
      ALLOWED_ORIGINS: "https://app.example",
    })
    expect(environment(acme, "token")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      ALLOWED_ORIGINS: "",
    })
  })

  it("yields to the command line", () => {
    expect(environment(acme, "token").CLIENT_SECRET_ID).toBe("superoffice/other")
  })

  it("is not tracked", () => {
    expect(file(".gitignore").split("\n")).toContain("deployment.yml")
  })

  it("has an example, in which every name is a setting", () => {
    const names = Object.values(yaml("deployment.example.yml")).flatMap((stage) => Object.keys(object(stage)))
    expect(names).not.toEqual([])
    for (const name of names) expect([...defaults.keys()]).toContain(name)
  })
})

describe("packaging", () => {
  it.each([
    ["clientSecretId", { stage: "sod" }, 'at "custom.clientSecretId": Value not found'],
    [
      "environment",
      { stage: "other", params: { clientSecretId: "example" } },
      'at "custom.environment": Value not found',
    ],
  ])("stops, and says where, when %s is missing", async (_, options, said) => {
    await expect(packageService(options)).rejects.toThrow(said)
  })
})

it("the deployment guide has every setting with its default", () => {
  const rows = [...file("docs/deployment.md").matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)]
  const documented = new Map(rows.map(([, name = "", value = ""]) => [name, value]))
  expect([...documented.keys()]).toEqual([...defaults.keys()])
  for (const [name, value] of defaults) {
    if (value !== undefined && /^'?[\w]+'?$/.test(value)) {
      expect(documented.get(name), name).toBe(`\`${value.replaceAll("'", "")}\``)
    }
  }
})

it("no setting is read anywhere but through the table", () => {
  const files = ["roles.yml", "secret.yml", "domain.yml", "callers.yml", "alarms.cjs", "dashboard.yml"]
  for (const name of files) expect(file(`deploy/${name}`)).not.toMatch(/param:|file\(/)
})

function yaml(name: string): JsonObject {
  return object(parse(file(name), { logLevel: "silent" }) as Json)
}

function file(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")
}
