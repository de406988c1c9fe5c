import { afterEach, beforeEach, describe, expect, it } from "vitest"
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

const next = (headers: Readonly<Record<string, string>>) =>
  fetch(`http://${api.address}/2018-06-01/runtime/invocation/next`, { headers })

describe("the local Runtime API", () => {
  it("gives an event to the process that was told the authorization, and takes its first result that is JSON", async () => {
    const outcome = run()
    const headers = { authorization: api.authorization }
    expect(await (await next(headers)).text()).toBe(event)
    expect(await post("invocation/1/response", headers, "{")).toBe(400)
    expect(await post("invocation/1/response", headers, '{"ok":true}')).toBe(202)
    expect(await outcome).toEqual({ kind: "response", payload: { ok: true } })
  })

  it.each([{}, { authorization: "Bearer guessed" }])(
    "gives no event to another process, and takes no result from it: %o",
    async (headers: Record<string, string>) => {
      void run()
      const response = await next(headers)
      expect(response.status).toBe(403)
      expect(await response.text()).toBe("")
      expect(await post("invocation/1/response", headers, "{}")).toBe(403)
    },
  )

  it("refuses another Host", async () => {
    const headers = { authorization: api.authorization, host: "evil.example" }
    expect(await post("invocation/1/response", headers, "{}")).toBe(403)
  })
})
