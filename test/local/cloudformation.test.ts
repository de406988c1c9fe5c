import { readFileSync } from "node:fs"
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStacksCommand,
} from "@aws-sdk/client-cloudformation"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { startCloudFormation, type LocalCloudFormation } from "../../local/cloudformation.ts"
import { randomCredentials } from "../../local/credentials.ts"
import { startJourney } from "../support/journey.ts"

const credentials = randomCredentials()
const outputs = { ApiUrl: "http://localhost:8787", Odd: "<a> & b\"'" }

let cloudFormation: LocalCloudFormation
let client: CloudFormationClient

beforeEach(async () => {
  cloudFormation = await startCloudFormation({ service: "a-service", outputs, credentials })
  client = clientOf(cloudFormation.url)
})

afterEach(async () => {
  client.destroy()
  await cloudFormation.close()
})

function clientOf(endpoint: string, key = credentials): CloudFormationClient {
  return new CloudFormationClient({ endpoint, region: key.region, credentials: key, maxAttempts: 1 })
}

async function describeStack(StackName: string, sdk = client) {
  const { Stacks: [stack] = [] } = await sdk.send(new DescribeStacksCommand({ StackName }))
  const values = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])
  return { ...stack, outputs: Object.fromEntries(values) as Record<string, string | undefined> }
}

describe("the local CloudFormation", () => {
  it.each(["sod", "online", "local"])(
    "has a stack for the stage %s, with the outputs as they are",
    async (stage) => {
      const stack = await describeStack(`a-service-${stage}`)
      expect(stack).toMatchObject({
        StackName: `a-service-${stage}`,
        StackStatus: "CREATE_COMPLETE",
        outputs,
      })
      expect(stack.CreationTime).toBeInstanceOf(Date)
    },
  )

  it.each(["a-service", "another-service-sod", "a-service-a/b", "a-service-<"])(
    "has no stack %s",
    async (name) => {
      await expect(describeStack(name)).rejects.toMatchObject({
        name: "ValidationError",
        message: `Stack with id ${name} does not exist`,
      })
    },
  )

  it("knows no other operation", async () => {
    await expect(client.send(new ListStacksCommand())).rejects.toMatchObject({ name: "InvalidAction" })
  })
})

it("the outputs of the local stack are among those of a deployed one, and say where its API is", async () => {
  const { stack } = await startJourney()
  const sdk = clientOf(stack.cloudFormation.url, stack.credentials)
  const found = await describeStack("superoffice-token-exchange-sod", sdk)
  sdk.destroy()
  const deployed = ["callers", "domain"]
    .map((name) => readFileSync(new URL(`../../deploy/${name}.yml`, import.meta.url), "utf8"))
    .join("\n")
  for (const name of Object.keys(found.outputs)) expect(deployed).toContain(`\n  ${name}:\n`)
  expect(found.outputs).toMatchObject({
    ApiUrl: stack.url.replace("127.0.0.1", "localhost"),
    HealthFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:health",
    AuthenticateSystemUserFunctionArn:
      "arn:aws:lambda:eu-west-1:000000000000:function:authenticate-system-user",
  })
})
