import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { readDeployment, type Deployment } from "../../../operator/deployment/deployment.ts"

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with this `deployment.yml`, or without one. */
function folderWith(file: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), "deployment-"))
  folders.push(folder)
  if (file !== undefined) writeFileSync(join(folder, "deployment.yml"), file)
  return folder
}

function read(
  file: string | undefined,
  choice: Partial<Parameters<typeof readDeployment>[0]> = {},
): Deployment {
  return readDeployment({ stage: "online", folder: folderWith(file), ...choice })
}

function refusal(
  file: string | undefined,
  choice: Partial<Parameters<typeof readDeployment>[0]> = {},
): string {
  try {
    read(file, choice)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error("it was not refused")
}

describe("deployment.yml", () => {
  it("gives the facts of a stage, with defaults for what it leaves out", () => {
    const file = `
sod:
  clientSecretId: superoffice/sod
online:
  region: eu-north-1
  profile: production
  clientSecretId: superoffice/online
  allowedOrigins: https://app.example.com
  tracing: true
  throttleRate: 5
`
    const { settings, ...deployment } = read(file)
    expect(deployment).toEqual({ stage: "online", region: "eu-north-1", profile: "production" })
    expect(settings).toMatchObject({
      clientSecretId: "superoffice/online",
      environment: "online",
      refreshTokenDelivery: "partitioned",
      tracing: "true",
      throttleRate: "5",
      throttleBurst: "40",
      createSecret: "false",
      domainName: "",
    })
  })

  it("may have lists where the setting is a list", () => {
    const { settings } = read(`
online:
  clientSecretId: superoffice/online
  allowedOrigins:
    - https://app.example.com
    - http://localhost:5173
`)
    expect(settings.allowedOrigins).toBe("https://app.example.com,http://localhost:5173")
  })

  it("may share settings between stages by an anchor, and own settings win", () => {
    const { settings } = read(`
common: &common
  clientSecretId: superoffice/common
  logLevel: WARN
online:
  <<: *common
  clientSecretId: superoffice/online
`)
    expect(settings).toMatchObject({ clientSecretId: "superoffice/online", logLevel: "WARN" })
  })

  it("yields to the command line", () => {
    const file = "online:\n  region: eu-north-1\n  clientSecretId: superoffice/online\n  logLevel: WARN\n"
    const { region, profile, settings } = read(file, {
      region: "eu-west-1",
      profile: "other",
      params: ["logLevel=DEBUG", "allowedOrigins=https://app.example"],
    })
    expect({ region, profile }).toEqual({ region: "eu-west-1", profile: "other" })
    expect(settings).toMatchObject({ logLevel: "DEBUG", allowedOrigins: "https://app.example" })
  })

  it("is not needed where the parameters say all that is needed", () => {
    const { settings, region } = read(undefined, { params: ["clientSecretId=a", "environment=sod"] })
    expect(settings).toMatchObject({ clientSecretId: "a", environment: "sod" })
    expect(region).toBeUndefined()
  })

  it("with a custom domain delivers the refresh token in a cookie, unless told otherwise", () => {
    const file = `
online:
  region: eu-west-1
  clientSecretId: superoffice/online
  domainName: login.example.com
  certificateArn: arn:aws:acm:eu-west-1:111122223333:certificate/example
`
    expect(read(file).settings.refreshTokenDelivery).toBe("cookie")
    expect(read(`${file}  refreshTokenDelivery: sealed\n`).settings.refreshTokenDelivery).toBe("sealed")
  })
})

describe("every fault is told at once, with its line and the right value", () => {
  it("also with unknown names and values of several kinds", () => {
    const file = `online-customer1:
  environment: production
  allowedOrigin: https://x.example
  clientSecretId: superoffice/online
  allowedOrigins: https://app.example.com/, https://b.example
  refreshTokenDelivery: Cookie
  logLevel: info
  sessionMaxAgeSeconds: 8h
  throttleRate: many
  tracing: yes
  domainName: https://Login.example.com/
`
    expect(refusal(file, { stage: "online-customer1" })).toBe(
      [
        "deployment.yml cannot be deployed as it is, stage online-customer1:",
        "",
        "  --stage  the stage has 16 characters, but at most 12 are possible, because the name of a function has at most 64.",
        "  line 2   environment must be sod, qaonline or online: write online.",
        "  line 3   allowedOrigin is not a setting: did you mean allowedOrigins?",
        "  line 5   allowedOrigins must not contain spaces: write https://app.example.com,https://b.example.",
        "  line 6   refreshTokenDelivery must be cookie, partitioned or sealed: write cookie.",
        "  line 7   logLevel must be DEBUG, INFO, WARN or ERROR: write INFO.",
        "  line 8   sessionMaxAgeSeconds must be a whole number from 60 to 2592000: write 28800.",
        "  line 9   throttleRate must be a number above 0: write 20, say.",
        "  line 10  tracing must be true or false: write true.",
        "  line 11  domainName must be a host name in lower-case letters, without a scheme and a path: write login.example.com.",
        "  missing  certificateArn is required with domainName: write the ARN of its certificate in ACM.",
        "",
        "docs/settings.md lists every setting.",
      ].join("\n"),
    )
  })

  it.each([
    ["allowedOrigins", "https://app.example.com/", /exact origins, .*: write https:\/\/app\.example\.com\.$/],
    ["allowedOrigins", "app.example.com", /exact origins, .*: write https:\/\/app\.example\.com\.$/],
    [
      "allowedOrigins",
      "https://App.example.com:443",
      /exact origins, .*: write https:\/\/app\.example\.com\.$/,
    ],
    ["allowedOrigins", "https://*.example.com", /exact origins, .*no wildcard\.$/],
    ["allowedOrigins", "https://a.example,", /has a comma without a value: write https:\/\/a\.example\.$/],
    [
      "allowedOrigins",
      "https://a.example,https://a.example",
      /contains a value twice: write https:\/\/a\.example\.$/,
    ],
    ["allowedOrigins", "[[https://a.example]]", /must be one value, or a list of values\.$/],
    [
      "allowedRedirectUris",
      "https://a.example/callback#top",
      /without fragment.*: write https:\/\/a\.example\/callback\.$/,
    ],
    ["clientSecretId", "{ name: superoffice }", /must be one value, or a list of values\.$/],
    ["clientSecretId", "super office", /must be the name of a secret/],
    [
      "clientSecretId",
      "arn:aws:secretsmanager:eu-west-1:111122223333:secret:superoffice/online",
      /must be a secret's name or its full ARN/,
    ],
    [
      "clientSecretId",
      "arn:aws:secretsmanager:us-east-1:111122223333:secret:superoffice/online-a1B2c3",
      /must be in the deployment's region, eu-west-1\.$/,
    ],
    [
      "clientSecretId",
      "${ssm:/name}",
      /must not contain a variable: pass --param="clientSecretId=VALUE" instead\.$/,
    ],
    ["privateKeySecretId", "superoffice/online", /must name another secret than clientSecretId/],
    ["appTokenSecretId", "superoffice/online", /must name another secret than clientSecretId/],
    [
      "secretKmsKeyArn",
      "alias/mine",
      /the key's own ARN, because a policy cannot name a key by its alias: aws kms describe-key/,
    ],
    [
      "secretKmsKeyArn",
      "arn:aws:kms:eu-west-1:111122223333:alias/mine",
      /a policy cannot name a key by its alias/,
    ],
    ["certificateArn", "arn:aws:acm:eu-west-1:111122223333:certificate/example", /needs domainName/],
    [
      "certificateArn",
      "arn:aws:acm:us-east-1:111122223333:certificate/example",
      /must be in the deployment's region, eu-west-1\.$/,
    ],
    [
      "hostedZoneId",
      "/hostedzone/Z0EXAMPLE",
      /must be the id of a hosted zone in Route 53: write Z0EXAMPLE\.$/,
    ],
    ["hostedZoneId", "Z0EXAMPLE", /needs domainName/],
    ["alarmTopicArn", "on-call", /must be the ARN of an SNS topic\.$/],
    ["permissionsBoundary", "superoffice-boundary", /must be the ARN of an IAM policy\.$/],
    ["createSecret", "Yes", /must be true or false: write true\.$/],
    ["reservedConcurrency", "0", /must be a whole number from 1\.$/],
    ["throttleBurst", "1.5", /must be a whole number from 1\.$/],
    ["logRetentionInDays", "100", /must be one of .*: write 120\.$/],
    ["refreshTokenDelivery", "partitoned", /: write partitioned\.$/],
    ["environment", "staging", /: write qaonline\.$/],
    ["sessionMaxAgeSeconds", "9999999", /must be a whole number from 60 to 2592000\.$/],
    ["region", "eu-west1", /must be the code of an AWS region/],
    ["logRetentionDays", "30", /is not a setting: did you mean logRetentionInDays\?$/],
    ["zzz", "30", /is not a setting\.$/],
  ])("%s: %s", (name, value, said) => {
    const others = { region: "eu-west-1", clientSecretId: "superoffice/online" }
    const lines = Object.entries({ ...others, [name]: value }).map(
      ([key, text]) => `  ${key}: ${quoted(text)}`,
    )
    const message = refusal(["online:", ...lines].join("\n"))
    const [fault = "", ...more] = message.split("\n").slice(2, -2)
    expect(more).toEqual([])
    expect(fault).toMatch(/^ {2}line \d +/)
    expect(fault).toContain(` ${name} `)
    expect(fault).toMatch(said)
  })

  it.each([
    ["login", "without a scheme and a path."],
    ["login.example.com.", "without a scheme and a path: write login.example.com."],
    ["https://login.example.com/token", "without a scheme and a path: write login.example.com."],
  ])("domainName: %s", (name, said) => {
    const certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
    const message = refusal(
      `online:\n  clientSecretId: a\n  domainName: ${name}\n  certificateArn: ${certificate}\n`,
    )
    expect(message).toContain(`  line 3   domainName must be a host name in lower-case letters, ${said}\n`)
  })

  it("when a secret that has an ARN should be created", () => {
    const id = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:superoffice/online-a1B2c3"
    expect(refusal(`online:\n  clientSecretId: ${id}\n  createSecret: true\n`)).toContain(
      "  line 3   createSecret needs a name in clientSecretId, because a secret with an ARN exists already",
    )
  })

  it("when the variables would be too large for Lambda", () => {
    const origins = Array.from({ length: 120 }, (_, i) => `https://customer-number-${i}.example.com`)
    const message = refusal(`online:\n  clientSecretId: a\n  allowedOrigins: ${origins.join(",")}\n`)
    expect(message).toMatch(/ {2}line 3 {3}allowedOrigins makes the functions' variables \d+ bytes long/)
  })

  it("when a stage of another name has no environment, and a secret is missing", () => {
    expect(refusal("acme:\n  logLevel: WARN\n", { stage: "acme" }).split("\n").slice(2, -2)).toEqual([
      "  missing  clientSecretId is required: write the name that the secret has, or will have, in AWS Secrets Manager.",
      "  missing  environment is required, because the stage is not named like a SuperOffice environment: write sod, qaonline or online.",
    ])
  })

  it("when a parameter is misspelt", () => {
    const message = refusal(undefined, { params: ["clientSecretID=a"] })
    expect(message).toContain("These parameters cannot be deployed, stage online:")
    expect(message).toContain("  --param  clientSecretID is not a setting: did you mean clientSecretId?")
  })

  it("without a value that was given", () => {
    const message = refusal("online:\n  clientSecretId: canary canary\n  canaryName: canary\n")
    expect(message).not.toContain("canary canary")
  })
})

describe("what to write is told", () => {
  it("when there is no file and no parameter", () => {
    const message = refusal(undefined)
    expect(message).toContain("There is no deployment.yml here.")
    expect(message).toContain("Copy deployment.example.yml to deployment.yml.")
    expect(message).toContain('Write a section "online:"')
  })

  it.each([
    ["sod:\n  clientSecretId: a\n", "deployment.yml has no section for the stage online."],
    ["onlien:\n  clientSecretId: a\n", "Did you mean --stage onlien?"],
    ["", "deployment.yml has no section for the stage online."],
    ["online:\n", 'deployment.yml has nothing below "online:".'],
    ["online: superoffice\n", 'deployment.yml has nothing below "online:".'],
    ["online:\n\tclientSecretId: a\n", "deployment.yml is not YAML, line 2:"],
    ["online:\n  a: 1\n  a: 2\n", "deployment.yml is not YAML, line 3: Map keys must be unique."],
  ])("%j", (file, said) => {
    expect(refusal(file)).toContain(said)
  })

  it.each(["clientSecretId", "=a", "clientSecretId="])("the parameter %j", (param) => {
    expect(refusal(undefined, { params: [param] })).toBe(
      'Write --param="name=value": a name, an equals sign and a value.',
    )
  })
})

function quoted(text: string): string {
  return /^[[{]/.test(text) ? text : JSON.stringify(text)
}

it.each(["sod", "online"])("the example's stage %s can be deployed", (stage) => {
  const example = readFileSync(new URL("../../../deployment.example.yml", import.meta.url), "utf8")
  expect(read(example, { stage }).region).toBe("eu-west-1")
})
