import { readdirSync, readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { fragment, readTemplate } from "../support/fragment.ts"
import { packageService } from "../support/package.ts"
import { arnPrefix } from "../support/service.ts"
import { problems } from "../support/service-spec.ts"
import {
  account,
  list,
  object,
  ofType,
  only,
  text,
  type Json,
  type JsonObject,
  type StackTemplate,
} from "../support/template.ts"

const keyArn = `${arnPrefix("kms")}key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`
const least = { Subject: "repo:acme/token-exchange:environment:online", Stage: "online" }
const usual = fragment("deployer.yml", { ...least, ClientSecretName: "superoffice/online" })
const everything = fragment("deployer.yml", {
  ...least,
  ClientSecretName: "superoffice/online",
  AppTokenSecretName: "superoffice/online-app-token",
  PrivateKeySecretName: "superoffice/online-key",
  CreateSecret: "true",
  ManageSecrets: "true",
  SecretKmsKeyArn: keyArn,
  HostedZoneId: "Z0EXAMPLE",
  DomainName: "login.example",
})
const iam = `arn:${account.partition}:iam::${account.id}:`
const bucket = "arn:aws:s3:::superoffice-token-exchang-serverlessdeploymentbuck-a1b2c3d4e5f6"
const archives = `${bucket}/serverless/superoffice-token-exchange/online/1-now`
const stackArn = `${arnPrefix("cloudformation")}stack/superoffice-token-exchange-online/a-uuid`
const apis = `arn:aws:apigateway:${account.region}::/apis`

let deployed: StackTemplate

beforeAll(async () => {
  ;({ stack: deployed } = await packageService({
    stage: "online",
    params: {
      clientSecretId: "superoffice/online",
      appTokenSecretId: "superoffice/online-app-token",
      privateKeySecretId: "superoffice/online-key",
      createSecret: "true",
      secretKmsKeyArn: keyArn,
      allowedOrigins: "https://app.example",
      domainName: "login.example",
      certificateArn: `${arnPrefix("acm")}certificate/example`,
      hostedZoneId: "Z0EXAMPLE",
      alarmTopicArn: `${arnPrefix("sns")}on-call`,
      permissionsBoundary: `${iam}policy/deployer-RolesBoundary-A1B2C3`,
      reservedConcurrency: "5",
      tracing: "true",
    },
  }))
})

describe("the stack", () => {
  it("has only properties that its resources have, in the least and in the full form", () => {
    expect([...problems(usual), ...problems(everything)]).toEqual([])
  })

  it("stays within what IAM takes: 10,240 characters of a role's own policies, 6,144 of a managed one", () => {
    expect(JSON.stringify(policies(everything)).length).toBeLessThan(10_240)
    expect(JSON.stringify(boundary(everything)).length).toBeLessThan(6_144)
  })
})

describe("the role", () => {
  it("is assumed by the one subject of GitHub Actions alone, for an hour at most", () => {
    const { AssumeRolePolicyDocument, MaxSessionDuration } = role(usual)
    expect(MaxSessionDuration).toBe(3600)
    expect(object(AssumeRolePolicyDocument).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Federated: `${iam}oidc-provider/token.actions.githubusercontent.com` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": least.Subject,
          },
        },
      },
    ])
  })

  it("names every action, and any resource only for actions that AWS does not narrow", () => {
    const all = statements(everything)
    expect(all.flatMap(({ Action }) => [Action].flat()).filter((name) => text(name).includes("*"))).toEqual(
      [],
    )
    expect(all.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => [Action].flat())).toEqual([
      "cloudformation:ValidateTemplate",
      "route53:GetChange",
      "route53:ListHostedZones",
      "cloudwatch:DescribeAlarms",
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DeleteQueryDefinition",
      "logs:DescribeLogGroups",
      "logs:DescribeQueryDefinitions",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutQueryDefinition",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ])
  })

  it("makes roles, and gives them rights, only within the boundary, and passes them to Lambda alone", () => {
    const conditions = (action: string) =>
      statements(usual)
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Condition }) => Condition)
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]) {
      expect(conditions(action)).toEqual([{ StringEquals: { "iam:PermissionsBoundary": "RolesBoundary" } }])
    }
    expect(conditions("iam:PassRole")).toEqual([
      { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
    ])
    for (const action of ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy"]) {
      expect(conditions(action)).toEqual([])
    }
  })

  it.each([
    ["another stage's stack", "cloudformation:UpdateStack", stackArn.replace("online", "sod")],
    ["another stage's archives", "s3:PutObject", `${archives.replace("online", "sod")}/token.zip`],
    ["another bucket", "s3:DeleteBucket", "arn:aws:s3:::accounts"],
    [
      "another stage's function",
      "lambda:UpdateFunctionCode",
      functionArn("superoffice-token-exchange-sod-token"),
    ],
    ["another stage's role", "iam:PutRolePolicy", `${iam}role/superoffice-token-exchange/sod/any`],
    ["another role", "iam:PassRole", `${iam}role/admin`],
    ["its own role", "iam:PutRolePolicy", `${iam}role/deployer-DeployerRole-A1B2C3`],
    ["the boundary", "iam:CreatePolicyVersion", `${iam}policy/deployer-RolesBoundary-A1B2C3`],
    ["another secret", "secretsmanager:GetSecretValue", secretArn("superoffice/online-other")],
    ["another zone's records", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"],
  ])("has no right on %s", (_what, action, arn) => {
    expect(allows(statements(everything), action, arn)).toBe(false)
  })

  it("has rights on secrets, key and zone only where they are asked for", () => {
    const services = statements(usual).flatMap(({ Action }) =>
      [Action].flat().map((name) => text(name).split(":")[0]),
    )
    for (const service of ["secretsmanager", "kms", "route53"]) expect(services).not.toContain(service)
  })
})

