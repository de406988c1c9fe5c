import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { explainConnection, explainCredentials } from "../../operator/aws-failure.ts"
import { awsError, serveAws } from "../support/aws-endpoint.ts"
import { closedUrl, http, startScriptedServer } from "../support/scripted-server.ts"

/** The home of somebody who has all these profiles. The AWS SDK reads a file only once. */
const home = mkdtempSync(join(tmpdir(), "aws-failure-"))
const sso = "sso_account_id = 123456789012\nsso_role_name = admin"
const role = "role_arn = arn:aws:iam::123456789012:role/operator"
const ssoAt = (name: string) => `sso_start_url = https://${name}.awsapps.com/start\nsso_region = eu-west-1`
const profiles = {
  "profile signed-out": `sso_session = corp\n${sso}`,
  "sso-session corp": ssoAt("example"),
  "profile expired": `sso_session = old\n${sso}`,
  "sso-session old": ssoAt("old"),
  "profile legacy": `${ssoAt("example")}\n${sso}`,
  "profile legacy-expired": `${ssoAt("expired")}\n${sso}`,
  "profile signed-in": `${ssoAt("good")}\n${sso}`,
  "profile without-session": `sso_session = missing\n${sso}`,
  "profile incomplete": ssoAt("example"),
  "profile mfa": `${role}\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/somebody`,
  "profile role": `${role}\nsource_profile = base`,
  "profile empty": "region = eu-west-1",
  "profile process": "credential_process = echo canary",
  "profile login": "login_session = arn:aws:iam::123456789012:user/somebody",
  "profile web": `${role}\nweb_identity_token_file = ${join(home, "missing")}`,
}

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
  const config = Object.entries(profiles).map(([name, settings]) => `[${name}]\n${settings}\n`)
  writeHome("config", config.join(""))
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

/** What is said of an error, which quotes nothing of AWS's own text. */
function explained(error: unknown): string | undefined {
  const said = explainCredentials(error)
  expect(said).not.toContain("canary")
  return said
}

async function serverThatAnswers(answer: string): Promise<string> {
  const server = await startScriptedServer({ onRequest: (socket) => socket.write(answer) })
  onTestFinished(() => server.close())
  return server.url
}

const noProfile = /^There is no AWS profile "NAME" on this machine\. .*aws configure list-profiles$/
const signedOut = /^You are not signed in to the AWS profile "NAME", .*: aws sso login --profile NAME$/
const empty = /^The AWS profile "NAME" gives no credentials\. .*get-caller-identity --profile NAME$/
const incomplete = /^The SSO settings of the AWS profile "NAME" .*: aws configure sso --profile NAME$/

describe("credentials that the AWS SDK cannot use", () => {
  it.each([
    ["nothing is set", {}, /^There are no AWS credentials\. Name a profile /],
    ["half a key is set", { AWS_ACCESS_KEY_ID: "AKIALOCAL" }, /^Only one of AWS_ACCESS_KEY_ID and /],
    ["a key has a line end", { ...keys, AWS_ACCESS_KEY_ID: "AKIA\n" }, /contains a line end or /],
  ])("are explained when %s", async (_when, variables, sentence) => {
    expect(explained(await errorOf(variables))).toMatch(sentence)
  })

  it.each([
    ["production", noProfile],
    // The name of an SSO session.
    ["corp", noProfile],
    ["empty", empty],
    ["process", empty],
    ["signed-out", signedOut],
    ["expired", signedOut],
    ["legacy", signedOut],
    ["legacy-expired", signedOut],
    ["without-session", incomplete],
    ["incomplete", incomplete],
    ["login", /^You are not signed in .* Sign in: aws login --profile NAME$/],
    ["mfa", /asks for an MFA code, .*aws configure export-credentials --profile NAME /],
    ["web", /^A file that the AWS profile "NAME" names as its web identity token does not exist/],
  ])("are explained for the profile %s", async (profile, { source }) => {
    const said = explained(await errorOf({ AWS_PROFILE: profile }))
    expect(said).toMatch(new RegExp(source.replaceAll("NAME", profile)))
  })

  it.each([
    ["answers UnauthorizedException", 401, "You are not signed in to the AWS profile"],
    ["answers ForbiddenException", 403, "AWS SSO does not give you the role of the AWS profile"],
    ["cannot be reached", undefined, "The AWS sign-in service of the AWS profile"],
  ])("are explained when SSO %s", async (how, status, sentence) => {
    const head = [`x-amzn-ErrorType: ${how.split(" ")[1] ?? ""}`]
    const body = JSON.stringify({ message: "canary" })
    const url = status === undefined ? await closedUrl() : await serverThatAnswers(http(status, body, head))
    const error = await errorOf({ AWS_PROFILE: "signed-in", AWS_ENDPOINT_URL_SSO: url })
    expect(explained(error)).toContain(`${sentence} "signed-in"`)
  })

  it("are explained when the role of the profile may not be assumed", async () => {
    const fault = "<Type>Sender</Type><Code>AccessDenied</Code><Message>canary on sts:AssumeRole</Message>"
    const url = await serverThatAnswers(http(403, `<ErrorResponse><Error>${fault}</Error></ErrorResponse>`))
    const error = await errorOf({ AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: url })
    expect(explained(error)).toMatch(/^These credentials may not assume the role of the AWS profile "role"/)
  })
})

