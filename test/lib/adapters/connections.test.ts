import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import type { Socket } from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createConnections } from "../../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { createCertificate } from "../../support/certificate.ts"
import {
  answer,
  http,
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from "../../support/scripted-server.ts"
import { lacksSignals } from "../../support/windows.ts"

const certificate = createCertificate()
const closeAfterTest: (() => unknown)[] = []

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closeAfterTest.push(() => server.close())
  return server
}

function connect() {
  const connections = createConnections()
  closeAfterTest.push(() => {
    connections.http.destroy()
    connections.https.destroy()
  })
  return connections
}

describe("an idle connection", () => {
  const start = new Date("2026-11-22T12:00:00Z")

  /** Two posts with so many milliseconds by the wall clock between them, and how many connections they took. */
  async function connectionsOfTwoPosts(idleMs: number): Promise<number> {
    const server = await serve({ onRequest: answer() })
    const superOffice = createSuperOfficeClient(connect())
    const post = () =>
      superOffice(
        { method: "POST", url: server.url, body: { type: "form", text: "a=b" }, needsBody: () => true },
        deadlineIn(5_000),
      )
    vi.useFakeTimers({ toFake: ["Date"], now: start })
    await post()
    vi.setSystemTime(start.getTime() + idleMs)
    await post()
    expect(server.arrivals).toHaveLength(2)
    return server.connections()
  }

  it("is used again within ten seconds by the wall clock", async () => {
    expect(await connectionsOfTwoPosts(10_000)).toBe(1)
  })

  it("is replaced after ten seconds by the wall clock, which goes on while an environment is frozen", async () => {
    expect(await connectionsOfTwoPosts(10_001)).toBe(2)
  })

  it("is replaced when the wall clock was set back, since its age is not known", async () => {
    expect(await connectionsOfTwoPosts(-1)).toBe(2)
  })

  it("counts from when it was last used, not from when it was made", async () => {
    const server = await serve({ onRequest: answer() })
    const superOffice = createSuperOfficeClient(connect())
    vi.useFakeTimers({ toFake: ["Date"], now: start })
    for (let i = 0; i < 4; i++) {
      vi.setSystemTime(start.getTime() + i * 8_000)
      await superOffice(
        { method: "POST", url: server.url, body: { type: "form", text: "a=b" }, needsBody: () => true },
        deadlineIn(5_000),
      )
    }
    expect(server.connections()).toBe(1)
  })
})

describe("a connection in use", () => {
  it("is left alone, however long it takes", async () => {
    let release = (): void => undefined
    const server = await serve({
      onRequest: (socket) => {
        release = () => socket.write(http(200, "{}"))
      },
    })
    const connections = connect()
    const superOffice = createSuperOfficeClient(connections)
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T12:00:00Z") })
    const slow = superOffice(
      { method: "POST", url: server.url, body: { type: "form", text: "a=b" }, needsBody: () => true },
      deadlineIn(5_000),
    )
    await vi.waitUntil(() => server.arrivals.length === 1)
    vi.setSystemTime(new Date("2026-11-22T13:00:00Z"))
    await connections.closeStale()
    release()
    expect(await slow).toMatchObject({ status: 200 })
  })
})

describe.skipIf(lacksSignals).each([
  ["http", undefined],
  ["https", certificate],
] as const)("an environment that is frozen, over %s", (_scheme, cert) => {
  it.each(["closes", "resets"])(
    "does not lose a code on a connection that the server %s meanwhile, and posts it exactly once (C07)",
    async (how) => {
      const connections: Socket[] = []
      const requests: Socket[] = []
      const server = await serve({
        ...(cert && { certificate: cert }),
        onConnection: (socket) => connections.push(socket),
        onRequest: (socket) => {
          requests.push(socket)
          socket.write(http(200, '"done"'))
        },
      })
      const child = startFrozenClient(server.url, cert?.cert)
      closeAfterTest.push(() => child.kill("SIGKILL"))
      const outcomes = createInterface(child.stdout)[Symbol.asyncIterator]()
      const nextOutcome = async () => JSON.parse((await outcomes.next()).value as string) as HttpAnswer

      expect(await nextOutcome()).toMatchObject({ status: 200 })
      child.kill("SIGSTOP")
      const [connection] = connections
      const [request] = requests
      if (how === "closes") await new Promise<void>((sent) => request?.end(sent))
      else await once(connection?.resetAndDestroy() ?? child, "close")
      await new Promise((told) => child.stdin.write("code=a-code\n", told))
      child.kill("SIGCONT")

      expect(await nextOutcome()).toEqual({ status: 200, body: '"done"' })
      expect(server.connections()).toBe(2)
      expect(server.arrivals.map((arrival) => arrival.split("\r\n\r\n")[1])).toEqual(["first", "code=a-code"])
      child.stdin.end()
      await once(child, "exit")
    },
  )
})

function startFrozenClient(url: string, ca: string | undefined): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL("../../support/frozen-client.ts", import.meta.url))
  const child = spawn(process.execPath, ["--import", "tsx", script, url, ...(ca ? [ca] : [])])
  child.stderr.pipe(process.stderr)
  return child
}
