import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { fileURLToPath } from "node:url"
import { expect, vi } from "vitest"
import { npmCommand } from "../../scripts/npm.ts"
import { lacksSignals } from "../support/windows.ts"

export type NpmStart = Awaited<ReturnType<typeof npmStart>>

/** A command that starts the program itself. */
export const mainCommand = [
  ...[process.execPath, "--import", import.meta.resolve("tsx")],
  fileURLToPath(new URL("../../local/main.ts", import.meta.url)),
]

interface NpmStartOptions {
  readonly options: readonly string[]
  /** What is piped to it. */
  readonly input?: string
  /** Where it runs, so that it makes its certificate there; npm itself would run it in the repository. */
  readonly folder?: string
  /** The end of what it prints before it serves. */
  readonly until: RegExp
}

/** Runs `npm start -- --no-build` in a process group of its own, and waits until it serves. */
export async function npmStart({ options, input = "", folder, until }: NpmStartOptions) {
  const start = folder === undefined ? [...npmCommand(), "--silent", "start", "--"] : mainCommand
  const [program = "", ...args] = [...start, "--no-build", ...options]
  const npm = spawn(program, args, {
    detached: !lacksSignals,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: "pipe",
    ...(folder !== undefined && { cwd: folder }),
  })
  const group = npm.pid ?? 0
  let printed = ""
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text))
  npm.stdin.end(input)
  const sees = () => {
    expect(printed).toMatch(until)
  }
  await vi.waitFor(sees, { timeout: 50_000, interval: 100 })
  return {
    /** What it has written so far, on both streams. */
    printed: () => printed,
    /** The values that it says to set as variables, in a POSIX shell or in PowerShell. */
    variables(): Readonly<Record<string, string>> {
      const assigned = printed.matchAll(/(?: |\$env:)([A-Z_]+)(?:=| = ")([^\s";]+)/g)
      return Object.fromEntries([...assigned].map(([, name = "", value = ""]) => [name, value]))
    },
    /** The section `local` of `deployment.yml` that it prints. */
    section(): string {
      const [section = ""] = /^ {2}local:\n(?: {4}\w+: .*\n)+/m.exec(printed) ?? []
      return section.replaceAll(/^ {2}/gm, "")
    },
    /** Sends a signal to npm alone, or to every process as a terminal does, and expects that all end and free their ports. */
    async expectEnd(signal: NodeJS.Signals, to: "npm" | "every process"): Promise<void> {
      const ports = [...printed.matchAll(/\/\/(?:127\.0\.0\.1|localhost):(\d+)/g)].map(([, port]) =>
        Number(port),
      )
      const open = await openPorts([...new Set(ports)])
      expect(open.length).toBeGreaterThan(3)
      process.kill(to === "npm" ? group : -group, signal)
      await expect.poll(() => isGroupRunning(group), { timeout: 10_000, interval: 100 }).toBe(false)
      expect(await openPorts(open)).toEqual([])
    },
    /** Ends what still runs. */
    async close(): Promise<void> {
      if (npm.exitCode !== null || npm.signalCode !== null) return
      const ended = once(npm, "exit")
      if (lacksSignals) npm.kill()
      else process.kill(-group, "SIGTERM")
      await ended
    },
  }
}

async function openPorts(ports: readonly number[]): Promise<readonly number[]> {
  const open: number[] = []
  for (const port of ports) {
    const socket = connect(port, "127.0.0.1")
    const connected = once(socket, "connect").then(() => open.push(port))
    await connected.catch(() => undefined)
    socket.destroy()
  }
  return open
}

/** Whether a process of this group runs. One that has ended may stay in the list, as a zombie. */
function isGroupRunning(group: number): boolean {
  const processes = execFileSync("ps", ["-A", "-o", "pgid=,stat="], { encoding: "utf8" }).split("\n")
  return processes.some((line) => new RegExp(`^ *${group} +[^Z]`).test(line))
}
