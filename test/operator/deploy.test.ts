import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { CloudFormation } from "@aws-sdk/client-cloudformation"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { readDeployment } from "../../operator/deployment/deployment.ts"
import { keepPackage, lastPackage, readPackage } from "../../operator/package/package.ts"
import { printSummary } from "../../operator/package/summary.ts"
import type { Program } from "../../operator/run.ts"
import { deploy } from "../../operator/stack/deploy.ts"
import { explainStackFailure } from "../../operator/stack/failure.ts"
import { remove } from "../../operator/stack/remove.ts"
import { printResult } from "../../operator/stack/result.ts"
import { openStack } from "../../operator/stack/stack.ts"
import { startAwsAccount, type AwsAccount, type ScriptedStack } from "../support/aws-account.ts"
import { everything } from "../support/deployments.ts"
import { copyService, packageService } from "../support/package.ts"
import { runProgram } from "../support/program.ts"

const file = `
sod:
  region: eu-west-1
  clientSecretId: superoffice/sod
  allowedOrigins: https://app.example
`
const stackName = "superoffice-token-exchange-sod"
const policies = ["CallerPolicy", "SystemUserCallerPolicy", "TenantSecretsPolicy", "OperatorPolicy"]
const outputs = {
  ServerlessDeploymentBucketName: "bucket",
  ApiUrl: "https://abc.execute-api.eu-west-1.amazonaws.com",
  ...Object.fromEntries(policies.map((name) => [`${name}Arn`, `arn:aws:iam::111122223333:policy/${name}`])),
}
const types = ["AWS::Lambda::Function", "AWS::Lambda::Function", "AWS::IAM::ManagedPolicy"]
const resources = types.map((type, index) => ({ id: `Resource${index}`, type }))
const deployed: ScriptedStack = { status: "UPDATE_COMPLETE", outputs, resources }

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

afterEach(async () => {
  vi.unstubAllEnvs()
  await account.close()
})

/** What leads to the account, with the key of a user who may deploy. */
function variables(): Record<string, string | undefined> {
  return {
    AWS_ENDPOINT_URL: account.url,
    AWS_ACCESS_KEY_ID: "AKIDDEPLOYER",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_REGION: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: join(folder, "no-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    SLS_AWS_MONITORING_FREQUENCY: "20",
    npm_config_stage: undefined,
  }
}

async function command<Options>(program: Program<Options>, args = ["--stage", "sod"], env = {}) {
  return await runProgram(program, args, { folder, env: { ...variables(), ...env } })
}

/** What this prints, in the folder of the service. */
async function printed<Args extends unknown[]>(print: (...args: Args) => void, ...args: Args) {
  const execute = () => {
    print(...args)
    return Promise.resolve(true)
  }
  return (await runProgram({ usage: "", readOptions: () => true, execute }, [], { folder })).stdout
}

/** What a deployment that succeeded prints. */
async function resultOf(outputs: Readonly<Record<string, string>>, isFirst: boolean, params?: string[]) {
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }))
  const stack = { Outputs, StackName: "", CreationTime: new Date(), StackStatus: undefined }
  return await printed(printResult, stack, readDeployment({ stage: "sod", folder, params }), isFirst)
}

describe("package", { timeout: 120_000 }, () => {
  it("shows what would be deployed, and what differs from the package before", async () => {
    const { folder: packaged } = await packageService(everything)
    await writeFile(join(folder, "deployment.yml"), everything.deployment ?? "")
    const { settings, region } = readDeployment({ stage: "online", folder })
    const current = readPackage(packaged)
    if (!current) throw new Error("there is no package")
    const summary = await printed(printSummary, current, undefined, { settings, region })
    for (const fact of [
      / {2}token +\d+ KB {2}POST \/token, POST \/signed\/token\n/,
      / {2}address +https:\/\/login\.example\n/,
      / {2}pages that may call +https:\/\/app\.example, https:\/\/admin\.example:8443\n/,
      / {2}well-known +\d+ KB {2}(GET \/\.well-known\/[\w.-]+(, |\n)){3}/,
      / {2}tokens for your own API +for https:\/\/api\.example, issued by https:\/\/login\.example\n/,
      / {2}secrets that are read +superoffice\/online \(all functions but well-known\), superoffice\/online-key /,
      / superoffice\/online-signing-keys \(token functions, well-known\), superoffice\/online-app-token /,
      / {2}secrets that are made +superoffice\/online, superoffice\/online-app-token\n/,
      / {2}alarms +10, which tell arn:aws:sns:/,
      /\nNote: no region is set: write it in deployment\.yml before you deploy/,
      /\nNote: https:\/\/app\.example is on another site than login\.example, so browsers send no cookie/,
      /\nThere is no earlier package of this stage here to compare with\.\n$/,
    ]) {
      expect(summary).toMatch(fact)
    }

    const last = { ...current, archives: { ...current.archives, token: { bytes: 1, sha256: "another" } } }
    await printed(keepPackage, last)
    const again = await printed(() => {
      printSummary(current, lastPackage("online"), { settings, region: "eu-west-1" })
    })
    expect(again).toContain(`the package of ${current.packagedAt}:\n  changed  code of token\n`)
    expect(await printed(printSummary, current, current, { settings, region })).toContain("Nothing differs")
  })
})

