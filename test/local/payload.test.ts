import { readFileSync } from "node:fs"
import { expect, it, onTestFinished } from "vitest"
import { readRoutes, startHttpApi } from "../../local/http-api.ts"
import { withHostName } from "../../local/loopback.ts"

/** Amazon's own sample of an event: "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0. */
const published = JSON.parse(
  readFileSync(new URL("../fixtures/lambda/http-api-event.json", import.meta.url), "utf8"),
) as Members

/** What the sample has and no route of ours can bring: the reason for each. */
const leftOut = {
  "requestContext.authentication": "no client certificates",
  "requestContext.authorizer": "a signed route has iam in the place of jwt",
  pathParameters: "every path is exact",
  stageVariables: "the stage has none",
}

type Members = Readonly<Record<string, unknown>>

it("an event of the local HTTP API has the members of Amazon's sample, each of the same shape", async () => {
  const events: Members[] = []
  const echo = {
    invoke(event: unknown) {
      events.push(event as Members)
      return Promise.resolve({ functionError: undefined, requestId: "", payload: { statusCode: 200 } })
    },
  }
  const routes = readRoutes('functions: { echo: { events: [{ httpApi: "POST /my/path" }] } }')
  const api = await startHttpApi({ routes, functions: { echo } })
  onTestFinished(() => api.close())
  await fetch(`${withHostName(api.url, "localhost")}/my/path?${String(published.rawQueryString)}`, {
    method: "POST",
    headers: {
      cookie: "cookie1; cookie2",
      header1: "value1",
      header2: "value1,value2",
      "user-agent": "agent",
    },
    body: String(published.body),
  })

  const [event = {}] = events
  const without = (value: Members, names: readonly string[]) =>
    Object.fromEntries(shapes(value).filter(([path]) => !names.some((name) => path.startsWith(name))))
  expect(without(event, ["headers."])).toEqual(without(published, ["headers.", ...Object.keys(leftOut)]))
  for (const name of ["rawPath", "rawQueryString", "cookies", "queryStringParameters", "body"])
    expect(event[name]).toEqual(published[name])
  expect(event.headers).toMatchObject(published.headers as object)
})

/** Path of each member with its shape: its type, or for text of a fixed form that form. */
function shapes(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[path, shapeOf(value)]]
  return Object.entries(value).flatMap(([name, one]) => shapes(one, path === "" ? name : `${path}.${name}`))
}

function shapeOf(value: unknown): string {
  if (typeof value !== "string") return typeof value
  if (/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/.test(value)) return "time"
  if (/^\d{12}$/.test(value)) return "account"
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) return "address"
  if (/^[A-Z]+\/\d\.\d$/.test(value)) return "protocol"
  return "text"
}