/**
 * What CloudFormation does with a resource of ours, by the permissions that AWS states in the schema of its type, without those
 * for properties that the template does not set.
 */
const rights: Readonly<Record<string, (id: string, properties: JsonObject) => Rights>> = {
  "AWS::S3::Bucket": () => [
    ["s3", "CreateBucket PutEncryptionConfiguration PutBucketTagging TagResource DeleteBucket", bucket],
    ["s3", "ListBucket GetEncryptionConfiguration GetBucketTagging", bucket],
  ],
  "AWS::S3::BucketPolicy": () => [["s3", "GetBucketPolicy PutBucketPolicy DeleteBucketPolicy", bucket]],
  "AWS::Logs::LogGroup": (_id, { LogGroupName }) => [
    ["logs", "DescribeLogGroups", `${arnPrefix("logs")}log-group:*`],
    [
      "logs",
      "CreateLogGroup PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource ListTagsForResource DeleteLogGroup",
      `${arnPrefix("logs")}log-group:${text(LogGroupName)}`,
    ],
  ],
  "AWS::Logs::QueryDefinition": () => [
    ["logs", "PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition", "*"],
  ],
  "AWS::Lambda::Function": (_id, { FunctionName }) => [
    [
      "lambda",
      "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction TagResource UntagResource ListTags",
      functionArn(FunctionName),
    ],
    ["lambda", "PutFunctionConcurrency DeleteFunctionConcurrency", functionArn(FunctionName)],
    [
      "lambda",
      "GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetRuntimeManagementConfig",
      functionArn(FunctionName),
    ],
    ["s3", "GetObject", `${archives}/token.zip`],
    ["iam", "PassRole", `${iam}role/superoffice-token-exchange/online/any`],
  ],
  "AWS::Lambda::EventInvokeConfig": (_id, { FunctionName }) => [
    [
      "lambda",
      "PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
      `${functionArn(FunctionName)}:$LATEST`,
    ],
  ],
  "AWS::Lambda::Permission": (_id, { FunctionName }) => [
    ["lambda", "AddPermission GetPolicy RemovePermission", text(FunctionName)],
  ],
  "AWS::ApiGatewayV2::Api": () => [
    ["apigateway", "POST", apis],
    ["apigateway", "GET PATCH PUT POST DELETE", `${apis}/a1b2c3`],
    ["apigateway", "GET PUT DELETE", `arn:aws:apigateway:${account.region}::/tags/any`],
  ],
  "AWS::ApiGatewayV2::Stage": () => [
    ["apigateway", "GET POST PATCH DELETE", `${apis}/a1b2c3/stages/$default`],
    // For its access log.
    [
      "logs",
      "CreateLogDelivery PutResourcePolicy UpdateLogDelivery DeleteLogDelivery DescribeResourcePolicies GetLogDelivery ListLogDeliveries",
      "*",
    ],
  ],
  "AWS::ApiGatewayV2::Integration": () => [
    ["apigateway", "GET POST PATCH PUT DELETE", `${apis}/a1b2c3/integrations/any`],
  ],
  "AWS::ApiGatewayV2::Route": () => [
    ["apigateway", "GET POST PATCH PUT DELETE", `${apis}/a1b2c3/routes/any`],
  ],
  "AWS::ApiGatewayV2::DomainName": (_id, { DomainName, DomainNameConfigurations }) => [
    ["apigateway", "POST", `arn:aws:apigateway:${account.region}::/domainnames`],
    [
      "apigateway",
      "GET PATCH PUT DELETE",
      `arn:aws:apigateway:${account.region}::/domainnames/${text(DomainName)}`,
    ],
    ["acm", "DescribeCertificate", text(object(list(DomainNameConfigurations)[0]).CertificateArn)],
    ["iam", "CreateServiceLinkedRole", `${iam}role/aws-service-role/ops.apigateway.amazonaws.com/any`],
  ],
  "AWS::ApiGatewayV2::ApiMapping": () => [
    [
      "apigateway",
      "GET POST PATCH PUT DELETE",
      `arn:aws:apigateway:${account.region}::/domainnames/login.example/apimappings/any`,
    ],
  ],
  "AWS::Route53::RecordSet": (_id, { HostedZoneId }) => [
    ["route53", "ListHostedZones GetChange", "*"],
    [
      "route53",
      "ChangeResourceRecordSets ListResourceRecordSets GetHostedZone",
      `arn:aws:route53:::hostedzone/${text(HostedZoneId)}`,
    ],
  ],
  "AWS::IAM::Role": (id, { Path }) => [
    [
      "iam",
      "CreateRole PutRolePolicy GetRole ListAttachedRolePolicies ListRolePolicies GetRolePolicy UpdateRole UpdateAssumeRolePolicy DeleteRolePolicy PutRolePermissionsBoundary TagRole UntagRole DeleteRole",
      `${iam}role${text(Path)}${shortened(id)}`,
    ],
  ],
  "AWS::IAM::ManagedPolicy": (id, { Path }) => [
    [
      "iam",
      "CreatePolicy GetPolicy GetPolicyVersion ListEntitiesForPolicy ListPolicyVersions CreatePolicyVersion DeletePolicyVersion DeletePolicy",
      `${iam}policy${text(Path)}${shortened(id)}`,
    ],
  ],
  "AWS::CloudWatch::Alarm": (_id, { AlarmName }) => [
    ["cloudwatch", "DescribeAlarms", `${arnPrefix("cloudwatch")}alarm:*`],
    [
      "cloudwatch",
      "PutMetricAlarm DeleteAlarms TagResource UntagResource ListTagsForResource",
      `${arnPrefix("cloudwatch")}alarm:${text(AlarmName)}`,
    ],
  ],
  "AWS::CloudWatch::Dashboard": (_id, { DashboardName }) => [
    [
      "cloudwatch",
      "PutDashboard GetDashboard DeleteDashboards TagResource UntagResource ListTagsForResource",
      `arn:aws:cloudwatch::${account.id}:dashboard/${text(DashboardName)}`,
    ],
  ],
  "AWS::SecretsManager::Secret": (_id, { Name, KmsKeyId }) => [
    [
      "secretsmanager",
      "CreateSecret DescribeSecret UpdateSecret TagResource UntagResource DeleteSecret",
      secretArn(text(Name)),
    ],
    ["kms", "GenerateDataKey Decrypt", text(KmsKeyId)],
  ],
}

