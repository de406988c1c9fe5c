import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { everything, kmsKeyArn } from "../support/deployments.ts"
import { parametersOf, fragment } from "../support/fragment.ts"
import { packageService } from "../support/package.ts"
import { problems } from "../support/service-spec.ts"
import { arnPrefix, statementsOf } from "../support/service.ts"
import { account, list, object, ofType, only, text } from "../support/template.ts"
import type { Json, JsonObject, Resource, StackTemplate } from "../support/template.ts"

const least = {
  Subject: "repo:acme/token-exchange:environment:online",
  Stage: "online",
  ClientSecretName: "superoffice/online",
}
const usual = fragment("deployer.yml", least)
const full = fragment("deployer.yml", {
  ...least,
  AppTokenSecretName: "superoffice/online-app-token",
  PrivateKeySecretName: "superoffice/online-key",
  ApiTokenKeysSecretName: "superoffice/online-signing-keys",
  CreateSecret: "true",
  ManageSecrets: "true",
  SecretKmsKeyArn: kmsKeyArn,
  HostedZoneId: "Z0EXAMPLE",
  DomainName: "login.example",
})
const iam = `arn:${account.partition}:iam::${account.id}:`
const bucket = "arn:aws:s3:::superoffice-token-exchang-serverlessdeploymentbuck-a1b2c3d4e5f6"
const archive = `${bucket}/serverless/superoffice-token-exchange/online/1-now/token.zip`
const stackArn = `${arnPrefix("cloudformation")}stack/superoffice-token-exchange-online/a-uuid`
const tokenArn = `${arnPrefix("lambda")}function:superoffice-token-exchange-online-token`
const gateway = `arn:aws:apigateway:${account.region}::`

const { stack: deployed } = await packageService(everything)

describe("the stack of the deployer", () => {
  it("has only properties that its resources have, in the least and in the full form", () => {
    expect([...problems(usual), ...problems(full)]).toEqual([])
  })

  it("stays within what IAM takes: 10,240 characters of a role's own policies, 6,144 of a managed one", () => {
    expect(JSON.stringify(only(full, "AWS::IAM::Role").Policies).length).toBeLessThan(10_240)
    expect(JSON.stringify(boundary(full)).length).toBeLessThan(6_144)
  })

  it("takes a subject that is an environment, a branch or a tag", () => {
    const takes = (subject: string) => parametersOf("deployer.yml")("Subject", subject)
    const repository = "repo:acme/token-exchange"
    for (const name of ["environment:online", "ref:refs/heads/main", "ref:refs/tags/v1.0.0"]) {
      expect(takes(`${repository}:${name}`), name).toBe(true)
      expect(takes(`acme/token-exchange:${name}`), name).toBe(false)
    }
    for (const rest of [":pull_request", "", ":environment:"]) expect(takes(repository + rest)).toBe(false)
  })
})

