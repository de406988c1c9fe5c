import { describe, expect, it, vi } from "vitest"
import { createLambdaRuntime } from "../../../lib/adapters/runtime.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { parseSigningKeys } from "../../../lib/credentials/signing-keys.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import type { Needs, Ports } from "../../../lib/ports.ts"
import { apiTokenEnv } from "../../support/api-token.ts"
import { awsVariables, serveAws } from "../../support/aws-endpoint.ts"
import { completeConfig } from "../../support/context.ts"
import { clientId, createSigningKey } from "../../../harness/id-tokens.ts"
import { connect as connectHere } from "./superoffice-client.ts"
import { http, serve } from "../../support/scripted-server.ts"

const key = createSigningKey()

/** AWS and SuperOffice, which does not answer its first requests, and the runtime's way to both. */
async function openWorld({ unanswered = 0, env = {} } = {}) {
  const aws = await serveAws()
  const superOffice = await serve({
    onRequest: (socket, _request, index) => {
      if (index < unanswered) socket.destroy()
      else socket.write(http(200, JSON.stringify({ keys: [key.jwk] })))
    },
  })
  const config = completeConfig({
    ...awsVariables(aws),
    LOCAL_PROVIDER_URL: superOffice.url,
    PRIVATE_KEY_SECRET_ID: "superoffice/private-key",
    ...env,
  })
  const connect = (needs: Partial<Needs> = {}) =>
    createLambdaRuntime(connectHere()).connect(config, {
      clientSecret: true,
      keySet: true,
      privateKey: false,
      signingKeys: false,
      ...needs,
    })
  return { aws, superOffice, connect }
}

/** The client id and the number of keys that a first request gets. */
async function read({ credentials, keySet }: Ports): Promise<unknown> {
  const secret = await credentials("cached", deadlineIn(5_000))
  const keys = await keySet("cached", deadlineIn(5_000))
  return [secret.value.clientId, keys.value.length]
}

describe("the runtime of Lambda", () => {
  it("reads the secret and the keys before the first request, which joins", async () => {
    const { aws, superOffice, connect } = await openWorld()
    const ports = connect()
    await vi.waitUntil(() => aws.calls.length === 1 && superOffice.arrivals.length === 1)
    expect(await read(ports)).toEqual([clientId, 1])
    expect([aws.calls.length, superOffice.arrivals.length]).toEqual([1, 1])
    await expect(ports.privateKey("cached", deadlineIn(5_000))).rejects.toThrow("needs no private key")
  })

  it("reads the private key too, and no keys, for a function that needs it so", async () => {
    const { aws, superOffice, connect } = await openWorld()
    connect({ keySet: false, privateKey: parsePrivateKey })
    await vi.waitUntil(() => aws.calls.length === 2)
    expect(aws.calls.map(({ input }) => input)).toEqual(
      expect.arrayContaining([{ SecretId: "superoffice/sod" }, { SecretId: "superoffice/private-key" }]),
    )
    expect(superOffice.connections()).toBe(0)
  })

  it("reads the signing keys too, side by side, where they are switched on and the function may need them", async () => {
    const { aws, connect } = await openWorld({ env: apiTokenEnv })
    connect({ signingKeys: parseSigningKeys })
    await vi.waitUntil(() => aws.calls.length === 2)
    expect(aws.calls.map(({ input }) => input)).toEqual(
      expect.arrayContaining([
        { SecretId: "superoffice/sod" },
        { SecretId: apiTokenEnv.API_TOKEN_KEYS_SECRET_ID },
      ]),
    )
  })

  it("reads the signing keys alone for the function that publishes them", async () => {
    const { aws, superOffice, connect } = await openWorld({ env: apiTokenEnv })
    connect({ clientSecret: false, keySet: false, signingKeys: parseSigningKeys })
    await vi.waitUntil(() => aws.calls.length === 1)
    expect(aws.calls.map(({ input }) => input)).toEqual([{ SecretId: apiTokenEnv.API_TOKEN_KEYS_SECRET_ID }])
    expect(superOffice.connections()).toBe(0)
  })

  it("reads no signing keys where they are off", async () => {
    const { aws, connect } = await openWorld()
    const { signingKeys } = connect({ clientSecret: false, keySet: false, signingKeys: parseSigningKeys })
    await expect(signingKeys("cached", deadlineIn(5_000))).rejects.toThrow("signs no tokens")
    expect(aws.calls).toEqual([])
  })

  // Vitest fails for a rejection that nobody handles.
  it("survives an outage while it starts, of which the first request finds nothing", async () => {
    const { aws, superOffice, connect } = await openWorld({ unanswered: 1 })
    aws.first.push("hangs up", "hangs up")
    const ports = connect()
    await vi.waitUntil(() => aws.calls.length === 2 && superOffice.arrivals.length === 1)
    await new Promise((twoTurns) => setImmediate(() => setImmediate(twoTurns)))
    expect(await read(ports)).toEqual([clientId, 1])
  })

  it("tells the time and writes lines as the process does", () => {
    const runtime = createLambdaRuntime(connectHere())
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true)
    runtime.write('{"level":"INFO"}')
    const written = [...write.mock.calls]
    write.mockRestore()
    expect(written).toEqual([['{"level":"INFO"}\n']])
    expect(Math.abs(runtime.now().getTime() - Date.now())).toBeLessThan(1_000)
  })
})
