import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda"
import { afterEach, beforeEach, expect, it } from "vitest"
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
  const echo = {
    invoke: (event: unknown): Promise<LambdaResult> => {
      events.push(event)
      return Promise.resolve({ payload: event, functionError: undefined, requestId: "the request id" })
    },
  }
  const failing = {
    invoke: (): Promise<LambdaResult> => {
      const payload = { errorType: "Error", errorMessage: "It failed." }
      return Promise.resolve({ payload, functionError: "Unhandled", requestId: "another" })
    },
  }
  const broken = { invoke: (): Promise<LambdaResult> => Promise.reject(new Error("closed")) }
  api = await startLambdaApi({ functions: { echo, failing, broken }, credentials })
  client = new LambdaClient({
    endpoint: api.url,
    region: credentials.region,
    credentials,
    maxAttempts: 1,
  })
})

afterEach(async () => {
  client.destroy()
  await api.close()
})

it("hands the payload to the function and its result back, unchanged", async () => {
  const fields = { tenant: "Cust12020", text: "blåbær \u{1f98a}", nested: [{ a: null }, 1.5] }
  const output = await invoke({ Payload: JSON.stringify(fields) })
  expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", payload: fields })
  expect(output).not.toHaveProperty("FunctionError")
  expect(output.$metadata.requestId).toBe("the request id")
  expect(events).toEqual([fields])
})

it.each([
  ["its name", "echo"],
  ["its name and version", "echo:$LATEST"],
  ["its ARN", arn],
  ["its ARN and an alias", `${arn}:live`],
  ["a part of its ARN", "000000000000:function:echo"],
])("finds a function by %s", async (_form, FunctionName) => {
  expect(await invoke({ FunctionName, Payload: "{}" })).toMatchObject({ StatusCode: 200, payload: {} })
})

it("finds a function whose version is asked for in the query", async () => {
  expect(await invoke({ Qualifier: "live" })).toMatchObject({ StatusCode: 200 })
})

it("gives a function that is invoked without a payload an empty object", async () => {
  await invoke({})
  expect(events).toEqual([{}])
})

it("answers an event before anybody knows what comes of it", async () => {
  const output = await invoke({ InvocationType: "Event", Payload: '{"a":1}' })
  expect(output).toMatchObject({ StatusCode: 202, payload: undefined })
  expect(events).toEqual([{ a: 1 }])
  expect(await invoke({ FunctionName: "broken", InvocationType: "Event" })).toMatchObject({ StatusCode: 202 })
})

it("invokes nothing in a dry run", async () => {
  expect(await invoke({ InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 })
  expect(events).toEqual([])
})

it("answers 200 for a function that failed, and says so in a header of its own", async () => {
  expect(await invoke({ FunctionName: "failing" })).toMatchObject({
    StatusCode: 200,
    FunctionError: "Unhandled",
    payload: { errorType: "Error", errorMessage: "It failed." },
  })
})

it.each<[string, Partial<InvokeCommandInput>, string, number]>([
  ["an unknown function", { FunctionName: "missing" }, "ResourceNotFoundException", 404],
  ["a name of every object", { FunctionName: "constructor" }, "ResourceNotFoundException", 404],
  ["a payload that is not JSON", { Payload: "{" }, "InvalidRequestContentException", 400],
  ["an unknown type", { InvocationType: "Later" as "Event" }, "InvalidParameterValueException", 400],
  ["a function that cannot be run", { FunctionName: "broken" }, "ServiceException", 500],
])("refuses %s with the error that the SDK knows", async (_what, input, name, status) => {
  const error: unknown = await invoke(input).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } })
})

it("knows no other operation", async () => {
  await expect(client.send(new ListFunctionsCommand())).rejects.toMatchObject({
    name: "UnknownOperationException",
  })
})

async function invoke(input: Partial<InvokeCommandInput>) {
  const { Payload, ...output } = await client.send(new InvokeCommand({ FunctionName: "echo", ...input }))
  const body = Payload?.transformToString() ?? ""
  return { ...output, payload: body === "" ? undefined : (JSON.parse(body) as unknown) }
}
