import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { explainConnection, explainCredentials } from "../../operator/aws-failure.ts"
import { awsError, startAwsEndpoint, type AwsEndpoint } from "../support/aws-endpoint.ts"
import { closedUrl, http, startScriptedServer } from "../support/scripted-server.ts"

/** The home of somebody who has all these profiles. The AWS SDK reads a file only once. */
const home = mkdtempSync(join(tmpdir(), "aws-failure-"))
const sso = "sso_account_id = 123456789012\nsso_role_name = admin"
const role = "role_arn = arn:aws:iam::123456789012:role/operator"
const config = `
[profile signed-out]
sso_session = corp
${sso}
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile expired]
sso_session = old
${sso}
[sso-session old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-west-1
[profile legacy]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
${sso}
[profile legacy-expired]
sso_start_url = https://expired.awsapps.com/start
sso_region = eu-west-1
${sso}
[profile signed-in]
sso_start_url = https://good.awsapps.com/start
sso_region = eu-west-1
${sso}
[profile without-session]
sso_session = missing
${sso}
[profile incomplete]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile mfa]
${role}
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/somebody
[profile role]
${role}
source_profile = base
[profile empty]
region = eu-west-1
[profile process]
credential_process = echo canary
[profile login]
login_session = arn:aws:iam::123456789012:user/somebody
[profile web]
${role}
web_identity_token_file = ${join(home, "missing")}
`

function writeHome(name: string, text: string): void {
  const path = join(home, ".aws", name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function writeSsoToken(session: string, expiresAt: string): void {
  const name = createHash("sha1").update(session).digest("hex")
  writeHome(`sso/cache/${name}.json`, JSON.stringify({ accessToken: "canary", expiresAt }))
}

beforeAll(() => {
  writeHome("config", config)
  writeHome("credentials", "[base]\naws_access_key_id = AKIALOCAL\naws_secret_access_key = canary\n")
  writeSsoToken("old", "2020-01-01T00:00:00Z")
  writeSsoToken("https://expired.awsapps.com/start", "2020-01-01T00:00:00Z")
  writeSsoToken("https://good.awsapps.com/start", "2100-01-01T00:00:00Z")
})

afterAll(() => {
  rmSync(home, { recursive: true })
})

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_")) vi.stubEnv(name, undefined)
  }
  vi.stubEnv("HOME", home)
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true")
})

afterEach(() => {
  vi.unstubAllEnvs()
})

const keys = { AWS_ACCESS_KEY_ID: "AKIALOCAL", AWS_SECRET_ACCESS_KEY: "canary" }

/** The error of a real call of the AWS SDK. */
async function errorOf(
  variables: Readonly<Record<string, string>>,
  options: { readonly endpoint?: string; readonly region?: string } = {},
): Promise<unknown> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const client = new SecretsManager({ region: "eu-west-1", maxAttempts: 1, ...options })
  try {
    await client.describeSecret({ SecretId: "superoffice/sod" })
  } catch (error) {
    return error
  } finally {
    client.destroy()
  }
  throw new Error("the call succeeded")
}