describe("what CloudFormation does with the stack", () => {
  it("is allowed for every resource of every type", () => {
    const denied = Object.entries(deployed.resources).flatMap(([id, { type, properties }]) => {
      const needed = rights[type]
      if (needed === undefined) return [`${type}: which actions does CloudFormation take?`]
      return needed(id, properties).flatMap(([service, names, arn]) =>
        names
          .split(" ")
          .filter((name) => !allows(statements(everything), `${service}:${name}`, arn))
          .map((name) => `${service}:${name} on ${arn}`),
      )
    })
    expect(denied).toEqual([])
  })
})

describe("what the roles of the functions may do", () => {
  it("is within the boundary, action by action", () => {
    const may = statementsOf(boundary(everything))
    const needed = ofType(deployed, "AWS::IAM::Role").flatMap(({ Policies }) =>
      list(Policies).flatMap((policy) => statementsOf(object(policy).PolicyDocument ?? null)),
    )
    expect(needed.length).toBeGreaterThan(10)
    for (const { Action, Resource } of needed) {
      for (const action of [Action].flat()) {
        for (const resource of [Resource].flat()) {
          expect(allows(may, text(action), text(resource)), `${text(action)} ${text(resource)}`).toBe(true)
        }
      }
    }
  })

  it("is within it for the least deployment too", () => {
    expect(statementsOf(boundary(usual)).flatMap(({ Action }) => [Action].flat())).toEqual([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "secretsmanager:GetSecretValue",
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
    ])
  })
})