describe("deploy", { timeout: 120_000 }, () => {
  it("that failed names what failed and why, what is in service, and what to do", async () => {
    account.stack = deployed
    const reason = "User: deployer is not authorized to perform: iam:CreatePolicyVersion\u001b[2J"
    const failed = { type: "AWS::A::B", status: "UPDATE_FAILED" }
    account.next = {
      status: "UPDATE_ROLLBACK_COMPLETE",
      failures: [
        { ...failed, id: "CallerPolicy", reason },
        { ...failed, id: "Dashboard", reason: "Resource update cancelled" },
      ],
    }
    const args = ["--stage", "sod", "--no-build"]
    const { exitCode, stdout, stderr } = await command(deploy, args, { AWS_REGION: "eu-north-1" })
    expect(stdout).toContain(
      `Deploying ${stackName} to the account 111122223333 in eu-west-1, as arn:aws:iam:`,
    )
    expect(stderr).toMatch(/^Using the region eu-west-1, although AWS_REGION names another\.\n/)
    expect(stderr).toMatch(/CallerPolicy \(AWS::A::B\): .*:CreatePolicyVersion\\u\{1b\}\[2J\n {4}Fix: allow /)
    expect(stderr).toMatch(/\nThe deployment before this one is in service, unchanged\. .*\n$/)
    expect(stderr).not.toContain("Dashboard")
    expect(exitCode).toBe(1)
    expect(account.calls).toContain("CloudFormation.UpdateStack")
  })

  it.each([
    [true, "npm run secret -- create --stage sod --client-id CLIENT_ID"],
    [false, "npm run secret -- status --stage sod"],
  ])("ends with the address, the policies and the next two commands; at first: %s", async (isFirst, next) => {
    const result = await resultOf(outputs, isFirst)
    expect(result).toContain(`Deployed: ${outputs.ApiUrl}\n`)
    for (const name of policies) expect(result).toContain(`:policy/${name}\n`)
    expect(result).toContain(`\nNext:\n  ${next}\n  npm run doctor -- --stage sod\n`)
  })

  it("of a custom domain lists no other address, and says which DNS record it needs", async () => {
    const DomainTarget = "d-abc.execute-api.eu-west-1.amazonaws.com"
    const certificateArn = "arn:aws:acm:eu-west-1:111122223333:certificate/a"
    const params = ["domainName=login.app.example", `certificateArn=${certificateArn}`]
    const atDomain = { ...outputs, ApiUrl: "https://login.app.example", DomainTarget }
    const result = await resultOf(atDomain, false, params)
    expect(result).toContain(`: login.app.example CNAME ${DomainTarget}\n`)
    expect(result.match(/[\w-]+\.execute-api\S+/g)).toEqual([DomainTarget])
  })

  it.each([
    ["ROLLBACK_COMPLETE", `  aws cloudformation delete-stack --stack-name ${stackName}\n`],
    ["UPDATE_ROLLBACK_FAILED", `  aws cloudformation continue-update-rollback --stack-name ${stackName}\n`],
    ["UPDATE_IN_PROGRESS", `${stackName} is being changed (UPDATE_IN_PROGRESS)`],
    ["DELETE_FAILED", "A part of the stack is left."],
  ])("does not begin where the stack is %s", async (status, said) => {
    account.stack = { ...deployed, status }
    const { exitCode, stdout, stderr } = await command(deploy)
    expect(stderr).toContain(said)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
    expect(account.calls).toEqual(["STS.GetCallerIdentity", "CloudFormation.DescribeStacks"])
  })

  it("says that a session has expired, before anything is built", async () => {
    account.identityError = { status: 403, code: "ExpiredToken", message: "The security token is expired" }
    const { exitCode, stdout, stderr } = await command(deploy)
    expect(stderr).toMatch(/^The session of AWS_ACCESS_KEY_ID has expired: /)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
  })

  it("uses the profile of deployment.yml, and tells that a key is not used", async () => {
    await writeFile(join(folder, "deployment.yml"), `${file}  profile: production\n`)
    const { stderr } = await command(deploy)
    expect(stderr).toMatch(/^Using the profile production, not the key in AWS_ACCESS_KEY_ID\.\n/)
    expect(stderr).toContain('There is no AWS profile "production"')
  })

  const withoutKey = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
  const keptStage = /^npm kept --stage for itself, .*deploy -- --stage online\n/
  it.each<[string[], object, string | RegExp]>([
    [["--stage", "sod"], withoutKey, "There are no AWS credentials"],
    [["--stage", "sod"], { ...withoutKey, AWS_PROFILE: "prod" }, 'There is no AWS profile "prod"'],
    [[], {}, "No stage is named, and none is the default: npm run deploy -- --stage NAME.\n"],
    [[], { npm_config_stage: "online" }, keptStage],
    [["online"], { npm_config_stage: "true" }, keptStage],
    [["sod"], {}, "deploy takes only options: --help lists them.\n"],
    [["--stage", "sod", "--yes"], {}, "deploy does not take --yes.\n"],
    [["--stage", "online"], {}, "deployment.yml has no section for the stage online."],
  ])("refuses %j with %j", async (args, env, said) => {
    const { exitCode, stderr } = await command(deploy, args, env)
    expect(stderr).toMatch(said)
    expect(exitCode).toBe(1)
    expect(account.calls).toEqual([])
  })
})

describe("remove", { timeout: 120_000 }, () => {
  it("says what goes and what stays, and changes nothing unless told to", async () => {
    account.stack = deployed
    const { exitCode, stdout, stderr } = await command(remove)
    expect(stdout).toContain(`${stackName} in eu-west-1 of the account 111122223333\n`)
    expect(stdout).toContain(`    the API ${outputs.ApiUrl}: nobody can sign in`)
    expect(stdout).toContain("    2 functions\n    1 policy for callers\n")
    expect(stdout).toContain("  What stays:\n    the secret superoffice/sod\n    the secrets of tenants")
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("Cannot ask, because stdin is not a")])
    expect(account.calls).not.toContain("CloudFormation.DeleteStack")
  })

  it("removes the stack, and says how to delete what stays", async () => {
    account.stack = deployed
    account.next = { status: "DELETE_COMPLETE" }
    const params = ["apiTokenAudience=https://api.example", "apiTokenKeysSecretId=superoffice/signing-keys"]
    const args = ["--stage", "sod", "--yes", ...params.map((param) => `--param=${param}`)]
    const { exitCode, stdout } = await command(remove, args)
    for (const secret of ["superoffice/sod", "superoffice/signing-keys"])
      expect(stdout).toContain(`delete-secret --region eu-west-1 --secret-id ${secret}\n`)
    expect(exitCode).toBe(0)
    expect(account.stack).toBeUndefined()
  })

  it("says which policy is still attached", async () => {
    const reason = "Cannot delete a policy attached to entities."
    const failure = { id: "CallerPolicy", type: "AWS::IAM::ManagedPolicy", status: "DELETE_FAILED", reason }
    account.stack = deployed
    account.next = { status: "DELETE_FAILED", failures: [failure] }
    for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value)
    vi.stubEnv("AWS_REGION", "eu-west-1")
    await new CloudFormation({}).deleteStack({ StackName: stackName })
    const { message } = await explainStackFailure(openStack("sod"), new Date(0), "")
    expect(message).toContain(`${reason}\n    Fix: detach the policy`)
    expect(message).toContain("A part of the stack is left.")
  })

  it("says that there is nothing to remove", async () => {
    const { exitCode, stderr } = await command(remove)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`There is no stack ${stackName} in eu-`)])
  })
})
