import { createServer } from "node:http"
import { describe, expect, it, onTestFinished } from "vitest"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { startLambdaApi } from "../../../local/lambda-api.ts"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { functionHere } from "../../support/function-here.ts"
import { startStackWithProvider } from "../../../local/stack.ts"
import { well } from "../doctor/well-health.ts"
import * as local from "./begin.ts"

local.prepareConsent()

/** Runs the command to its end, which comes before anybody is asked to sign in. */
async function refused(options: local.BeginOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await local.end(local.begin(options))
  expect(stdout).not.toContain("/authorize")
  expect(exitCode, stdout).toBe(1)
  return stderr
}

/** A stack whose outputs are these, in place of the real one's. */
async function withOutputs(outputs: Record<string, string>, service = "superoffice-token-exchange") {
  const cloudFormation = await startCloudFormation({ service, outputs, credentials: local.stack.credentials })
  onTestFinished(() => cloudFormation.close())
  return await refused({ env: { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url } })
}

/** Functions that answer this health, in place of the deployed ones. */
async function withHealth(health: object, credentials = local.stack.credentials): Promise<string> {
  const invoke = () => Promise.resolve({ requestId: "1", payload: health, functionError: undefined })
  const lambda = await startLambdaApi({ functions: { health: { invoke } }, credentials })
  onTestFinished(() => lambda.close())
  return await refused({ env: { AWS_ENDPOINT_URL_LAMBDA: lambda.url } })
}

const { secret } = well
const unusable = { ...secret, client_id: null, error: "configuration_invalid", problem: "it has no value" }

describe("before anybody signs in, consent says", () => {
  it("that allowedRedirectUris lacks the redirect URI", async () => {
    const said = await refused({ settings: { allowedRedirectUris: "https://app.example.com/callback" } })
    expect(said).toContain(`allowedRedirectUris in deployment.yml lacks ${local.redirectUri()}`)
  })

  it("that the secret may not be read", async () => {
    local.secrets.outage = "denied"
    expect(await refused({})).toContain('secretsmanager:DescribeSecret on "superoffice/local/tenants')
  })

  it.each([
    ["[]", "something else than the tokens of a tenant"],
    ['{"client_id":"a","client_secret":"b"}', "something else than the tokens of a tenant"],
    ['{"tenant":"Cust12020","system_token":"of another"}', "the tokens of another tenant"],
  ])("that the secret contains %s, and is not overwritten", async (other, said) => {
    local.secrets.put(local.secretId, other)
    expect(await refused({})).toContain(`contains ${said}, and is not overwritten: pass another --secret-id.`)
  })

  it("that a secret is not created by an ARN", async () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:missing-a1B2c3"
    expect(await refused({ options: ["--secret-id", arn] })).toContain("is created by a name, not by an ARN")
  })

  it("that there is no stack, or that it lacks the functions, or that a function is missing", async () => {
    expect(await withOutputs({}, "another-service")).toContain(
      "There is no stack superoffice-token-exchange-",
    )
    expect(await withOutputs({ HealthFunctionArn: "health" })).toContain("no output ExchangeCodeFunctionArn")
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:missing"
    const missing = await withOutputs({ HealthFunctionArn: arn, ExchangeCodeFunctionArn: arn })
    expect(missing).toMatch(/^health answered not_found: /)
  })

  it("that these credentials may not invoke the functions", async () => {
    const said = await withHealth(well, randomCredentials())
    expect(said).toContain("lambda:InvokeFunction on health: attach OperatorPolicy and CallerPolicy ")
  })

  it("that the deployed functions do not accept the redirect URI yet", async () => {
    const env = { ALLOWED_REDIRECT_URIS: "https://app.example.com/callback" }
    const other = await startStackWithProvider({ origins: [], env, startFunction: functionHere })
    onTestFinished(() => other.close())
    const said = await refused({
      env: {
        ...credentialVariables(other.credentials),
        AWS_ENDPOINT_URL_CLOUDFORMATION: other.cloudFormation.url,
        AWS_ENDPOINT_URL_LAMBDA: other.lambda.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: other.secretsManager.url,
      },
      options: ["--secret-id", "new"],
    })
    expect(said).toContain(`The deployed functions do not accept ${local.redirectUri()}`)
    expect(said).toContain("npm run deploy -- --stage local\n")
  })

  it.each([
    ["older", { secret: { ...secret, client_id: undefined } }, /are older than this .*npm run deploy /],
    ["of another environment", { environment: "online" }, /^The deployed functions are of online, but /],
    ["without a client secret", { secret: unusable }, /: it has no value\)\. .*status --stage local/],
  ])("that the functions are %s", async (_what, health, said) => {
    expect(await withHealth({ ...well, ...health })).toMatch(said)
  })

  it("that the port is busy, and names --port", async () => {
    const other = createServer()
    await listenOnLoopback(other, local.port)
    onTestFinished(() => closeServer(other))
    expect(await refused({})).toMatch(/^Port \d+ of 127\.0\.0\.1 is already in use: .* pass --port/)
  })

  it("that the provider of LOCAL_PROVIDER_URL is not for a real Secrets Manager", async () => {
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: undefined, LOCAL_PROVIDER_URL: local.provider.url }
    expect(await refused({ env })).toContain("never goes to a local provider. Unset LOCAL_PROVIDER_URL")
  })
})