/** What the framework asks AWS for itself; undefined where our deployments have nothing of the kind. */
const commands: Readonly<Record<string, readonly [action: string, arn: string] | undefined>> = {
  CreateStack: ["cloudformation:CreateStack", stackArn],
  UpdateStack: ["cloudformation:UpdateStack", stackArn],
  DeleteStack: ["cloudformation:DeleteStack", stackArn],
  DescribeStacks: ["cloudformation:DescribeStacks", stackArn],
  DescribeStackEvents: ["cloudformation:DescribeStackEvents", stackArn],
  DescribeStackResource: ["cloudformation:DescribeStackResource", stackArn],
  ListStackResources: ["cloudformation:ListStackResources", stackArn],
  GetTemplate: ["cloudformation:GetTemplate", stackArn],
  ValidateTemplate: ["cloudformation:ValidateTemplate", "*"],
  HeadBucket: ["s3:ListBucket", bucket],
  ListObjectsV2: ["s3:ListBucket", bucket],
  HeadObject: ["s3:GetObject", `${archives}/token.zip`],
  DeleteObjects: ["s3:DeleteObject", `${archives}/token.zip`],
  GetFunction: ["lambda:GetFunction", functionArn("superoffice-token-exchange-online-token")],
  // Change sets, because the deployment method is direct.
  CreateChangeSet: undefined,
  DescribeChangeSet: undefined,
  ExecuteChangeSet: undefined,
  DeleteChangeSet: undefined,
  // A stack policy, versions of archives, images, subscriptions to logs, exports and REST APIs.
  SetStackPolicy: undefined,
  ListObjectVersions: undefined,
  DescribeRepositories: undefined,
  DeleteRepository: undefined,
  DescribeSubscriptionFilters: undefined,
  DeleteSubscriptionFilter: undefined,
  ListExports: undefined,
  GetApi: undefined,
  DescribeStackResources: undefined,
  GetApiKey: undefined,
}

