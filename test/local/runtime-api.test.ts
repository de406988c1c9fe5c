import { afterEach, beforeEach, expect, it } from "vitest"
import { startRuntimeApi, type RuntimeApi } from "../../local/lambda/runtime-api.ts"
import { send } from "../support/signed-request.ts"

const event = '{"refresh_token":"a token of a caller"}'

let api: RuntimeApi

beforeEach(async () => {
  api = await startRuntimeApi()
})

afterEach(() => api.close())

function run() {
  const invocation = { requestId: "1", functionArn: "arn", payload: event, timeoutMs: 1000 }
  return api.run({ ...invocation, onTaken: () => undefined })
}

async function post(path: string, headers: Readonly<Record<string, string>>, body: string) {
  const url = `http://${api.address}/2018-06-01/runtime/${path}`
  return (await send(url, { host: api.address, ...headers }, body)).status
}

it("gives an event to the process that was told the authorization, and takes its result", async () => {
  const outcome = run()
  const headers = { authorization: api.authorization }
  const response = await fetch(`http://${api.address}/2018-06-01/runtime/invocation/next`, { headers })
  expect(await response.text()).toBe(event)
  expect(await post("invocation/1/response", headers, '{"ok":true}')).toBe(202)
  expect(await outcome).toEqual({ kind: "response", payload: { ok: true } })
})

it.each([{}, { authorization: "" }, { authorization: "Bearer guessed" }])(
  "gives no event to another process, and takes no result from it: %o",
  async (headers: Record<string, string>) => {
    void run()
    const response = await fetch(`http://${api.address}/2018-06-01/runtime/invocation/next`, { headers })
    expect(response.status).toBe(403)
    expect(await response.text()).toBe("")
    expect(await post("invocation/1/response", headers, "{}")).toBe(403)
  },
)

it("refuses another Host", async () => {
  const headers = { authorization: api.authorization, host: "evil.example" }
  expect(await post("invocation/1/response", headers, "{}")).toBe(403)
})

it("answers 400 for a result that is not JSON, and still waits for the result", async () => {
  const outcome = run()
  const headers = { authorization: api.authorization }
  expect(await post("invocation/1/response", headers, "{")).toBe(400)
  expect(await post("invocation/1/response", headers, "1")).toBe(202)
  expect(await outcome).toEqual({ kind: "response", payload: 1 })
})
