import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import packageJson from "../../package.json" with { type: "json" }

interface Workflow {
  readonly permissions: object
  readonly jobs: { readonly deploy: { readonly environment: string; readonly steps: readonly Step[] } }
}

interface Step {
  readonly uses?: string
  readonly run?: string
}

const source = readFileSync(new URL("../../examples/github-actions/deploy.yml", import.meta.url), "utf8")
const { permissions, jobs } = parse(source) as Workflow
const order = jobs.deploy.steps.map(({ uses, run }) => uses ?? run ?? "")
const commands = jobs.deploy.steps.flatMap(({ run }) => run ?? [])

describe("the workflow that deploys", () => {
  it("may get a token for AWS, and beside that only read the code", () => {
    expect(permissions).toEqual({ contents: "read", "id-token": "write" })
  })

  it("runs commands that are there, for the stage of its environment", () => {
    expect(commands).toEqual([
      "npm ci",
      `printf '%s\\n' "$DEPLOYMENT" > deployment.yml`,
      "npm run deploy -- --stage online",
      "npm run doctor -- --stage online",
    ])
    expect(jobs.deploy.environment).toBe("online")
    for (const [, name = ""] of commands.join("\n").matchAll(/npm run (\S+)/g)) {
      expect(packageJson.scripts).toHaveProperty(name)
    }
  })

  it("installs the packages before it has credentials", () => {
    const credentials = order.findIndex((step) => step.startsWith("aws-actions/configure-aws-credentials@"))
    expect(credentials).toBeGreaterThan(order.indexOf("npm ci"))
    expect(credentials).toBeLessThan(order.indexOf("npm run deploy -- --stage online"))
  })

  it("names no secret, and gives values to the shell only through variables", () => {
    expect(source).not.toContain("secrets.")
    for (const command of commands) expect(command).not.toContain("${{")
  })
})