describe("credentials that AWS refuses", () => {
  async function refused(type: string, message?: string, variables = {}): Promise<unknown> {
    const aws = await serveAws()
    aws.answer = awsError(400, type, message)
    return await errorOf(variables)
  }

  const clock = /^This machine's clock differs from AWS's by more than five minutes/
  it.each([
    ["UnrecognizedClientException", "canary", /^AWS does not know the access key of AWS_ACCESS_KEY_ID/],
    ["InvalidClientTokenId", "canary", /^AWS does not know the access key of AWS_ACCESS_KEY_ID/],
    ["InvalidSignatureException", "does not match the signature you provided.", /^The secret access key of /],
    ["InvalidSignatureException", "Signature expired: 20261127T000000Z is now earlier than", clock],
    ["InvalidSignatureException", "Signature not yet current: canary", clock],
    ["RequestTimeTooSkewed", "canary", clock],
    ["IncompleteSignatureException", "canary", /look for stray characters in them\.$/],
    ["ExpiredTokenException", "canary", /^The session of AWS_ACCESS_KEY_ID has expired: .*aws sso login$/],
  ])("are explained: %s, %s", async (type, message, sentence) => {
    expect(explained(await refused(type, message))).toMatch(sentence)
  })

  it("are explained for the variable and for the profile that an expired session is from", async () => {
    const error = await refused("ExpiredTokenException", "", { AWS_SESSION_TOKEN: "canary" })
    expect(explained(error)).toMatch(/^The session of AWS_SESSION_TOKEN has expired: set new AWS_/)
    vi.stubEnv("AWS_PROFILE", "it's ours")
    expect(explained(error)).toMatch(/^The session of .*aws sso login --profile 'it'\\''s ours'$/)
  })

  it("are not the matter when it is about something else", async () => {
    const error = await refused("AccessDeniedException")
    expect([explainCredentials(error), explainConnection(error, "AWS")]).toEqual([undefined, undefined])
  })
})

describe("a connection to AWS that fails", () => {
  it("is explained when nothing listens", async () => {
    const error = await errorOf(keys, { endpoint: await closedUrl() })
    expect(explainConnection(error, "AWS")).toMatch(/^AWS cannot be reached \(ECONNREFUSED\): /)
  })

  it("is explained when the region is no name", async () => {
    const error = await errorOf(keys, { region: "eu west 1" })
    expect(explainConnection(error, "AWS")).toMatch(/^The AWS region is not the name of a region/)
  })

  it.each([
    [{ code: "ENOTFOUND", hostname: "sts.eu-wst-1.aws" }, /^sts\.eu-wst-1\.aws cannot be found/],
    [{ code: "EAI_AGAIN" }, /^AWS cannot be found \(EAI_AGAIN\): check the region/],
    [{ code: "SELF_SIGNED_CERT_IN_CHAIN" }, /^The TLS certificate of AWS .*NODE_EXTRA_CA_CERTS\.$/],
    [{ name: "TimeoutError" }, /^AWS cannot be reached \(TimeoutError\): check this machine's network/],
  ])("is explained by its code: %j", (members, sentence) => {
    expect(explainConnection(Object.assign(new Error("canary"), members), "AWS")).toMatch(sentence)
  })

  it.each([[undefined], [null], ["canary"], [7], [{}]])("is not %j, which is no error", (thrown) => {
    expect([explainCredentials(thrown), explainConnection(thrown, "AWS")]).toEqual([undefined, undefined])
  })
})
