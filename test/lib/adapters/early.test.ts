import type { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, describe, expect, it, vi } from "vitest"
import { makeCertificate } from "../../../harness/certificate.ts"
import { openSecretsManager } from "../../../lib/adapters/early/secrets-manager.ts"
import { openSuperOffice } from "../../../lib/adapters/early/superoffice.ts"
import { loadConfig } from "../../../lib/config.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { completeConfig } from "../../support/context.ts"
import { answer, closedUrl, serve, type Script } from "../../support/scripted-server.ts"
import { connect, formPost } from "./superoffice-client.ts"

const certificate = makeCertificate(["127.0.0.1", "localhost"])

afterEach(() => {
  vi.useRealTimers()
})

/** A server over TLS with a connection from a client whose handshake is over, and a post of that client. */
async function openEarly(script: Script = {}, host = "127.0.0.1") {
  const server = await serve({ onRequest: answer(), ...script, certificate })
  const url = server.url.replace("127.0.0.1", host)
  const connections = connect({ ca: certificate.cert })
  connections.open(url)
  await vi.waitUntil(() => server.connections() === 1)
  const post = () => createSuperOfficeClient(connections)(formPost(url), deadlineIn(5_000))
  return { server, post, connections }
}

describe("a connection that was opened early", () => {
  it.each(["127.0.0.1", "localhost"])(
    "is taken by the first request to %s, and kept for the next",
    async (host) => {
      const { server, post } = await openEarly({}, host)
      await post()
      await post()
      expect([server.connections(), server.arrivals.length]).toEqual([1, 2])
    },
  )

  it("is made once, and taken by one request of two at once", async () => {
    const { server, post, connections } = await openEarly()
    connections.open(server.url)
    await Promise.all([post(), post()])
    expect(server.connections()).toBe(2)
  })

  it("may have carried what it broke off under, so a code is not posted again (C07)", async () => {
    const { server, post } = await openEarly({ onRequest: (socket) => void socket.destroy() })
    await expect(post()).rejects.toMatchObject({ code: "upstream_unavailable", mayHaveArrived: true })
    expect(server.arrivals).toHaveLength(1)
  })

  it("is replaced when it has died (C07)", async () => {
    const deaths = [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]
    for (const die of deaths) {
      const sockets: Socket[] = []
      const { server, post } = await openEarly({ onConnection: (socket) => sockets.push(socket) })
      sockets.forEach(die)
      await sleep(20)
      await post()
      expect([server.connections(), server.arrivals.length]).toEqual([2, 1])
    }
  })

  it.each([
    ["for more than ten seconds", 11_000],
    ["and the clock was set back", -60_000],
  ])("is replaced when it was idle %s (C07)", async (_how, ms) => {
    const closed = vi.fn()
    const { server, post } = await openEarly({ onConnection: (socket) => void socket.on("close", closed) })
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms })
    await post()
    expect(server.connections()).toBe(2)
    await vi.waitUntil(() => closed.mock.calls.length === 1)
  })

  // Without a port, the scheme's own: nothing listens on it here.
  it.each([closedUrl("https"), "https://127.0.0.1"])(
    "is not missed when it could not be made",
    async (closed) => {
      const connections = connect({ ca: certificate.cert })
      const url = await closed
      connections.open(url)
      const sent = createSuperOfficeClient(connections)(formPost(url), deadlineIn(5_000))
      await expect(sent).rejects.toMatchObject({ code: "upstream_unavailable", mayHaveArrived: false })
    },
  )

  it("is not made over plain HTTP, where there is no handshake to win", async () => {
    const server = await serve({ onRequest: answer() })
    const connections = connect()
    connections.open(server.url)
    await createSuperOfficeClient(connections)(formPost(server.url), deadlineIn(5_000))
    expect(server.connections()).toBe(1)
  })

  it.each(["https://", "https://[", ""])("is not made to %j, which a setting may say", (url) => {
    const connections = connect()
    expect(() => {
      connections.open(url)
    }).not.toThrow()
  })
})

describe("the connections that a function opens when it loads", () => {
  const config = completeConfig()

  it.each([
    [{ AWS_REGION: "eu-west-1" }, "https://secretsmanager.eu-west-1.amazonaws.com"],
    [
      { AWS_REGION: "us-gov-west-1", AWS_USE_FIPS_ENDPOINT: "true" },
      "https://secretsmanager-fips.us-gov-west-1.amazonaws.com",
    ],
    [{ AWS_REGION: "cn-north-1" }, "https://secretsmanager.cn-north-1.amazonaws.com.cn"],
    [
      { AWS_ENDPOINT_URL: "https://aws.example", AWS_ENDPOINT_URL_SECRETS_MANAGER: "" },
      "https://aws.example",
    ],
    [
      { AWS_ENDPOINT_URL: "https://aws.example", AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://sm.example" },
      "https://sm.example",
    ],
    [
      {
        AWS_ENDPOINT_URL: "https://aws.example",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
        AWS_REGION: "eu-west-1",
      },
      "https://secretsmanager.eu-west-1.amazonaws.com",
    ],
    [{}, "https://secretsmanager..amazonaws.com"],
  ])("with %j, one is to %s", (env, url) => {
    const open = vi.fn()
    openSecretsManager(config, { open }, env)
    expect(open).toHaveBeenCalledExactlyOnceWith(url)
  })

  it("one is to SuperOffice", () => {
    const open = vi.fn()
    openSuperOffice(config, { open })
    expect(open).toHaveBeenCalledExactlyOnceWith(config.endpoints.token)
  })

  it("are none when a setting is wrong", () => {
    const open = vi.fn()
    openSecretsManager(loadConfig({}), { open }, { AWS_REGION: "eu-west-1" })
    openSuperOffice(loadConfig({}), { open })
    expect(open).not.toHaveBeenCalled()
  })
})
