import {
  CloudFormation,
  CloudFormationServiceException,
  type Stack,
  type StackEvent,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation"
import { serviceName } from "../deployment/settings.ts"
import { explainAws } from "./aws.ts"

/** The CloudFormation stack of one stage, read only: the framework writes it. */
export interface StackReader {
  readonly name: string
  /** Undefined when there is none. */
  describe(): Promise<Stack | undefined>
  resources(): Promise<StackResourceSummary[]>
  /** The newest events first, back to this time. */
  eventsSince(time: Date): Promise<StackEvent[]>
}

/** Region and credentials follow the AWS SDK's own rules. */
export function openStack(stage: string): StackReader {
  const client = new CloudFormation({})
  const name = `${serviceName}-${stage}`

  async function call<Output>(action: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send()
    } catch (error) {
      throw explainAws(error, `cloudformation:${action}`)
    }
  }

  return {
    name,
    async describe() {
      try {
        const { Stacks = [] } = await client.describeStacks({ StackName: name })
        return Stacks[0]
      } catch (error) {
        if (isMissing(error)) return undefined
        throw explainAws(error, "cloudformation:DescribeStacks")
      }
    },
    async resources() {
      const found: StackResourceSummary[] = []
      let NextToken: string | undefined
      do {
        const page = await call("ListStackResources", () =>
          client.listStackResources({ StackName: name, NextToken }),
        )
        found.push(...(page.StackResourceSummaries ?? []))
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      return found
    },
    async eventsSince(time) {
      const { StackEvents = [] } = await call("DescribeStackEvents", () =>
        client.describeStackEvents({ StackName: name }),
      )
      return StackEvents.filter(({ Timestamp }) => Timestamp !== undefined && Timestamp >= time)
    },
  }
}

/** CloudFormation answers a stack that does not exist with `ValidationError`. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === "ValidationError" &&
    error.message.includes("does not exist")
  )
}

/** The stack's outputs by name. */
export function outputsOf({ Outputs = [] }: Stack): ReadonlyMap<string, string> {
  return new Map(Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]))
}