describe("what the AWS SDK says without credentials that it can use", () => {
  it.each<[string, Record<string, string>, string]>([
    [
      "nothing is set",
      {},
      "There are no AWS credentials. Name a profile (--profile, AWS_PROFILE), or sign in: aws sso login, aws configure",
    ],
    [
      "half a key is set",
      { AWS_ACCESS_KEY_ID: "AKIALOCAL" },
      "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both, or neither.",
    ],
    [
      "a key contains a line end",
      { ...keys, AWS_ACCESS_KEY_ID: "AKIA\n" },
      "One of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN contains a line end or another control character: set them again.",
    ],
    [
      "the profile does not exist",
      { AWS_PROFILE: "production" },
      'There is no AWS profile "production" on this machine. To see those that there are: aws configure list-profiles',
    ],
    [
      "the profile's name is that of an SSO session",
      { AWS_PROFILE: "corp" },
      'There is no AWS profile "corp" on this machine. To see those that there are: aws configure list-profiles',
    ],
    [
      "the profile has no credentials",
      { AWS_PROFILE: "empty" },
      'The AWS profile "empty" gives no credentials. To see why: aws sts get-caller-identity --profile empty',
    ],
    [
      "the profile's process fails",
      { AWS_PROFILE: "process" },
      'The AWS profile "process" gives no credentials. To see why: aws sts get-caller-identity --profile process',
    ],
    ...["signed-out", "expired", "legacy", "legacy-expired"].map(
      (profile): [string, Record<string, string>, string] => [
        `the SSO session of the profile ${profile} cannot be used`,
        { AWS_PROFILE: profile },
        `You are not signed in to the AWS profile "${profile}", or no longer. Sign in: aws sso login --profile ${profile}`,
      ],
    ),
    ...["without-session", "incomplete"].map((profile): [string, Record<string, string>, string] => [
      `the profile ${profile} lacks what SSO needs`,
      { AWS_PROFILE: profile },
      `The SSO settings of the AWS profile "${profile}" are not complete. Write them: aws configure sso --profile ${profile}`,
    ]),
    [
      "the profile signs in with aws login",
      { AWS_PROFILE: "login" },
      'You are not signed in to the AWS profile "login", or no longer. Sign in: aws login --profile login',
    ],
    [
      "the profile asks for an MFA code",
      { AWS_PROFILE: "mfa" },
      'The AWS profile "mfa" asks for an MFA code, which this command cannot do. Run it without a profile after: ' +
        'eval "$(aws configure export-credentials --profile mfa --format env)"',
    ],
    [
      "the profile's web identity token is missing",
      { AWS_PROFILE: "web" },
      'A file that the AWS profile "web" names as its web identity token does not exist: check web_identity_token_file and AWS_WEB_IDENTITY_TOKEN_FILE.',
    ],
  ])("is explained when %s", async (_when, variables, sentence) => {
    expect(explainCredentials(await errorOf(variables))).toBe(sentence)
  })

  it.each([
    [
      "UnauthorizedException",
      401,
      'You are not signed in to the AWS profile "signed-in", or no longer. Sign in: aws sso login --profile signed-in',
    ],
    [
      "ForbiddenException",
      403,
      'AWS SSO does not give you the role of the AWS profile "signed-in": check sso_account_id and sso_role_name.',
    ],
  ])("is explained when SSO answers %s", async (type, status, sentence) => {
    const server = await startScriptedServer({
      onRequest: (socket) =>
        socket.write(http(status, JSON.stringify({ message: "canary" }), [`x-amzn-ErrorType: ${type}`])),
    })
    const error = await errorOf({ AWS_PROFILE: "signed-in", AWS_ENDPOINT_URL_SSO: server.url })
    await server.close()
    expect(explainCredentials(error)).toBe(sentence)
  })

  it("is explained when SSO cannot be reached", async () => {
    const error = await errorOf({ AWS_PROFILE: "signed-in", AWS_ENDPOINT_URL_SSO: await closedUrl() })
    expect(explainCredentials(error)).toBe(
      'The AWS sign-in service of the AWS profile "signed-in" cannot be reached: check this machine\'s network.',
    )
  })

  it("is explained when the role of the profile may not be assumed", async () => {
    const said = "User: canary is not authorized to perform: sts:AssumeRole on resource: canary"
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${said}</Message></Error></ErrorResponse>`
    const server = await startScriptedServer({ onRequest: (socket) => socket.write(http(403, body)) })
    const error = await errorOf({ AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: server.url })
    await server.close()
    expect(explainCredentials(error)).toBe(
      'These credentials may not assume the role of the AWS profile "role" (sts:AssumeRole): check role_arn, and the role\'s trust policy.',
    )
  })
})

describe("what AWS says of credentials", () => {
  let aws: AwsEndpoint

  beforeEach(async () => {
    aws = await startAwsEndpoint()
  })

  afterEach(async () => {
    await aws.close()
  })

  const unknownKey =
    "AWS does not know the access key of AWS_ACCESS_KEY_ID: it was deleted or deactivated, its session token is missing, " +
    "or the account has not enabled this region. Sign in to AWS again, and check the region."
  const clock = "This machine's clock differs from AWS's by more than five minutes: set it, and try again."

  it.each([
    ["UnrecognizedClientException", "The security token included in the request is invalid.", unknownKey],
    ["InvalidClientTokenId", "canary", unknownKey],
    [
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. canary",
      "The secret access key of AWS_ACCESS_KEY_ID does not belong to its access key id: set both again.",
    ],
    [
      "InvalidSignatureException",
      "Signature expired: 20261127T000000Z is now earlier than 20261127T001000Z (20261127T001500Z - 5 min.)",
      clock,
    ],
    ["InvalidSignatureException", "Signature not yet current: canary", clock],
    ["RequestTimeTooSkewed", "canary", clock],
    [
      "IncompleteSignatureException",
      "canary",
      "AWS cannot read the credentials of AWS_ACCESS_KEY_ID: look for stray characters in them.",
    ],
    [
      "ExpiredTokenException",
      "The security token included in the request is expired",
      "The session of AWS_ACCESS_KEY_ID has expired: sign in again as you did before, or run aws sso login",
    ],
  ])("is explained: %s, %s", async (type, message, sentence) => {
    aws.answer = awsError(400, type, message)
    expect(explainCredentials(await errorOf(keys, { endpoint: aws.url }))).toBe(sentence)
  })

  it("is explained for the variable and for the profile that the session is from", async () => {
    aws.answer = awsError(400, "ExpiredTokenException")
    const fromVariable = await errorOf({ ...keys, AWS_SESSION_TOKEN: "canary" }, { endpoint: aws.url })
    expect(explainCredentials(fromVariable)).toBe(
      "The session of AWS_SESSION_TOKEN has expired: set new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
    )
    vi.stubEnv("AWS_PROFILE", "it's ours")
    expect(explainCredentials(fromVariable)).toBe(
      'The session of the AWS profile "it\'s ours" has expired: sign in again as you did before, or run ' +
        "aws sso login --profile 'it'\\''s ours'",
    )
  })

  it("is left to others when it is about something else", async () => {
    aws.answer = awsError(400, "AccessDeniedException")
    const error = await errorOf(keys, { endpoint: aws.url })
    expect([explainCredentials(error), explainConnection(error, "Secrets Manager")]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe("a connection that fails", () => {
  it("is explained when nothing listens", async () => {
    const error = await errorOf(keys, { endpoint: await closedUrl() })
    expect(explainConnection(error, "Secrets Manager")).toBe(
      "Secrets Manager cannot be reached (ECONNREFUSED): check this machine's network, and the endpoint if one is set.",
    )
  })

  it("is explained when the region is no name", async () => {
    const error = await errorOf(keys, { region: "eu west 1" })
    expect(explainConnection(error, "Secrets Manager")).toBe(
      "The AWS region is not the name of a region, such as eu-west-1.",
    )
  })

  it.each([
    [
      { code: "ENOTFOUND", hostname: "secretsmanager.eu-wst-1.amazonaws.com" },
      "secretsmanager.eu-wst-1.amazonaws.com cannot be found (ENOTFOUND): check the region, and this machine's network.",
    ],
    [
      { code: "EAI_AGAIN" },
      "Secrets Manager cannot be found (EAI_AGAIN): check the region, and this machine's network.",
    ],
    [
      { code: "SELF_SIGNED_CERT_IN_CHAIN" },
      "The TLS certificate of Secrets Manager is not trusted (SELF_SIGNED_CERT_IN_CHAIN): if a proxy stands before AWS, " +
        "name its certificate authority in NODE_EXTRA_CA_CERTS.",
    ],
    [
      { name: "TimeoutError" },
      "Secrets Manager cannot be reached (TimeoutError): check this machine's network, and the endpoint if one is set.",
    ],
  ])("is explained by its code: %j", (members, sentence) => {
    expect(explainConnection(Object.assign(new Error("canary"), members), "Secrets Manager")).toBe(sentence)
  })
})

it("what is no error is not explained", () => {
  for (const thrown of [undefined, null, "canary", 7, {}]) {
    expect([explainCredentials(thrown), explainConnection(thrown, "AWS")]).toEqual([undefined, undefined])
  }
})
