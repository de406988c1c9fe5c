import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readDeployment } from "../../operator/deployment/deployment.ts"
import { kmsKeyArn } from "../support/deployments.ts"
import { parametersOf, fragment, readTemplate } from "../support/fragment.ts"
import { problems } from "../support/service-spec.ts"
import { ofType } from "../support/template.ts"

const fragments = ["deployer.yml", "federated-caller.yml", "partner-api.yml", "two-regions.yml"]

describe("two regions behind one name", () => {
  const stack = fragment("two-regions.yml", {
    HostedZoneId: "Z0EXAMPLE",
    DomainName: "login.example",
    FirstTarget: "d-1.execute-api.eu-west-1.amazonaws.com",
    FirstTargetZone: "Z1",
    SecondTarget: "d-2.execute-api.eu-north-1.amazonaws.com",
    SecondTargetZone: "Z2",
  })

  it("answer where it is nearest and well, and can each be taken out by the id of its health check", () => {
    expect(problems(stack)).toEqual([])
    expect(ofType(stack, "AWS::Route53::RecordSet")).toEqual(
      [
        ["eu-west-1", "FirstHealth", "d-1", "Z1"],
        ["eu-north-1", "SecondHealth", "d-2", "Z2"],
      ].map(([region, health, target, zone]) => ({
        HostedZoneId: "Z0EXAMPLE",
        Name: "login.example",
        Type: "A",
        SetIdentifier: region,
        Region: region,
        HealthCheckId: health,
        AliasTarget: { DNSName: `${target}.execute-api.${region}.amazonaws.com`, HostedZoneId: zone },
      })),
    )
    expect(stack.outputs).toEqual({ FirstHealthCheckId: "FirstHealth", SecondHealthCheckId: "SecondHealth" })
  })

  it("are two sections of deployment.yml in docs/regions.md, which differ by what is of a region", () => {
    const [, file = ""] = /```yaml\n([^`]+)```/.exec(page("regions.md")) ?? []
    const folder = mkdtempSync(join(tmpdir(), "regions-"))
    writeFileSync(join(folder, "deployment.yml"), file.replaceAll(/^ {3}/gm, ""))
    const settingsOf = (stage: string) => readDeployment({ stage, folder }).settings
    const [first, second] = [settingsOf("online"), settingsOf("online-north")]
    rmSync(folder, { recursive: true })
    expect([first.region, second.region]).toEqual(["eu-west-1", "eu-north-1"])
    expect(second).toEqual({ ...first, region: second.region, certificateArn: second.certificateArn })
  })
})

describe("a fragment that is a stack of its own", () => {
  it.each(fragments)("uses no aliases, which CloudFormation does not support: %s", (name) => {
    const yaml = readFileSync(new URL(`../../deploy/fragments/${name}`, import.meta.url), "utf8")
    expect(yaml).not.toMatch(/[:\-[,] *[*&]\w/)
  })

  const commands = readdirSync(new URL("../../docs", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [
      ...page(name).matchAll(
        /aws cloudformation deploy (?:[^\n]*\\\n)*?[^\n]*--template-file deploy\/fragments\/([\w.-]+) (?:[^\n]*\\\n)*?\s*--parameter-overrides ((?:[^\n]*\\\n)*[^\n]*)\n/g,
      ),
    ])

  it("has a command in the documents that deploys it", () => {
    expect(commands.map(([, template]) => template).sort()).toEqual(fragments)
  })

  it.each(commands.map(([, template = "", values = ""]) => [template, values]))(
    "gets from that command all parameters that it needs, with values that it takes: %s",
    (template, values) => {
      const { Parameters = {} } = readTemplate(`fragments/${template}`)
      const accepts = parametersOf(template)
      const given = values.split(/[\s\\]+/).map((text) => text.split("=", 2))
      for (const [name = "", value = ""] of given) {
        expect(accepts(name, value), `${name}=${value}`).toBe(true)
      }
      const needed = Object.entries(Parameters).filter(([, { Default }]) => Default === undefined)
      expect(given.map(([name]) => name)).toEqual(expect.arrayContaining(needed.map(([name]) => name)))
    },
  )

  it.each(["deployer.yml", "federated-caller.yml"])(
    "refuses wildcards, policy variables, and what would change the policy's JSON: %s",
    (template) => {
      const accepts = parametersOf(template)
      const valid = ["", "a1b2c3d4e5", "true", "Z0EXAMPLE", kmsKeyArn, "repo:acme/a:ref:refs/heads/main"]
      for (const name of Object.keys(readTemplate(`fragments/${template}`).Parameters ?? {})) {
        for (const character of ["*", "?", "$", "{", "}", '"', "\\", "'", ",", " ", "\n", "\0", "\u00e6"]) {
          const values = valid.flatMap((value) => [value + character, character + value])
          expect(values.filter((value) => accepts(name, value))).toEqual([])
        }
      }
    },
  )
})

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")
}
