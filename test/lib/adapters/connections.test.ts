import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import type { Socket } from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { makeCertificate } from "../../../harness/certificate.ts"
import { answer, http, serve, type ScriptedServer } from "../../support/scripted-server.ts"
import { connect, formPost } from "./superoffice-client.ts"
import { lacksSignals } from "../../support/windows.ts"

const start = new Date("2026-11-22T12:00:00Z")

describe("closeStale", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Posts at each of these times by the wall clock, in milliseconds. */
  async function postAt(times: readonly number[]): Promise<ScriptedServer> {
    const server = await serve({ onRequest: answer() })
    const superOffice = createSuperOfficeClient(connect())
    for (const time of times) {
      vi.useFakeTimers({ toFake: ["Date"], now: start.getTime() + time })
      expect(await superOffice(formPost(server.url), deadlineIn(5_000))).toMatchObject({ status: 200 })
    }
    return server
  }

  it.each([
    ["keeps a connection that was idle for ten seconds", [0, 10_000], 1],
    ["replaces a connection that was idle for more than ten seconds", [0, 10_001], 2],
    ["replaces a connection when the clock was set back, because its age is not known", [0, -1], 2],
    ["counts from when a connection was last used, not from when it was made", [0, 8_000, 16_000], 1],
  ])("%s", async (_what, times, expected) => {
    const server = await postAt(times)
    expect(server.connections()).toBe(expected)
    expect(server.arrivals).toHaveLength(times.length)
  })

  it("leaves a connection in use alone, however long its request takes", async () => {
    const connections = connect()
    const onRequest = (socket: Socket) => {
      vi.setSystemTime(start.getTime() + 3_600_000)
      void connections.closeStale().then(() => socket.write(http(200, "{}")))
    }
    const { url } = await serve({ onRequest })
    vi.useFakeTimers({ toFake: ["Date"], now: start })
    const sent = createSuperOfficeClient(connections)(formPost(url), deadlineIn(5_000))
    expect(await sent).toMatchObject({ status: 200 })
  })
})

describe.skipIf(lacksSignals)("an environment that was frozen", () => {
  const certificate = makeCertificate(["127.0.0.1"])
  let child: ChildProcessWithoutNullStreams
  let outcomes: AsyncIterator<string>

  beforeAll(() => {
    const script = fileURLToPath(new URL("./frozen-client.ts", import.meta.url))
    child = spawn(process.execPath, ["--import", "tsx", script, certificate.cert])
    child.stderr.pipe(process.stderr)
    outcomes = createInterface(child.stdout)[Symbol.asyncIterator]()
  })

  afterAll(async () => {
    child.stdin.end()
    await once(child, "exit")
  })

  const tell = (url: string, form: string) =>
    new Promise((told) => child.stdin.write(`${JSON.stringify({ url, form })}\n`, told))
  const outcome = async () => JSON.parse((await outcomes.next()).value as string) as unknown

  it.each([
    ["close", "http", undefined],
    ["reset", "http", undefined],
    ["close", "https", certificate],
    ["reset", "https", certificate],
  ])(
    "does not lose a code to a %s of its connection meanwhile, over %s (C07)",
    async (how, _scheme, cert) => {
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
      await tell(server.url, "first")
      expect(await outcome()).toEqual({ status: 200, body: '"done"' })
      child.kill("SIGSTOP")
      if (how === "reset") await once(connections[0]?.resetAndDestroy() ?? child, "close")
      else await new Promise<void>((sent) => requests[0]?.end(sent))
      await tell(server.url, "code=a-code")
      child.kill("SIGCONT")
      expect(await outcome()).toEqual({ status: 200, body: '"done"' })
      expect(server.connections()).toBe(2)
      expect(server.arrivals.map((arrival) => arrival.split("\r\n\r\n")[1])).toEqual(["first", "code=a-code"])
    },
  )
})
