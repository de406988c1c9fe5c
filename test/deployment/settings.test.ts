import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import {
  longestFunctionName,
  serviceName,
  settingNames,
  settingOf,
} from "../../operator/deployment/settings.ts"
import { packageService } from "../support/package.ts"
import { environment, lambda } from "../support/service.ts"
import { object, type Json, type JsonObject, type StackTemplate } from "../support/template.ts"

const service = yaml("serverless.yml")

describe("a deployment's own file", () => {
  const deployment = `
online:
  clientSecretId: superoffice/online
  allowedOrigins: [https://app.example, http://localhost:5173]
  tracing: true
  createSecret: true
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
      ALLOWED_ORIGINS: "https://app.example,http://localhost:5173",
    })
    expect(environment(acme, "token")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      ALLOWED_ORIGINS: "",
    })
  })

  it("yields to the command line", () => {
    expect(environment(acme, "token").CLIENT_SECRET_ID).toBe("superoffice/other")
  })

  it("may say true as YAML does", () => {
    expect(lambda(online, "token").TracingConfig).toEqual({ Mode: "Active" })
    expect(online.resources).toHaveProperty("ClientSecret")
    expect(lambda(acme, "token").TracingConfig).toEqual({ Mode: "PassThrough" })
    expect(acme.resources).not.toHaveProperty("ClientSecret")
  })

  it("is not tracked", () => {
    expect(file(".gitignore").split("\n")).toContain("deployment.yml")
  })

  it("has an example, in which every name is a setting", () => {
    const names = Object.values(yaml("deployment.example.yml")).flatMap((stage) => Object.keys(object(stage)))
    expect(names).not.toEqual([])
    for (const name of names) expect(settingNames).toContain(name)
  })
})

describe("the framework alone refuses", () => {
  it.each([
    ["a stage without a file", { stage: "sod" }, "There is no deployment.yml here."],
    ["no stage", { stage: "" }, "No stage is named, and none is the default: pass --stage NAME."],
    [
      "a stage that is no environment and names none",
      { stage: "other", params: { clientSecretId: "example" } },
      "environment is required",
    ],
    [
      "an unknown setting and a wrong value, both at once",
      { stage: "sod", deployment: "sod:\n  clientSecretId: a\n  allowedOrigin: b\n  logLevel: info\n" },
      "  line 3   allowedOrigin is not a setting: did you mean allowedOrigins?\n" +
        "  line 4   logLevel must be DEBUG, INFO, WARN or ERROR: write INFO.\n",
    ],
  ])("%s", async (_, options, said) => {
    await expect(packageService(options)).rejects.toThrow(said)
  })
})

it("docs/settings.md has every setting of a deployment with its default", () => {
  const [table = ""] = /^\| setting [^]*?\n\n/m.exec(file("docs/settings.md")) ?? []
  const rows = [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)]
  const documented = new Map(rows.map(([, name = "", value = ""]) => [name, value]))
  expect([...documented.keys()]).toEqual(settingNames)
  for (const name of settingNames) {
    const value = settingOf(name).default
    if (value !== "") expect(documented.get(name), name).toBe(`\`${value}\``)
  }
})

it("the checks know the names that AWS limits", () => {
  expect(serviceName).toBe(service.service)
  const names = Object.keys(object(service.functions))
  expect(longestFunctionName).toBe(names.toSorted((a, b) => b.length - a.length)[0])
})

it("no setting is read anywhere but through the checks", () => {
  const files = [
    "roles.yml",
    "secret.yml",
    "domain.yml",
    "callers.yml",
    "alarms.cjs",
    "dashboard.yml",
    "queries.yml",
  ]
  for (const name of files) expect(file(`deploy/${name}`)).not.toMatch(/param:|file\(/)
  expect(file("serverless.yml")).not.toMatch(/param:|file\(deployment/)
})

function yaml(name: string): JsonObject {
  return object(parse(file(name), { logLevel: "silent" }) as Json)
}

function file(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")
}
