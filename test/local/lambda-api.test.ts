import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { startLambdaApi, type LocalLambdaApi } from "../../local/lambda-api.ts"
import type { LambdaResult } from "../../local/lambda.ts"

const arn = "arn:aws:lambda:eu-west-1:000000000000:function:echo"
const credentials = randomCredentials()

let events: unknown[]
let api: LocalLambdaApi
let client: LambdaClient

beforeEach(async () => {
  events = []
  const failure = { errorType: "Error", errorMessage: "It failed." }
  const functions = {
    echo: {
      invoke(event: unknown): Promise<LambdaResult> {
        events.push(event)
        return Promise.resolve({ payload: event, functionError: undefined, requestId: "the request id" })
      },
    },
    failing: {
      invoke: () =>
        Promise.resolve({ payload: failure, functionError: "Unhandled" as const, requestId: "1" }),
    },
    broken: { invoke: () => Promise.reject(new Error("closed")) },
  }
  api = await startLambdaApi({ functions, credentials })
  const { region } = credentials
  client = new LambdaClient({ endpoint: api.url, region, credentials, maxAttempts: 1 })
})

afterEach(async () => {
  client.destroy()
  await api.close()
})

describe("the local API of Lambda", () => {
  it("hands the payload to the function and its result back, unchanged", async () => {
    const fields = { tenant: "Cust12020", text: "blåbær \u{1f98a}", nested: [{ a: null }, 1.5] }
    const output = await invoke({ Payload: JSON.stringify(fields) })
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", payload: fields })
    expect(output).not.toHaveProperty("FunctionError")
    expect(output.$metadata.requestId).toBe("the request id")
    expect(events).toEqual([fields])
  })

  it.each<[string, Partial<InvokeCommandInput>]>([
    ["its name and version", { FunctionName: "echo:$LATEST" }],
    ["its ARN", { FunctionName: arn }],
    ["its ARN and an alias", { FunctionName: `${arn}:live` }],
    ["a part of its ARN", { FunctionName: "000000000000:function:echo" }],
    ["its name, with an alias beside it", { Qualifier: "live" }],
  ])("finds a function by %s, and gives it an empty object without a payload", async (_form, input) => {
    expect(await invoke(input)).toMatchObject({ StatusCode: 200, payload: {} })
    expect(events).toEqual([{}])
  })

  it("answers an event before anybody knows what comes of it, and invokes nothing in a dry run", async () => {
    const output = await invoke({ InvocationType: "Event", Payload: '{"a":1}' })
    expect(output).toMatchObject({ StatusCode: 202, payload: undefined })
    const broken = await invoke({ FunctionName: "broken", InvocationType: "Event" })
    expect(broken).toMatchObject({ StatusCode: 202 })
    expect(await invoke({ InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 })
    expect(events).toEqual([{ a: 1 }])
  })

  it("answers 200 for a function that failed, and says so in a header of its own", async () => {
    const payload = { errorType: "Error", errorMessage: "It failed." }
    const output = await invoke({ FunctionName: "failing" })
    expect(output).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", payload })
  })

  it.each<[string, Partial<InvokeCommandInput>, string, number]>([
    ["an unknown function", { FunctionName: "missing" }, "ResourceNotFoundException", 404],
    ["a name of every object", { FunctionName: "constructor" }, "ResourceNotFoundException", 404],
    ["a payload that is not JSON", { Payload: "{" }, "InvalidRequestContentException", 400],
    ["an unknown type", { InvocationType: "Later" as "Event" }, "InvalidParameterValueException", 400],
    ["a function that cannot be run", { FunctionName: "broken" }, "ServiceException", 500],
  ])("refuses %s with the error that the SDK knows", async (_what, input, name, httpStatusCode) => {
    await expect(invoke(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
  })

  it("knows no other operation", async () => {
    const listed = client.send(new ListFunctionsCommand())
    await expect(listed).rejects.toMatchObject({ name: "UnknownOperationException" })
  })
})

async function invoke(input: Partial<InvokeCommandInput>) {
  const { Payload, ...output } = await client.send(new InvokeCommand({ FunctionName: "echo", ...input }))
  const body = Payload?.transformToString() ?? ""
  return { ...output, payload: body === "" ? undefined : (JSON.parse(body) as unknown) }
}
