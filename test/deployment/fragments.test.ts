import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readDeployment } from "../../operator/deployment/deployment.ts"
import { fragment, readTemplate } from "../support/fragment.ts"
import { packageService } from "../support/package.ts"
import { problems } from "../support/service-spec.ts"
import { ofType } from "../support/template.ts"

describe("function URLs", () => {
  it("are made for pages and for signing callers, with the CORS of the functions", async () => {
    const { stack } = await packageService({
      params: { clientSecretId: "example" },
      fragment: "function-url.yml",
    })
    expect(problems(stack)).toEqual([])
    expect(ofType(stack, "AWS::Lambda::Url")).toEqual([
      { TargetFunctionArn: "superoffice-token-exchange-sod-exchange-code", AuthType: "NONE" },
      { TargetFunctionArn: "superoffice-token-exchange-sod-authenticate-system-user", AuthType: "AWS_IAM" },
    ])
    const open = ofType(stack, "AWS::Lambda::Permission").filter(({ Principal }) => Principal === "*")
    expect(open.map(({ FunctionName }) => FunctionName)).toEqual([
      "superoffice-token-exchange-sod-exchange-code",
      "superoffice-token-exchange-sod-exchange-code",
    ])
  })
})

describe("two regions behind one name", () => {
  const stack = fragment("two-regions.yml", {
    HostedZoneId: "Z0EXAMPLE",
    DomainName: "login.example",
    FirstTarget: "d-1.execute-api.eu-west-1.amazonaws.com",
    FirstTargetZone: "Z1",
    SecondTarget: "d-2.execute-api.eu-north-1.amazonaws.com",
    SecondTargetZone: "Z2",
  })

  it("have the properties that their resources have", () => {
    expect(problems(stack)).toEqual([])
  })

  it("answer where it is nearest and well", () => {
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
  })

  it("can each be taken out by the id of its health check", () => {
    expect(stack.outputs).toEqual({
      FirstHealthCheckId: "FirstHealth",
      SecondHealthCheckId: "SecondHealth",
    })
  })

  it("are two sections of deployment.yml in docs/regions.md, which differ by what is of a region", () => {
    const [, file = ""] = /```yaml\n([^`]+)```/.exec(page("regions.md")) ?? []
    const folder = mkdtempSync(join(tmpdir(), "regions-"))
    writeFileSync(join(folder, "deployment.yml"), file.replaceAll(/^ {3}/gm, ""))
    const [first, second] = ["online", "online-north"].map(
      (stage) => readDeployment({ stage, folder }).settings,
    )
    rmSync(folder, { recursive: true })
    const same = { region: "", certificateArn: "" }
    expect({ ...second, ...same }).toEqual({ ...first, ...same })
    expect([first?.region, second?.region]).toEqual(["eu-west-1", "eu-north-1"])
  })
})

describe("the commands in the documents that deploy a fragment", () => {
  const commands = readdirSync(new URL("../../docs", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [
      ...page(name).matchAll(
        /aws cloudformation deploy (?:[^\n]*\\\n)*?[^\n]*--template-file deploy\/([\w/.-]+) (?:[^\n]*\\\n)*?\s*--parameter-overrides ((?:[^\n]*\\\n)*[^\n]*)\n/g,
      ),
    ])

  it.each(commands.map(([, template = "", values = ""]) => [template, values]))(
    "give %s all parameters that it needs, with values that it takes",
    (template, values) => {
      const { Parameters = {} } = readTemplate(template)
      const given = values.split(/[\s\\]+/).map((text) => text.split("=", 2))
      for (const [name = "", value = ""] of given) {
        const { AllowedPattern = "", AllowedValues = [value] } = Parameters[name] ?? {}
        expect(Object.keys(Parameters)).toContain(name)
        expect(value).toMatch(new RegExp(AllowedPattern))
        expect(AllowedValues).toContain(value)
      }
      const needed = Object.entries(Parameters).filter(([, { Default }]) => Default === undefined)
      expect(given.map(([name]) => name)).toEqual(expect.arrayContaining(needed.map(([name]) => name)))
    },
  )

  it("are found: one for each fragment that is a stack of its own", () => {
    expect(commands.map(([, template]) => template).sort()).toEqual([
      "fragments/deployer.yml",
      "fragments/federated-caller.yml",
      "fragments/two-regions.yml",
    ])
  })
})

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")
}
