import { createServer } from "node:http"
import { describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { startLambdaApi } from "../../../local/lambda-api.ts"
import { startStackWithProvider } from "../../../local/stack.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import {
  begin,
  end,
  port,
  provider,
  redirectUri,
  secretId,
  secrets,
  stack,
  stored,
  type BeginOptions,
} from "./begin.ts"

/** Runs the command to its end, which comes before anybody is asked to sign in. */
async function refused(options: BeginOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await end(await begin(options))
  expect(stdout).not.toContain("/authorize")
  expect(exitCode, stdout).toBe(1)
  return stderr
}

/** A stack whose outputs are these, in place of the real one's. */
async function withOutputs(
  outputs: Readonly<Record<string, string>>,
  service = "superoffice-token-exchange",
): Promise<string> {
  const cloudFormation = await startCloudFormation({ service, outputs, credentials: stack.credentials })
  try {
    return await refused({ env: { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url } })
  } finally {
    await cloudFormation.close()
  }
}

/** Functions that answer this health, in place of the deployed ones. */
async function withHealth(health: object, credentials = stack.credentials): Promise<string> {
  const invoke = () => Promise.resolve({ requestId: "1", payload: health, functionError: undefined })
  const lambda = await startLambdaApi({ functions: { health: { invoke } }, credentials })
  try {
    return await refused({ env: { AWS_ENDPOINT_URL_LAMBDA: lambda.url } })
  } finally {
    await lambda.close()
  }
}

const well = {
  status: "ok",
  version: "0.2.0",
  environment: "sod",
  secret: { age_seconds: 3, stale: false, error: null, version: "1", client_id: "db18", problem: null },
  key_set: { age_seconds: 60, stale: false, error: null, key_ids: [] },
  clock_skew_seconds: 0,
}

describe("before anybody signs in, consent says", () => {
  it("that allowedRedirectUris lacks the redirect URI", async () => {
    const settings = { allowedRedirectUris: "https://app.example.com/callback" }
    expect(await refused({ settings })).toBe(
      `allowedRedirectUris in deployment.yml lacks ${redirectUri()}, so the deployed function would refuse the code. Add it ` +
        "there, register it for the application at SuperOffice, and deploy: npm run deploy -- --stage local\n",
    )
  })

  it("that the secret may not be read, or holds something else", async () => {
    secrets.outage = "denied"
    expect(await refused({})).toMatch(
      /^These credentials may not call secretsmanager:DescribeSecret on "superoffice\/local\/tenants/,
    )
    secrets.outage = undefined
    for (const other of ["text", "[]", '{"client_id":"a","client_secret":"b"}']) {
      secrets.put(secretId, other)
      expect(await refused({})).toBe(
        `"${secretId}" contains something else than the tokens of a tenant, and is not overwritten: pass another --secret-id.\n`,
      )
    }
    secrets.put(secretId, JSON.stringify({ tenant: "Cust12020", system_token: "of another" }))
    expect(await refused({})).toContain("contains the tokens of another tenant, and is not overwritten")
    expect(await stored()).toMatchObject({ tenant: "Cust12020" })
  })

  it("that a secret is not created by an ARN", async () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:missing-a1B2c3"
    expect(await refused({ options: ["--secret-id", arn] })).toContain(
      "A secret is created by a name, not by an ARN",
    )
  })

  it("that there is no stack, or that it lacks the functions", async () => {
    expect(await withOutputs({}, "another-service")).toBe(
      "There is no stack superoffice-token-exchange-local in eu-west-1 of this account: check --stage, the region and the AWS " +
        "profile. To make it: npm run deploy -- --stage local\n",
    )
    expect(await withOutputs({ HealthFunctionArn: "health" })).toBe(
      "The stack superoffice-token-exchange-local has no output ExchangeCodeFunctionArn, and its status is CREATE_COMPLETE: " +
        "finish or repeat the deployment: npm run deploy -- --stage local\n",
    )
  })

  it("that a function is missing", async () => {
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:missing"
    expect(await withOutputs({ HealthFunctionArn: arn, ExchangeCodeFunctionArn: arn })).toMatch(
      /^health answered not_found: /,
    )
  })

  it("that these credentials may not invoke the functions", async () => {
    expect(await withHealth(well, randomCredentials())).toMatch(
      /^These credentials may not call lambda:InvokeFunction on health: attach OperatorPolicy and CallerPolicy /,
    )
  })

  it("that the deployed functions do not accept the redirect URI yet", async () => {
    const ALLOWED_REDIRECT_URIS = "https://app.example.com/callback"
    const other = await startStackWithProvider({ origins: [], env: { ALLOWED_REDIRECT_URIS } })
    const said = await refused({
      env: {
        ...credentialVariables(other.credentials),
        AWS_ENDPOINT_URL_CLOUDFORMATION: other.cloudFormation.url,
        AWS_ENDPOINT_URL_LAMBDA: other.lambda.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: other.secretsManager.url,
      },
      options: ["--secret-id", "new"],
    })
    await other.close()
    expect(said).toBe(
      `The deployed functions do not accept ${redirectUri()}, because their allowedRedirectUris lacks it: deploy what ` +
        "deployment.yml says now: npm run deploy -- --stage local\n",
    )
  })

  it("that the functions are older, of another environment, or without a client secret", async () => {
    const older = { ...well.secret, client_id: undefined }
    expect(await withHealth({ ...well, secret: older })).toBe(
      "The deployed functions are older than this command: their health does not tell the client id. Deploy this version: " +
        "npm run deploy -- --stage local\n",
    )
    expect(await withHealth({ ...well, environment: "online" })).toContain(
      "The deployed functions are of online, but deployment.yml means sod",
    )
    const secret = {
      ...older,
      client_id: null,
      error: "configuration_invalid",
      problem: "the secret has no value",
    }
    expect(await withHealth({ ...well, status: "degraded", secret })).toBe(
      "The deployed functions cannot use the client secret (configuration_invalid: the secret has no value). To see more: " +
        "npm run secret -- status --stage local\n",
    )
  })

  it("that the port is busy, and names --port", async () => {
    const other = createServer()
    await listenOnLoopback(other, port)
    expect(await refused({})).toContain(
      `Port ${port} of 127.0.0.1 is already in use: end the program that has it, or pass --port`,
    )
    await closeServer(other)
  })

  it("that the provider of LOCAL_PROVIDER_URL is not for a real Secrets Manager", async () => {
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: undefined, LOCAL_PROVIDER_URL: provider.url }
    expect(await refused({ env })).toContain(
      "a real secret never goes to a local provider. Unset LOCAL_PROVIDER_URL",
    )
  })
})
