import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { readDeployment, type DeploymentChoice } from "../../../operator/deployment/deployment.ts"
import { folderWith, sectionOf } from "../folder-with.ts"

/** Reads the stage `online` in a folder with this `deployment.yml`, or without one. */
function read(file: string | undefined, choice: Partial<DeploymentChoice> = {}) {
  return readDeployment({ stage: "online", folder: folderWith(file), ...choice })
}

function refusal(file: string | undefined, choice: Partial<DeploymentChoice> = {}): string {
  try {
    read(file, choice)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error("it was not refused")
}

/** The lines of a refusal that have the faults. */
function faultsOf(file: string, choice: Partial<DeploymentChoice> = {}): string[] {
  return refusal(file, choice).split("\n").slice(2, -2)
}

describe("deployment.yml", () => {
  it("gives the facts of a stage, with defaults for what it leaves out", () => {
    const { settings, ...deployment } = read(`
sod:
  clientSecretId: superoffice/sod
online:
  region: eu-north-1
  profile: production
  clientSecretId: superoffice/online
  allowedOrigins: https://app.example.com
  tracing: true
  throttleRate: 5
`)
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
    const file =
      "online:\n  clientSecretId: a\n  allowedOrigins: [https://app.example.com, http://localhost:5173]\n"
    expect(read(file).settings.allowedOrigins).toBe("https://app.example.com,http://localhost:5173")
  })

  it("may share settings between stages by an anchor, and own settings win", () => {
    const common = "common: &common\n  clientSecretId: superoffice/common\n  logLevel: WARN\n"
    const { settings } = read(`${common}online:\n  <<: *common\n  clientSecretId: superoffice/online\n`)
    expect(settings).toMatchObject({ clientSecretId: "superoffice/online", logLevel: "WARN" })
  })

  it("yields to the command line", () => {
    const file = "online:\n  region: eu-north-1\n  clientSecretId: superoffice/online\n  logLevel: WARN\n"
    const params = ["logLevel=DEBUG", "allowedOrigins=https://app.example"]
    expect(read(file, { region: "eu-west-1", profile: "other", params })).toMatchObject({
      region: "eu-west-1",
      profile: "other",
      settings: { logLevel: "DEBUG", allowedOrigins: "https://app.example" },
    })
  })

  it("is not needed where the parameters say all that is needed", () => {
    const { settings, region } = read(undefined, { params: ["clientSecretId=a", "environment=sod"] })
    expect(settings).toMatchObject({ clientSecretId: "a", environment: "sod" })
    expect(region).toBeUndefined()
  })

  it("with a custom domain delivers the refresh token in a cookie, unless told otherwise", () => {
    const certificateArn = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
    const file = `online:\n  clientSecretId: a\n  domainName: login.example.com\n  certificateArn: ${certificateArn}\n`
    expect(read(file).settings.refreshTokenDelivery).toBe("cookie")
    expect(read(`${file}  refreshTokenDelivery: sealed\n`).settings.refreshTokenDelivery).toBe("sealed")
  })

  it.each(["sod", "online"])("has an example whose stage %s can be deployed", (stage) => {
    const example = readFileSync(new URL("../../../deployment.example.yml", import.meta.url), "utf8")
    expect(read(example, { stage }).region).toBe("eu-west-1")
  })
})

describe("every fault of a deployment is told at once, with its line and the right value,", () => {
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
    expect(refusal(file, { stage: "online-customer1" }).split("\n")).toEqual([
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
    ])
  })

  const acm = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
  const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:superoffice/online"
  const isNotAlias = /the key's own ARN, .*: aws kms describe-key/
  const isExact = /exact origins, .*: write https:\/\/app\.example\.com\.$/
  const isOneOrMore = /must be one value, or a list of values\.$/
  const isElsewhere = /must be in the deployment's region, eu-west-1\.$/

  const needsAudience = /needs apiTokenAudience, because no token/

  it.each([
    ["allowedOrigins", "https://app.example.com/", isExact],
    ["allowedOrigins", "app.example.com", isExact],
    ["allowedOrigins", "https://App.example.com:443", isExact],
    ["allowedOrigins", "https://*.example.com", /exact origins, .*no wildcard\.$/],
    ["allowedOrigins", "https://a.example,", /has a comma without a value: write https:\/\/a\.example\.$/],
    ["allowedOrigins", "https://a.example,https://a.example", /twice: write https:\/\/a\.example\.$/],
    ["allowedOrigins", "[[https://a.example]]", isOneOrMore],
    ["allowedRedirectUris", "https://a.example/b#top", /without fragment.*: write https:.*\/b\.$/],
    ["clientSecretId", "{ name: superoffice }", isOneOrMore],
    ["clientSecretId", "super office", /must be the name of a secret/],
    ["clientSecretId", secret, /must be a secret's name or its full ARN/],
    ["clientSecretId", `${secret.replace("eu-west", "us-east")}-a1B2c3`, isElsewhere],
    ["clientSecretId", "${ssm:/name}", /pass --param="clientSecretId=VALUE" instead\.$/],
    ["privateKeySecretId", "superoffice/online", /must name another secret than clientSecretId/],
    ["appTokenSecretId", "superoffice/online", /must name another secret than clientSecretId/],
    ["apiTokenIssuer", "https://tokens.example.com", needsAudience],
    ["apiTokenKeysSecretId", "superoffice/online-keys", needsAudience],
    ["apiTokenSeconds", "300", needsAudience],
    ["secretKmsKeyArn", "alias/mine", isNotAlias],
    ["secretKmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:alias/mine", isNotAlias],
    ["certificateArn", acm, /needs domainName/],
    ["certificateArn", acm.replace("eu-west", "us-east"), isElsewhere],
    ["hostedZoneId", "/hostedzone/Z0EXAMPLE", /must be the id of a hosted zone .*: write Z0EXAMPLE\.$/],
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
    const text = /^[[{]/.test(value) ? value : JSON.stringify(value)
    const all = { region: "eu-west-1", clientSecretId: "superoffice/online", [name]: text }
    const [fault = "", ...more] = faultsOf(sectionOf("online", all))
    expect(more).toEqual([])
    expect(fault).toMatch(new RegExp(`^ {2}line \\d +${name} `))
    expect(fault).toMatch(said)
  })

  const tokens = { apiTokenAudience: "https://api.example.com", apiTokenKeysSecretId: "superoffice/keys" }
  const isItsOwn = /^ {2}line \d+ +apiTokenKeysSecretId must name a secret of its own, because/

  it.each([
    [
      { apiTokenKeysSecretId: "" },
      /^ {2}missing {2}apiTokenKeysSecretId is required with apiTokenAudience: /,
    ],
    [{ apiTokenKeysSecretId: "superoffice/online" }, isItsOwn],
    [{ apiTokenKeysSecretId: `${secret}-a1B2c3` }, isItsOwn],
    [{ privateKeySecretId: "superoffice/keys" }, isItsOwn],
    [{ appTokenSecretId: "superoffice/keys" }, isItsOwn],
    [{ apiTokenAudience: "my api" }, /apiTokenAudience must be 1 to 255 printable ASCII characters/],
    [{ apiTokenIssuer: "https://login.example.com/" }, /: write https:\/\/login\.example\.com\.$/],
    [{ apiTokenIssuer: "login.example.com" }, /: write https:\/\/login\.example\.com\.$/],
    [{ apiTokenIssuer: "http://login.example.com" }, /must be an https: URL without a path, .* end\.$/],
    [{ apiTokenSeconds: "10m" }, /apiTokenSeconds must be a whole number from 60 to 3600: write 600\.$/],
    [{ apiTokenSeconds: "1d" }, /apiTokenSeconds must be a whole number from 60 to 3600\.$/],
  ])("in the settings of tokens for the partner's own API: %j", (change, said) => {
    const all = { region: "eu-west-1", clientSecretId: "superoffice/online", ...tokens, ...change }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""))
    expect(faultsOf(sectionOf("online", given))).toEqual([expect.stringMatching(said)])
  })

  const allowedOrigins = Array.from(
    { length: 120 },
    (_, i) => `https://customer-number-${i}.example.com`,
  ).join()
  const made = { clientSecretId: `${secret}-a1B2c3`, createSecret: "true" }
  it.each([
    ["a host name has one label", { domainName: "login", certificateArn: acm }, /domainName must .*\.$/],
    [
      "a host name ends with a dot",
      { domainName: "a.example.", certificateArn: acm },
      /: write a\.example\.$/,
    ],
    ["a secret with an ARN should be created", made, /createSecret needs a name in/],
    ["the variables would be too large for Lambda", { allowedOrigins }, /variables \d+ bytes long/],
  ])("when %s", (_when, settings, said) => {
    expect(faultsOf(sectionOf("online", { clientSecretId: "a", ...settings }))).toEqual([
      expect.stringMatching(said),
    ])
  })

  it("when a stage of another name has no environment, and a secret is missing", () => {
    expect(faultsOf("acme:\n  logLevel: WARN\n", { stage: "acme" })).toEqual([
      expect.stringMatching(/^ {2}missing {2}clientSecretId is required: write the name /),
      expect.stringMatching(/^ {2}missing {2}environment is required, .*: write sod, qaonline or online\.$/),
    ])
  })

  it("when a parameter is misspelt", () => {
    expect(refusal(undefined, { params: ["clientSecretID=a"] })).toContain(
      "  --param  clientSecretID is not a setting: did you mean clientSecretId?",
    )
  })

  it("without a value that was given", () => {
    const file = "online:\n  clientSecretId: canary canary\n  canaryName: canary\n"
    expect(refusal(file)).not.toContain("canary canary")
  })
})

describe("what to write into deployment.yml is told", () => {
  it.each([
    [undefined, /Copy deployment\.example\.yml [^]*Write a section "online:"/],
    ["onlien:\n  clientSecretId: a\n", /Did you mean --stage onlien\?/],
    ["", /deployment\.yml has no section for the stage online\./],
    ["online: superoffice\n", /deployment\.yml has nothing below "online:"\./],
    ["online:\n\tclientSecretId: a\n", /deployment\.yml is not YAML, line 2:/],
    ["online:\n  a: 1\n  a: 2\n", /deployment\.yml is not YAML, line 3: Map keys must be unique\./],
  ])("when it is %j", (file, said) => {
    expect(refusal(file)).toMatch(said)
  })

  it.each(["clientSecretId", "=a", "clientSecretId="])("when a parameter is %j", (param) => {
    expect(refusal(undefined, { params: [param] })).toContain('Write --param="name=value"')
  })
})
