import { readFileSync } from "node:fs"
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStacksCommand,
} from "@aws-sdk/client-cloudformation"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { startCloudFormation } from "../../local/cloudformation.ts"
import { randomCredentials } from "../../local/credentials.ts"
import { withHostName } from "../../local/loopback.ts"
import { startJourney } from "../support/journey.ts"

const credentials = randomCredentials()
const outputs = { ApiUrl: "http://localhost:8787", Odd: "<a> & b\"'" }

function clientOf(endpoint: string, key = credentials): CloudFormationClient {
  return new CloudFormationClient({ endpoint, region: key.region, credentials: key, maxAttempts: 1 })
}

async function describeStack(StackName: string, sdk: CloudFormationClient) {
  onTestFinished(() => {
    sdk.destroy()
  })
  const { Stacks: [stack] = [] } = await sdk.send(new DescribeStacksCommand({ StackName }))
  const values = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])
  return { ...stack, outputs: Object.fromEntries(values) as Record<string, string | undefined> }
}

describe("the local CloudFormation", () => {
  let client: CloudFormationClient
  beforeEach(async () => {
    const local = await startCloudFormation({ service: "a-service", outputs, credentials })
    onTestFinished(() => local.close())
    client = clientOf(local.url)
  })

  it.each(["sod", "local"])("has a stack for the stage %s, with the outputs as they are", async (stage) => {
    const StackName = `a-service-${stage}`
    const stack = await describeStack(StackName, client)
    expect(stack).toMatchObject({ StackName, StackStatus: "CREATE_COMPLETE", outputs })
    expect(stack.CreationTime).toBeInstanceOf(Date)
  })

  it.each(["a-service", "another-service-sod", "a-service-<"])("has no stack %s", async (name) => {
    await expect(describeStack(name, client)).rejects.toMatchObject({
      name: "ValidationError",
      message: `Stack with id ${name} does not exist`,
    })
  })

  it("knows no other operation", async () => {
    await expect(client.send(new ListStacksCommand())).rejects.toMatchObject({ name: "InvalidAction" })
  })
})

it("the outputs of the local stack are among those of a deployed one, and say where its API is", async () => {
  const { stack } = await startJourney()
  const sdk = clientOf(stack.cloudFormation.url, stack.credentials)
  const { outputs } = await describeStack("superoffice-token-exchange-sod", sdk)
  const deployed = ["callers", "domain"]
    .map((name) => readFileSync(new URL(`../../deploy/${name}.yml`, import.meta.url), "utf8"))
    .join("\n")
  for (const name of Object.keys(outputs)) expect(deployed).toContain(`\n  ${name}:\n`)
  expect(outputs).toMatchObject({
    ApiUrl: withHostName(stack.url, "localhost"),
    HealthFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:health",
  })
})
