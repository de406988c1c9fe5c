import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { startAwsAccount, type AwsAccount, type ScriptedStack } from "../support/aws-account.ts"
import { runCommand, type CommandResult } from "../support/command.ts"
import { copyService } from "../support/package.ts"

const file = `
sod:
  region: eu-west-1
  clientSecretId: superoffice/sod
  allowedOrigins: https://app.example
`
const arns = ["CallerPolicy", "SystemUserCallerPolicy", "TenantSecretsPolicy", "OperatorPolicy"].map(
  (name) => [`${name}Arn`, `arn:aws:iam::111122223333:policy/${name}`] as const,
)
const deployed: ScriptedStack = {
  status: "UPDATE_COMPLETE",
  outputs: {
    ServerlessDeploymentBucketName: "bucket",
    ApiUrl: "https://abc.execute-api.eu-west-1.amazonaws.com",
    ...Object.fromEntries(arns),
  },
  resources: [
    { id: "TokenLambdaFunction", type: "AWS::Lambda::Function" },
    { id: "HealthLambdaFunction", type: "AWS::Lambda::Function" },
    { id: "CallerPolicy", type: "AWS::IAM::ManagedPolicy" },
  ],
}

let folder: string
let account: AwsAccount

beforeAll(async () => {
  folder = await copyService()
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

beforeEach(async () => {
  account = await startAwsAccount()
  await writeFile(join(folder, "deployment.yml"), file)
})

afterEach(() => account.close())

/** With the key of a user who may deploy, in a region that is not the file's. */
async function command(
  name: "package" | "deploy" | "remove",
  args: readonly string[] = ["--stage", "sod"],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<CommandResult> {
  return await runCommand(name, name === "remove" ? args : [...args, "--no-build"], {
    folder,
    env: {
      AWS_ENDPOINT_URL: account.url,
      AWS_ACCESS_KEY_ID: "AKIDDEPLOYER",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_REGION: undefined,
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: join(folder, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
      SLS_AWS_MONITORING_FREQUENCY: "20",
      npm_config_stage: undefined,
      NO_COLOR: "1",
      ...env,
    },
  })
}

describe("package", { timeout: 60_000 }, () => {
  it("shows what would be deployed, and what differs from the package before", async () => {
    const first = await command("package", ["--stage", "sod"], { AWS_REGION: "eu-north-1" })
    expect(first).toMatchObject({ exitCode: 0, stderr: "" })
    expect(first.stdout).toMatch(/^superoffice-token-exchange, stage sod, eu-west-1\n/)
    expect(first.stdout).toMatch(/ {2}token +\d+ KB {2}POST \/token, POST \/signed\/token\n/)
    expect(first.stdout).toMatch(/ {2}health +\d+ KB {2}POST \/signed\/health\n/)
    expect(first.stdout).toMatch(/ {2}pages that may call +https:\/\/app\.example\n/)
    expect(first.stdout).toMatch(/ {2}secrets that are read +superoffice\/sod \(all functions\)\n/)
    expect(first.stdout).toMatch(/ {2}alarms +9, which tell nobody \(alarmTopicArn\)\n/)
    expect(first.stdout).toContain("There is no earlier package of this stage here to compare with.\n")
    expect(first.stdout).toMatch(/\nNothing was deployed\. Next: npm run deploy -- --stage sod\n$/)
    expect(account.calls).toEqual([])

    await writeFile(join(folder, "deployment.yml"), `${file}  logLevel: WARN\n  createSecret: true\n`)
    const second = await command("package")
    const changes = second.stdout.split("\n").filter((line) => /^ {2}(added|changed|removed) /.test(line))
    expect(changes).toEqual([
      "  added    ClientSecret (AWS::SecretsManager::Secret)",
      "  changed  Environment.Variables.LOG_LEVEL of every AWS::Lambda::Function",
    ])
    expect(second.stdout).toMatch(/ {2}secrets that are made +superoffice\/sod\n/)
  })

  it("says that a region is missing for a deployment", async () => {
    await writeFile(join(folder, "deployment.yml"), "sod:\n  clientSecretId: superoffice/sod\n")
    const { stdout } = await command("package")
    expect(stdout).toContain(
      "No region is set: write it in deployment.yml before you deploy, or pass --region.\n",
    )
  })

  it("refuses what cannot be deployed", async () => {
    await writeFile(join(folder, "deployment.yml"), `${file}  allowedOrigin: https://app.example\n`)
    const { exitCode, stdout, stderr } = await command("package")
    expect(stderr).toContain("  line 6   allowedOrigin is not a setting: did you mean allowedOrigins?\n")
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
  })
})

describe("deploy", { timeout: 60_000 }, () => {
  it("for the first time ends with the address, the policies and the next two commands", async () => {
    account.outputs = deployed.outputs
    const { exitCode, stdout, stderr } = await command("deploy", ["--stage", "sod"], {
      AWS_REGION: "eu-north-1",
    })
    expect(stderr).toBe("Using the region eu-west-1, although AWS_REGION names another.\n")
    expect(stdout).toContain(
      "Deploying superoffice-token-exchange-sod to the account 111122223333 in eu-west-1, as arn:aws:iam::111122223333:user/deployer.",
    )
    expect(stdout).toContain("\nDeployed: https://abc.execute-api.eu-west-1.amazonaws.com\n")
    for (const [, arn] of arns) expect(stdout).toContain(`  ${arn}\n`)
    expect(stdout).toMatch(
      /\nNext:\n {2}npm run secret -- create --stage sod --client-id CLIENT_ID\n {2}npm run doctor -- --stage sod\n$/,
    )
    expect(exitCode).toBe(0)
    expect(account.calls.filter((call) => /CreateStack|UpdateStack/.test(call))).toEqual([
      "CloudFormation.CreateStack",
      "CloudFormation.UpdateStack",
    ])
  })

  it("of a custom domain lists no other address, and says which DNS record it needs", async () => {
    const domain = `${file}  domainName: login.app.example\n  certificateArn: arn:aws:acm:eu-west-1:111122223333:certificate/example\n`
    await writeFile(join(folder, "deployment.yml"), domain)
    const DomainTarget = "d-abc.execute-api.eu-west-1.amazonaws.com"
    const outputs = { ...deployed.outputs, ApiUrl: "https://login.app.example", DomainTarget }
    account.stack = { ...deployed, outputs }
    const { stdout } = await command("deploy")
    expect(stdout).toContain("\nDeployed: https://login.app.example\n")
    expect(stdout).toContain(`: login.app.example CNAME ${DomainTarget}\n`)
    expect(stdout).toContain("\n  npm run secret -- status --stage sod\n")
    expect(stdout.match(/[\w-]+\.execute-api\S+/g)).toEqual([DomainTarget])
  })

  it("that failed names what failed and why, what is in service, and what to do", async () => {
    account.stack = deployed
    const reason = "User: deployer is not authorized to perform: iam:CreatePolicyVersion\u001b[2J"
    account.next = {
      status: "UPDATE_ROLLBACK_COMPLETE",
      failures: [
        { id: "CallerPolicy", type: "AWS::IAM::ManagedPolicy", status: "UPDATE_FAILED", reason },
        {
          id: "Dashboard",
          type: "AWS::CloudWatch::Dashboard",
          status: "UPDATE_FAILED",
          reason: "Resource update cancelled",
        },
      ],
    }
    const { exitCode, stderr } = await command("deploy")
    expect(stderr).toBe(
      [
        "What failed:",
        "",
        "  CallerPolicy (AWS::IAM::ManagedPolicy): User: deployer is not authorized to perform: iam:CreatePolicyVersion\\u{1b}[2J",
        "    Fix: allow that action to whoever deploys (deploy/fragments/deployer.yml has all of them)",
        "",
        "The deployment before this one is in service, unchanged. Correct what failed, and deploy again.",
        "",
      ].join("\n"),
    )
    expect(exitCode).toBe(1)
  })

  it.each([
    ["ROLLBACK_COMPLETE", "  aws cloudformation delete-stack --stack-name superoffice-token-exchange-sod\n"],
    [
      "UPDATE_ROLLBACK_FAILED",
      "  aws cloudformation continue-update-rollback --stack-name superoffice-token-exchange-sod\n",
    ],
    ["UPDATE_IN_PROGRESS", "superoffice-token-exchange-sod is being changed (UPDATE_IN_PROGRESS)"],
    ["DELETE_FAILED", "A part of the stack is left."],
  ])("does not begin where the stack is %s", async (status, said) => {
    account.stack = { ...deployed, status }
    const { exitCode, stdout, stderr } = await command("deploy")
    expect(stderr).toContain(said)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
    expect(account.calls).toEqual(["STS.GetCallerIdentity", "CloudFormation.DescribeStacks"])
  })

  it.each([
    [
      "no credentials",
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_EC2_METADATA_DISABLED: "true" },
      "There are no AWS credentials",
    ],
    [
      "a profile that does not exist",
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: "prod" },
      'There is no AWS profile "prod"',
    ],
  ])("says that there are %s", async (_, env, said) => {
    const { exitCode, stderr } = await command("deploy", ["--stage", "sod"], env)
    expect(stderr).toContain(said)
    expect(exitCode).toBe(1)
    expect(account.calls).toEqual([])
  })

  it("says that a session has expired, before anything is built", async () => {
    account.identityError = { status: 403, code: "ExpiredToken", message: "The security token is expired" }
    const { exitCode, stdout, stderr } = await command("deploy")
    expect(stderr).toMatch(/^The session of AWS_ACCESS_KEY_ID has expired: /)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
  })

  it("uses the profile of deployment.yml, and tells that a key is not used", async () => {
    await writeFile(join(folder, "deployment.yml"), `${file}  profile: production\n`)
    const { stderr } = await command("deploy")
    expect(stderr).toMatch(/^Using the profile production, not the key in AWS_ACCESS_KEY_ID\.\n/)
    expect(stderr).toContain('There is no AWS profile "production"')
  })

  it.each([
    [[], {}, "No stage is named, and none is the default: npm run deploy -- --stage NAME.\n"],
    [
      [],
      { npm_config_stage: "online" },
      "npm kept --stage for itself, because no -- stands before it. Run: npm run deploy -- --stage online\n",
    ],
    [
      ["online"],
      { npm_config_stage: "true" },
      "npm kept --stage for itself, because no -- stands before it. Run: npm run deploy -- --stage online\n",
    ],
    [["sod"], {}, "deploy takes only options: --help lists them.\n"],
    [["--stage", "sod", "--yes"], {}, "deploy does not take --yes.\n"],
    [["--stage", "online"], {}, "deployment.yml has no section for the stage online."],
  ])("refuses %j with %j", async (args, env, said) => {
    const { exitCode, stderr } = await command("deploy", args, env)
    expect(stderr).toContain(said)
    expect(exitCode).toBe(1)
    expect(account.calls).toEqual([])
  })
})

describe("remove", { timeout: 60_000 }, () => {
  it("says what goes and what stays, and changes nothing unless told to", async () => {
    account.stack = deployed
    const { exitCode, stdout, stderr } = await command("remove")
    expect(stdout).toContain("superoffice-token-exchange-sod in eu-west-1 of the account 111122223333\n")
    expect(stdout).toContain(
      "    the API https://abc.execute-api.eu-west-1.amazonaws.com: nobody can sign in",
    )
    expect(stdout).toContain("    2 functions\n    1 policy for callers\n")
    expect(stdout).toContain(
      "  What stays:\n    the secret superoffice/sod\n    the secrets of tenants, superoffice/sod/tenants/…, if",
    )
    expect(stderr).toBe("Cannot ask, because stdin is not a terminal: pass --yes.\n")
    expect(exitCode).toBe(1)
    expect(account.calls).not.toContain("CloudFormation.DeleteStack")
  })

  it("removes the stack, and says how to delete what stays", async () => {
    account.stack = deployed
    account.next = { status: "DELETE_COMPLETE" }
    const { exitCode, stdout } = await command("remove", ["--stage", "sod", "--yes"])
    expect(stdout).toContain(
      "  aws secretsmanager delete-secret --region eu-west-1 --secret-id superoffice/sod\n",
    )
    expect(exitCode).toBe(0)
    expect(account.stack).toBeUndefined()
  })

  it("says which policy is still attached", async () => {
    account.stack = deployed
    const reason = "Cannot delete a policy attached to entities."
    const failure = { id: "CallerPolicy", type: "AWS::IAM::ManagedPolicy", status: "DELETE_FAILED", reason }
    account.next = { status: "DELETE_FAILED", failures: [failure] }
    const { exitCode, stderr } = await command("remove", ["--stage", "sod", "--yes"])
    expect(stderr).toContain(
      `  CallerPolicy (AWS::IAM::ManagedPolicy): ${reason}\n    Fix: detach the policy`,
    )
    expect(stderr).toContain("A part of the stack is left.")
    expect(exitCode).toBe(1)
  })

  it("says that there is nothing to remove", async () => {
    const { exitCode, stderr } = await command("remove")
    expect(stderr).toBe(
      "There is no stack superoffice-token-exchange-sod in eu-west-1 of the account 111122223333.\n",
    )
    expect(exitCode).toBe(1)
  })
})
