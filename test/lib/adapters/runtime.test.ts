import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { lambdaRuntime } from "../../../lib/adapters/runtime.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { awsVariables, startAwsEndpoint, type AwsEndpoint } from "../../support/aws-endpoint.ts"
import { clientId, createSigningKey } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"
import { http, startScriptedServer, type ScriptedServer } from "../../support/scripted-server.ts"

const key = createSigningKey()
let aws: AwsEndpoint
let superOffice: ScriptedServer
/** How many requests SuperOffice does not answer before it does. */
let unanswered = 0
const unhandled: unknown[] = []
const noteUnhandled = (reason: unknown) => unhandled.push(reason)

beforeEach(async () => {
  unanswered = 0
  aws = await startAwsEndpoint()
  superOffice = await startScriptedServer({
    onRequest: (socket, _request, index) => {
      if (index < unanswered) socket.destroy()
      else socket.write(http(200, JSON.stringify({ keys: [key.jwk] })))
    },
  })
  for (const [name, value] of Object.entries(awsVariables(aws))) vi.stubEnv(name, value)
  process.on("unhandledRejection", noteUnhandled)
})

afterEach(async () => {
  process.off("unhandledRejection", noteUnhandled)
  unhandled.length = 0
  vi.unstubAllEnvs()
  await Promise.all([aws.close(), superOffice.close()])
})

function connect() {
  return lambdaRuntime.connect(
    completeConfig({ ...awsVariables(aws), LOCAL_PROVIDER_URL: superOffice.url }),
    {
      keySet: true,
      privateKey: false,
    },
  )
}

/** Both answers to a request's first questions. */
async function read({ credentials, keySet }: ReturnType<typeof connect>): Promise<unknown> {
  const [secret, keys] = await Promise.all([
    credentials("cached", deadlineIn(5_000)),
    keySet("cached", deadlineIn(5_000)),
  ])
  return { clientId: secret.value.clientId, keys: keys.value.length, stale: [secret.stale, keys.stale] }
}

const both = { clientId, keys: 1, stale: [false, false] }

describe("connecting", () => {
  it("begins to read secret and keys at once, before anybody asks", async () => {
    connect()
    await vi.waitUntil(() => aws.calls.length === 1 && superOffice.arrivals.length === 1)
  })

  it("begins to read the private key too, for a function that needs it", async () => {
    const config = completeConfig({ PRIVATE_KEY_SECRET_ID: "superoffice/private-key" })
    lambdaRuntime.connect(config, { keySet: false, privateKey: parsePrivateKey })
    await vi.waitUntil(() => aws.calls.length === 2)
    expect(aws.calls.map(({ input }) => input)).toEqual(
      expect.arrayContaining([{ SecretId: "superoffice/sod" }, { SecretId: "superoffice/private-key" }]),
    )
  })

  it("has no private key for a function that needs none", async () => {
    const ports = connect()
    await read(ports)
    await expect(ports.privateKey("cached", deadlineIn(5_000))).rejects.toThrow("needs no private key")
    expect(aws.calls.length).toBe(1)
  })

  it("leaves the keys alone for a function that needs none", async () => {
    const config = completeConfig({ ...awsVariables(aws), LOCAL_PROVIDER_URL: superOffice.url })
    lambdaRuntime.connect(config, { keySet: false, privateKey: false })
    await vi.waitUntil(() => aws.calls.length === 1)
    expect(superOffice.connections()).toBe(0)
  })

  it("reads no more for the first request, which joins", async () => {
    expect(await read(connect())).toEqual(both)
    expect([aws.calls.length, superOffice.arrivals.length]).toEqual([1, 1])
  })

  it("survives an outage, of which the first request finds nothing when it is over", async () => {
    unanswered = 1
    aws.first.push("hangs up", "hangs up")
    const ports = connect()
    await vi.waitUntil(() => aws.calls.length === 2 && superOffice.arrivals.length === 1)
    await new Promise((twoTurns) => setImmediate(() => setImmediate(twoTurns)))
    expect(await read(ports)).toEqual(both)
    expect(unhandled).toEqual([])
  })

  it("lets a first request that joined a failing read try once more", async () => {
    unanswered = 1
    const ports = connect()
    expect((await ports.keySet("cached", deadlineIn(5_000))).value).toHaveLength(1)
    expect(superOffice.arrivals).toHaveLength(2)
  })

  it("tells the time and writes lines as the process does", () => {
    const written: unknown[] = []
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(text) > 0)
    try {
      lambdaRuntime.write('{"level":"INFO"}')
    } finally {
      write.mockRestore()
    }
    expect(written).toEqual(['{"level":"INFO"}\n'])
    expect(Math.abs(lambdaRuntime.now().getTime() - Date.now())).toBeLessThan(1_000)
  })
})
