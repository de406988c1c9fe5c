import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { startRuntimeApi, type RuntimeApi } from "../../local/lambda/runtime-api.ts"
import { send } from "../support/signed-request.ts"

type Headers = Readonly<Record<string, string>>
const event = '{"refresh_token":"a token of a caller"}'

let api: RuntimeApi
let outcome: ReturnType<RuntimeApi["run"]>

beforeEach(async () => {
  api = await startRuntimeApi()
  const invocation = { requestId: "1", functionArn: "arn", payload: event, timeoutMs: 1000 }
  outcome = api.run({ ...invocation, onTaken: () => undefined })
})

afterEach(() => api.close())

async function nextEvent(headers: Headers) {
  const response = await fetch(`http://${api.address}/2018-06-01/runtime/invocation/next`, { headers })
  return { status: response.status, text: await response.text() }
}

async function respond(headers: Headers, body: string) {
  const url = `http://${api.address}/2018-06-01/runtime/invocation/1/response`
  return (await send(url, { host: api.address, ...headers }, body)).status
}

describe("the local Runtime API", () => {
  it("gives an event to the process that was told the authorization, and takes its first result that is JSON", async () => {
    const headers = { authorization: api.authorization }
    expect(await nextEvent(headers)).toEqual({ status: 200, text: event })
    expect(await respond(headers, "{")).toBe(400)
    expect(await respond(headers, '{"ok":true}')).toBe(202)
    expect(await outcome).toEqual({ kind: "response", payload: { ok: true } })
  })

  it.each<Headers>([{}, { authorization: "Bearer guessed" }])(
    "gives no event to another process, and takes no result from it: %o",
    async (headers) => {
      expect(await nextEvent(headers)).toEqual({ status: 403, text: "" })
      expect(await respond(headers, "{}")).toBe(403)
    },
  )

  it("refuses another Host", async () => {
    expect(await respond({ authorization: api.authorization, host: "evil.example" }, "{}")).toBe(403)
  })
})