describe("the role of the deployer", () => {
  it("is assumed by the one subject of GitHub Actions alone, for an hour at most", () => {
    const { AssumeRolePolicyDocument, MaxSessionDuration } = only(usual, "AWS::IAM::Role")
    expect(MaxSessionDuration).toBe(3600)
    const github = "token.actions.githubusercontent.com"
    const identity = { [`${github}:aud`]: "sts.amazonaws.com", [`${github}:sub`]: least.Subject }
    expect(object(AssumeRolePolicyDocument).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Federated: `${iam}oidc-provider/${github}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: identity },
      },
    ])
  })

  it("names every action, and any resource only for actions that AWS does not narrow", () => {
    const all = statements(full)
    expect(actionsOf(all).filter((name) => name.includes("*"))).toEqual([])
    const wide = actionsOf(all.filter(({ Resource }) => Resource === "*")).join(" ")
    expect(wide).toBe(
      "cloudformation:ValidateTemplate route53:GetChange route53:ListHostedZones cloudwatch:DescribeAlarms " +
        "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DeleteQueryDefinition logs:DescribeLogGroups " +
        "logs:DescribeQueryDefinitions logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries " +
        "logs:PutQueryDefinition logs:PutResourcePolicy logs:UpdateLogDelivery",
    )
  })

  it("makes roles, and gives them rights, only within the boundary, and passes them to Lambda alone", () => {
    const conditions = (action: string) =>
      statements(usual)
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Condition }) => object(Condition).StringEquals)
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]) {
      expect(conditions(action)).toEqual([{ "iam:PermissionsBoundary": "RolesBoundary" }])
    }
    expect(conditions("iam:PassRole")).toEqual([{ "iam:PassedToService": "lambda.amazonaws.com" }])
    for (const action of ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy"]) {
      expect(conditions(action)).toEqual([])
    }
  })

  it.each([
    ["another stage's stack", "cloudformation:UpdateStack", stackArn.replace("online", "sod")],
    ["another stage's archives", "s3:PutObject", archive.replace("online", "sod")],
    ["another bucket", "s3:DeleteBucket", "arn:aws:s3:::accounts"],
    ["another stage's function", "lambda:UpdateFunctionCode", tokenArn.replace("online", "sod")],
    ["another stage's role", "iam:PutRolePolicy", `${iam}role/superoffice-token-exchange/sod/any`],
    ["another role", "iam:PassRole", `${iam}role/admin`],
    ["its own role", "iam:PutRolePolicy", `${iam}role/deployer-DeployerRole-A1B2C3`],
    ["the boundary", "iam:CreatePolicyVersion", `${iam}policy/deployer-RolesBoundary-A1B2C3`],
    ["another secret", "secretsmanager:GetSecretValue", secretArn("superoffice/online-other")],
    ["another zone's records", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"],
  ])("has no right on %s", (_what, action, arn) => {
    expect(allows(statements(full), action, arn)).toBe(false)
  })

  it("has rights on secrets, key and zone only where they are asked for", () => {
    const services = actionsOf(statements(usual)).map((name) => name.split(":")[0])
    for (const service of ["secretsmanager", "kms", "route53"]) expect(services).not.toContain(service)
  })
})

/**
 * What CloudFormation does with a resource of ours, by the permissions that AWS states in the schema of its type, without those
 * for properties that the template does not set: actions of a service, and what they are taken on. Names of properties stand in
 * braces.
 */
const [ofLogs, ofLambda, ofAlarms] = ["logs", "lambda", "cloudwatch"].map(arnPrefix)
const rights = `
AWS::S3::Bucket: s3 CreateBucket PutEncryptionConfiguration PutBucketTagging TagResource DeleteBucket ${bucket}
AWS::S3::Bucket: s3 ListBucket GetEncryptionConfiguration GetBucketTagging ${bucket}
AWS::S3::BucketPolicy: s3 GetBucketPolicy PutBucketPolicy DeleteBucketPolicy ${bucket}
AWS::Logs::LogGroup: logs DescribeLogGroups ${ofLogs}log-group:*
AWS::Logs::LogGroup: logs CreateLogGroup PutRetentionPolicy DeleteRetentionPolicy DeleteLogGroup ${ofLogs}log-group:{LogGroupName}
AWS::Logs::LogGroup: logs TagResource UntagResource ListTagsForResource ${ofLogs}log-group:{LogGroupName}
AWS::Logs::QueryDefinition: logs PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition *
AWS::Lambda::Function: lambda CreateFunction GetFunction UpdateFunctionCode DeleteFunction ${ofLambda}function:{FunctionName}
AWS::Lambda::Function: lambda UpdateFunctionConfiguration TagResource UntagResource ListTags ${ofLambda}function:{FunctionName}
AWS::Lambda::Function: lambda PutFunctionConcurrency DeleteFunctionConcurrency ${ofLambda}function:{FunctionName}
AWS::Lambda::Function: lambda GetFunctionCodeSigningConfig GetFunctionRecursionConfig ${ofLambda}function:{FunctionName}
AWS::Lambda::Function: lambda GetRuntimeManagementConfig ${ofLambda}function:{FunctionName}
AWS::Lambda::Function: s3 GetObject ${archive}
AWS::Lambda::Function: iam PassRole ${iam}role/superoffice-token-exchange/online/any
AWS::Lambda::EventInvokeConfig: lambda PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig ${ofLambda}function:{FunctionName}:$LATEST
AWS::Lambda::EventInvokeConfig: lambda UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig ${ofLambda}function:{FunctionName}:$LATEST
AWS::Lambda::Permission: lambda AddPermission GetPolicy RemovePermission {FunctionName}
AWS::ApiGatewayV2::Api: apigateway POST ${gateway}/apis
AWS::ApiGatewayV2::Api: apigateway GET PATCH PUT POST DELETE ${gateway}/apis/a1b2c3
AWS::ApiGatewayV2::Api: apigateway GET PUT DELETE ${gateway}/tags/any
AWS::ApiGatewayV2::Stage: apigateway GET POST PATCH DELETE ${gateway}/apis/a1b2c3/stages/$default
AWS::ApiGatewayV2::Stage: logs CreateLogDelivery UpdateLogDelivery DeleteLogDelivery GetLogDelivery ListLogDeliveries *
AWS::ApiGatewayV2::Stage: logs PutResourcePolicy DescribeResourcePolicies *
AWS::ApiGatewayV2::Integration: apigateway GET POST PATCH PUT DELETE ${gateway}/apis/a1b2c3/integrations/any
AWS::ApiGatewayV2::Route: apigateway GET POST PATCH PUT DELETE ${gateway}/apis/a1b2c3/routes/any
AWS::ApiGatewayV2::DomainName: apigateway POST ${gateway}/domainnames
AWS::ApiGatewayV2::DomainName: apigateway GET PATCH PUT DELETE ${gateway}/domainnames/{DomainName}
AWS::ApiGatewayV2::DomainName: acm DescribeCertificate ${arnPrefix("acm")}certificate/example
AWS::ApiGatewayV2::DomainName: iam CreateServiceLinkedRole ${iam}role/aws-service-role/ops.apigateway.amazonaws.com/any
AWS::ApiGatewayV2::ApiMapping: apigateway GET POST PATCH PUT DELETE ${gateway}/domainnames/login.example/apimappings/any
AWS::Route53::RecordSet: route53 ListHostedZones GetChange *
AWS::Route53::RecordSet: route53 ChangeResourceRecordSets ListResourceRecordSets GetHostedZone arn:aws:route53:::hostedzone/{HostedZoneId}
AWS::IAM::Role: iam CreateRole GetRole UpdateRole DeleteRole TagRole UntagRole ${iam}role{Path}{Id}
AWS::IAM::Role: iam PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies ${iam}role{Path}{Id}
AWS::IAM::Role: iam UpdateAssumeRolePolicy PutRolePermissionsBoundary ListAttachedRolePolicies ${iam}role{Path}{Id}
AWS::IAM::ManagedPolicy: iam CreatePolicy GetPolicy DeletePolicy ListEntitiesForPolicy ${iam}policy{Path}{Id}
AWS::IAM::ManagedPolicy: iam GetPolicyVersion ListPolicyVersions CreatePolicyVersion DeletePolicyVersion ${iam}policy{Path}{Id}
AWS::CloudWatch::Alarm: cloudwatch DescribeAlarms ${ofAlarms}alarm:*
AWS::CloudWatch::Alarm: cloudwatch PutMetricAlarm DeleteAlarms TagResource UntagResource ListTagsForResource ${ofAlarms}alarm:{AlarmName}
AWS::CloudWatch::Dashboard: cloudwatch PutDashboard GetDashboard DeleteDashboards arn:aws:cloudwatch::${account.id}:dashboard/{DashboardName}
AWS::CloudWatch::Dashboard: cloudwatch TagResource UntagResource ListTagsForResource arn:aws:cloudwatch::${account.id}:dashboard/{DashboardName}
AWS::SecretsManager::Secret: secretsmanager CreateSecret DescribeSecret UpdateSecret DeleteSecret ${secretArn("{Name}")}
AWS::SecretsManager::Secret: secretsmanager TagResource UntagResource ${secretArn("{Name}")}
AWS::SecretsManager::Secret: kms GenerateDataKey Decrypt {KmsKeyId}
`

/** The actions that CloudFormation takes on one resource, and the ARN of each. */
function rightsFor(id: string, { type, properties }: Resource): string[][] {
  // A name as CloudFormation makes it of the names of stack and resource.
  const own = `superoffice-token-exchang-${id.slice(0, 24)}-A1B2C3D4E5F6`
  const lines = rights.matchAll(new RegExp(`^${type}: (\\w+) (.*) (\\S+)$`, "gm"))
  return [...lines].flatMap(([, service = "", actions = "", arn = ""]) => {
    const values: JsonObject = { ...properties, Id: own }
    const on = arn.replaceAll(/{(\w+)}/g, (_, name: string) => text(values[name]))
    return actions.split(" ").map((action) => [`${service}:${action}`, on])
  })
}

describe("what CloudFormation does with the stack", () => {
  it("is allowed for every resource of every type", () => {
    for (const [id, resource] of Object.entries(deployed.resources)) {
      const needed = rightsFor(id, resource)
      expect(needed, resource.type).not.toEqual([])
      expect(needed.filter(([action = "", arn = ""]) => !allows(statements(full), action, arn))).toEqual([])
    }
  })
})

describe("what the roles of the functions may do", () => {
  it("is within the boundary, action by action", () => {
    const may = statementsOf(boundary(full))
    const policies = ofType(deployed, "AWS::IAM::Role").flatMap((role) => list(role.Policies).map(object))
    const needed = policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument))
    expect(needed.length).toBeGreaterThan(10)
    for (const { Action, Resource } of needed) {
      for (const action of [Action].flat().map(text)) {
        for (const arn of [Resource].flat().map(text)) {
          expect(allows(may, action, arn), `${action} ${arn}`).toBe(true)
        }
      }
    }
  })

  it("is within it for the least deployment too", () => {
    expect(actionsOf(statementsOf(boundary(usual))).join(" ")).toBe(
      "logs:CreateLogStream logs:PutLogEvents secretsmanager:GetSecretValue " +
        "xray:PutTraceSegments xray:PutTelemetryRecords",
    )
  })
})

describe("what the framework asks AWS for itself", () => {
  const ofStack = words(`CreateStack UpdateStack DeleteStack DescribeStacks DescribeStackEvents
    DescribeStackResource ListStackResources GetTemplate`)
  const others = {
    ValidateTemplate: ["cloudformation:ValidateTemplate", "*"],
    HeadBucket: ["s3:ListBucket", bucket],
    ListObjectsV2: ["s3:ListBucket", bucket],
    HeadObject: ["s3:GetObject", archive],
    DeleteObjects: ["s3:DeleteObject", archive],
    GetFunction: ["lambda:GetFunction", tokenArn],
  }
  // Our deployments have no change sets, because their method is direct, and no stack policy, versions of archives, images,
  // subscriptions to logs, exports and REST APIs.
  const ofNothing = words(`CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet SetStackPolicy
    ListObjectVersions DescribeRepositories DeleteRepository DescribeSubscriptionFilters
    DeleteSubscriptionFilter ListExports GetApi DescribeStackResources GetApiKey`)

  it("is known, command by command", () => {
    const plugins = new URL("../../node_modules/serverless/lib/plugins/aws/", import.meta.url)
    const sent = ["deploy", "remove", "info", "lib"].flatMap((folder) =>
      readdirSync(new URL(folder, plugins), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".js"))
        .map((name) => readFileSync(new URL(`${folder}/${name}`, plugins), "utf8"))
        .flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name)),
    )
    expect(new Set(sent)).toEqual(new Set([...ofStack, ...Object.keys(others), ...ofNothing]))
  })

  it("is allowed, and so is uploading", () => {
    const onStack = ofStack.map((name) => [`cloudformation:${name}`, stackArn])
    const wanted = [...onStack, ...Object.values(others), ["s3:PutObject", archive]]
    expect(wanted.filter(([action = "", arn = ""]) => !allows(statements(usual), action, arn))).toEqual([])
  })
})

function words(lines: string): string[] {
  return lines.split(/\s+/)
}

function boundary(stack: StackTemplate): Json | undefined {
  return only(stack, "AWS::IAM::ManagedPolicy").PolicyDocument
}

function statements(stack: StackTemplate): JsonObject[] {
  const policies = list(only(stack, "AWS::IAM::Role").Policies).map(object)
  return policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument))
}

function actionsOf(all: readonly JsonObject[]): string[] {
  return all.flatMap(({ Action }) => [Action].flat()).map(text)
}

/** Whether a statement names the action and a resource that the ARN fits, as IAM matches them. Conditions are not evaluated. */
function allows(among: readonly JsonObject[], action: string, arn: string): boolean {
  return among.some(
    ({ Action, Resource }) =>
      [Action].flat().includes(action) && [Resource].flat().some((pattern) => fits(text(pattern), arn)),
  )
}

function fits(pattern: string, arn: string): boolean {
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(arn)
}

function secretArn(name: string): string {
  return `${arnPrefix("secretsmanager")}secret:${name}-a1B2c3`
}