describe("what the framework does", () => {
  const plugins = new URL("../../node_modules/serverless/lib/plugins/aws/", import.meta.url)
  const sources = ["deploy", "remove", "info", "lib"].flatMap((folder) =>
    readdirSync(new URL(folder, plugins), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(new URL(`${folder}/${name}`, plugins), "utf8")),
  )
  const sent = new Set(
    sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)].map(([, name = ""]) => name)),
  )

  it("is known, command by command", () => {
    expect(Object.keys(commands).sort()).toEqual([...sent].sort())
  })

  it("is allowed, and so is uploading", () => {
    const wanted = Object.values(commands).filter((command) => command !== undefined)
    for (const [action, arn] of [...wanted, ["s3:PutObject", `${archives}/token.zip`] as const]) {
      expect(allows(statements(usual), action, arn), action).toBe(true)
    }
  })
})

describe("the parameters", () => {
  const { Parameters = {} } = readTemplate("fragments/deployer.yml")
  const accepts = (name: string, value: string): boolean => {
    const { AllowedPattern, AllowedValues } = Parameters[name] ?? {}
    return AllowedPattern ? new RegExp(AllowedPattern).test(value) : AllowedValues?.includes(value) === true
  }

  it.each([
    ["repo:acme/token-exchange:environment:online", true],
    ["repo:acme/token-exchange:ref:refs/heads/main", true],
    ["repo:acme/token-exchange:ref:refs/tags/v1.0.0", true],
    ["repo:acme/token-exchange:pull_request", false],
    ["repo:acme/token-exchange", false],
    ["repo:acme/token-exchange:environment:", false],
    ["acme/token-exchange:environment:online", false],
  ])("take a subject that is an environment, a branch or a tag: %s %s", (subject, taken) => {
    expect(accepts("Subject", subject)).toBe(taken)
  })

  it.each(Object.keys(Parameters))(
    "%s refuses wildcards, policy variables, and what would change the policy's JSON",
    (name) => {
      for (const character of ["*", "?", "$", "{", "}", '"', "\\", "'", ",", " ", "\n", "\u00e6"]) {
        expect(accepts(name, character), character).toBe(false)
        expect(accepts(name, least.Subject + character), character).toBe(false)
      }
    },
  )
})

describe("fragments that are stacks of their own", () => {
  it.each(["deployer.yml", "federated-caller.yml", "two-regions.yml"])(
    "use no aliases, which CloudFormation does not support: %s",
    (name) => {
      const yaml = readFileSync(new URL(`../../deploy/fragments/${name}`, import.meta.url), "utf8")
      expect(yaml).not.toMatch(/[:\-[,] *[*&]\w/)
    },
  )
})

/** Service, names of actions with spaces between, and the ARN that they are taken on. */
type Rights = readonly (readonly [service: string, names: string, arn: string])[]

function role(stack: StackTemplate): JsonObject {
  return only(stack, "AWS::IAM::Role")
}

function policies(stack: StackTemplate): readonly Json[] {
  return list(role(stack).Policies).map((policy) => object(policy).PolicyDocument ?? null)
}

function boundary(stack: StackTemplate): Json {
  return only(stack, "AWS::IAM::ManagedPolicy").PolicyDocument ?? null
}

function statements(stack: StackTemplate): JsonObject[] {
  return policies(stack).flatMap(statementsOf)
}

function statementsOf(document: Json): JsonObject[] {
  return list(object(document).Statement).map(object)
}

/** Whether a statement names the action and a resource that the ARN fits, as IAM matches them. Conditions are not evaluated. */
function allows(among: readonly JsonObject[], action: string, arn: string): boolean {
  return among.some(
    ({ Action, Resource }) =>
      [Action].flat().includes(action) && [Resource].flat().some((pattern) => fits(text(pattern), arn)),
  )
}

function fits(pattern: string, arn: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
  return new RegExp(`^${expression}$`).test(arn)
}

function functionArn(name: Json | undefined): string {
  return `${arnPrefix("lambda")}function:${text(name)}`
}

function secretArn(name: string): string {
  return `${arnPrefix("secretsmanager")}secret:${name}-a1B2c3`
}

/** A name as CloudFormation makes it of the names of stack and resource. */
function shortened(id: string): string {
  return `superoffice-token-exchang-${id.slice(0, 24)}-A1B2C3D4E5F6`
}
