import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { longestFunctionName, serviceName } from "../../operator/deployment/settings.ts"
import { settingNames, settingOf } from "../../operator/deployment/settings.ts"
import { packageService } from "../support/package.ts"
import { functionNames } from "../support/service.ts"

/** What the framework calls for the settings of `serverless.yml`. */
type ReadSettings = (framework: {
  readonly options: object
  readonly resolveVariable: (variable: string) => Promise<string>
}) => Promise<Readonly<Record<string, string>>>

const readSettings = createRequire(import.meta.url)("../../deploy/settings.cjs") as ReadSettings

/** Reads them in a folder with this `deployment.yml`. `stored` is what Serverless Framework v4 keeps for the service. */
async function settingsFrom(options: object, deployment?: string, stored: Record<string, string> = {}) {
  const [folder, before] = [mkdtempSync(join(tmpdir(), "settings-")), process.cwd()]
  if (deployment !== undefined) writeFileSync(join(folder, "deployment.yml"), deployment)
  process.chdir(folder)
  try {
    const resolveVariable = (variable: string) =>
      Promise.resolve(stored[/^param:(\w+)/.exec(variable)?.[1] ?? ""] ?? "")
    return await readSettings({ options, resolveVariable })
  } finally {
    process.chdir(before)
    rmSync(folder, { recursive: true })
  }
}

const deployment = "acme:\n  environment: online\n  clientSecretId: superoffice/acme\n  tracing: true\n"

describe("the settings that the framework alone takes", { timeout: 120_000 }, () => {
  it("are those of the stage's section, with those of the command line on top", async () => {
    const param = ["clientSecretId=superoffice/other"]
    expect(await settingsFrom({ stage: "acme", param }, deployment)).toMatchObject({
      environment: "online",
      clientSecretId: "superoffice/other",
      tracing: "true",
      metricsNamespace: "superoffice-token-exchange/acme",
      region: "eu-west-1",
    })
  })

  it("are those that Serverless Framework v4 has stored, unless the command line has another", async () => {
    const stored = { clientSecretId: "superoffice/stored", logLevel: "WARN" }
    const options = { stage: "sod", param: ["logLevel=ERROR"] }
    expect(await settingsFrom(options, undefined, stored)).toMatchObject({
      clientSecretId: "superoffice/stored",
      logLevel: "ERROR",
    })
  })

  it.each([
    ["without a file", { stage: "sod" }, "There is no deployment.yml here."],
    ["without a stage", {}, "No stage is named, and none is the default: pass --stage NAME."],
    [
      "of a stage that is no environment and names none",
      { stage: "other", param: ["clientSecretId=a"] },
      "is required",
    ],
  ])("are refused %s", async (_what, options, said) => {
    await expect(settingsFrom(options)).rejects.toThrow(said)
  })

  it("are refused by the framework too when they are wrong, all at once", async () => {
    const wrong = "sod:\n  clientSecretId: a\n  allowedOrigin: b\n  logLevel: info\n"
    await expect(packageService({ deployment: wrong })).rejects.toThrow(
      "  line 3   allowedOrigin is not a setting: did you mean allowedOrigins?\n" +
        "  line 4   logLevel must be DEBUG, INFO, WARN or ERROR: write INFO.\n",
    )
  })

  it("know the names that AWS limits", () => {
    expect(file("serverless.yml")).toContain(`\nservice: ${serviceName}\n`)
    expect(longestFunctionName).toBe(functionNames.toSorted((a, b) => b.length - a.length)[0])
  })

  it("are read nowhere but through the checks", () => {
    for (const name of ["roles", "secret", "domain", "callers", "dashboard", "queries"])
      expect(file(`deploy/${name}.yml`)).not.toMatch(/param:|file\(/)
    expect(file("deploy/alarms.cjs")).not.toMatch(/param:|file\(/)
    expect(file("serverless.yml")).not.toMatch(/param:|file\(deployment/)
  })
})

describe("deployment.yml", () => {
  it("is not tracked, and has a guide with every setting and its default", () => {
    expect(file(".gitignore").split("\n")).toContain("deployment.yml")
    const [table = ""] = /^\| setting [^]*?\n\n/m.exec(file("docs/settings.md")) ?? []
    const rows = [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)]
    const documented = new Map(rows.map(([, name = "", value = ""]) => [name, value]))
    expect([...documented.keys()]).toEqual(settingNames)
    for (const name of settingNames) {
      const value = settingOf(name).default
      if (value !== "") expect(documented.get(name), name).toBe(`\`${value}\``)
    }
  })
})

function file(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")
}
