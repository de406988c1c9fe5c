import { readFileSync } from "node:fs"
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStacksCommand,
} from "@aws-sdk/client-cloudformation"
import { expect, it, onTestFinished } from "vitest"
import { startCloudFormation } from "../../local/cloudformation.ts"
import { randomCredentials } from "../../local/credentials.ts"
import { withHostName } from "../../local/loopback.ts"
import { startJourney } from "../support/journey.ts"

function clientOf(endpoint: string, credentials: ReturnType<typeof randomCredentials>): CloudFormationClient {
  const { region } = credentials
  const client = new CloudFormationClient({ endpoint, region, credentials, maxAttempts: 1 })
  onTestFinished(() => {
    client.destroy()
  })
  return client
}

async function describeStack(StackName: string, client: CloudFormationClient) {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }))
  const values = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])
  return { ...stack, outputs: Object.fromEntries(values) as Record<string, string | undefined> }
}

it("the local CloudFormation has a stack for every stage of the service, with the outputs as they are, and nothing else", async () => {
  const credentials = randomCredentials()
  const outputs = { ApiUrl: "http://localhost:8787", Odd: "<a> & b\"'" }
  const local = await startCloudFormation({ service: "a-service", outputs, credentials })
  onTestFinished(() => local.close())
  const client = clientOf(local.url, credentials)
  for (const StackName of ["a-service-sod", "a-service-local"]) {
    const CreationTime = expect.any(Date) as Date
    const expected = { StackName, StackStatus: "CREATE_COMPLETE", CreationTime, outputs }
    expect(await describeStack(StackName, client)).toMatchObject(expected)
  }
  for (const name of ["a-service", "another-service-sod", "a-service-<"]) {
    const message = `Stack with id ${name} does not exist`
    await expect(describeStack(name, client)).rejects.toMatchObject({ name: "ValidationError", message })
  }
  await expect(client.send(new ListStacksCommand())).rejects.toMatchObject({ name: "InvalidAction" })
})

it("the outputs of the local stack are among those of a deployed one, and say where its API is", async () => {
  const { stack } = await startJourney()
  const client = clientOf(stack.cloudFormation.url, stack.credentials)
  const { outputs } = await describeStack("superoffice-token-exchange-sod", client)
  const deployed = ["callers", "domain"].map((name) =>
    readFileSync(new URL(`../../deploy/${name}.yml`, import.meta.url), "utf8"),
  )
  for (const name of Object.keys(outputs)) expect(deployed.join("\n")).toContain(`\n  ${name}:\n`)
  expect(outputs).toMatchObject({
    ApiUrl: withHostName(stack.url, "localhost"),
    HealthFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:health",
  })
})
