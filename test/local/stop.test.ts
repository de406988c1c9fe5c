import { execFileSync, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { createServer, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import { startBuild } from "../../local/build.ts"
import { npmCommand } from "../../scripts/npm.ts"
import { lacksSignals } from "../support/windows.ts"

let npm: ChildProcess | undefined

afterEach(() => {
  // What a test has left behind is in npm's own process group.
  if (npm?.pid !== undefined && isGroupRunning(npm.pid)) process.kill(-npm.pid, "SIGKILL")
})

describe.skipIf(lacksSignals)("npm start", () => {
  it("ends everything that it started, and frees its ports, when npm gets SIGTERM", async () => {
    // It serves when it has taken the tour, which starts a process for each function.
    const { pid, ports } = await start(["--port", String(await twoFreePorts())])
    expect(ports.length).toBeGreaterThan(3)
    await expectEnd(pid, ports, () => process.kill(pid, "SIGTERM"))
  }, 60_000)

  it.each([
    ["somebody presses Ctrl-C at its terminal", "SIGINT"],
    ["its terminal closes", "SIGHUP"],
  ] as const)(
    "ends when %s",
    async (_what, signal) => {
      const { pid, ports } = await start(["--port", "0", "--environment", "sod"])
      await expectEnd(pid, ports, () => process.kill(-pid, signal))
    },
    60_000,
  )
})

async function expectEnd(pid: number, ports: readonly number[], end: () => void): Promise<void> {
  expect(await Promise.all(ports.map(isOpen))).toEqual(ports.map(() => true))
  end()
  await expect.poll(() => isGroupRunning(pid), { timeout: 10_000, interval: 100 }).toBe(false)
  expect(await Promise.all(ports.map(isOpen))).toEqual(ports.map(() => false))
}

it("a build that is closed ends, and one that is left alone makes the bundles", async () => {
  const folder = await mkdtemp(join(tmpdir(), "build-"))
  try {
    const closed = startBuild(folder)
    const outcome = expect(closed.done).rejects.toThrow("The functions could not be built.")
    await closed.close()
    await outcome
    await startBuild(folder).done
    expect(await readdir(join(folder, "functions"))).toContain("exchange-code.cjs")
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

/** Starts the stack in a process group of its own, and waits until it serves. */
async function start(
  options: readonly string[],
): Promise<{ readonly pid: number; readonly ports: readonly number[] }> {
  const [program, ...args] = npmCommand()
  let printed = ""
  npm = spawn(program, [...args, "--silent", "start", "--", "--no-build", ...options], {
    detached: true,
    stdio: "pipe",
  })
  for (const stream of [npm.stdout, npm.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (printed += text))
  }
  npm.stdin?.end("client-id\nclient-secret\n")
  const isServing = (): void => {
    expect(printed).toMatch(/refreshTokenDelivery: .*\n/)
  }
  await vi.waitFor(isServing, { timeout: 40_000, interval: 100 })
  const urls = printed.matchAll(/\/\/(?:127\.0\.0\.1|localhost):(\d+)/g)
  const ports = new Set([...urls].map(([, port]) => Number(port)))
  // The page of the developer, which is not started here.
  ports.delete(5173)
  return { pid: npm.pid ?? 0, ports: [...ports] }
}

/** The first of two ports in a row. */
async function twoFreePorts(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const port = typeof address === "object" ? (address?.port ?? 0) : 0
    const isNextOpen = await isOpen(port + 1)
    await once(server.close(), "close")
    if (!isNextOpen) return port
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Whether a process of this group runs. One that has ended may stay in the list, as a zombie. */
function isGroupRunning(group: number): boolean {
  const processes = execFileSync("ps", ["-A", "-o", "pgid=,stat="], { encoding: "utf8" }).split("\n")
  return processes.some((line) => new RegExp(`^ *${group} +[^Z]`).test(line))
}
