import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { expect, it, onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { shellOf } from "../../local/shell.ts"

const main = fileURLToPath(new URL("../../local/main.ts", import.meta.url))

async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", main, "--no-build", ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const said = { stdout: "", stderr: "" }
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => (said[stream] += text))
  const [exitCode] = (await once(child, "close")) as [number | null]
  return { exitCode, ...said }
}

/** Listens on a port, until the test ends, where the port below it is free. */
async function occupyPort(): Promise<number> {
  const server = createServer()
  onTestFinished(() => closeServer(server))
  const port = Number(new URL(await listenOnLoopback(server)).port)
  const below = createServer().listen(port - 1, "127.0.0.1")
  const isFree = await once(below, "listening").then(
    () => true,
    () => false,
  )
  if (!isFree) return await occupyPort()
  await closeServer(below)
  return port
}

it.each([
  ["API", 0],
  ["example page", -1],
])(
  "npm start names the option for another port before the tour when the port of the %s is busy",
  { timeout: 30_000 },
  async (_what, offset) => {
    const port = await occupyPort()
    const { exitCode, stdout, stderr } = await start(["--port", String(port + offset)])
    expect(stderr).toContain(
      `port ${port} of 127.0.0.1 is already in use: ${shellOf().npm} start -- --port PORT`,
    )
    expect(stdout).toBe("")
    expect(exitCode).toBe(1)
  },
)

it(
  "npm start -- --once takes the tour though the environment names a proxy, and tells what others need",
  { timeout: 60_000 },
  async () => {
    const proxy = { HTTP_PROXY: "http://127.0.0.1:9", NODE_USE_ENV_PROXY: "1", no_proxy: "", NO_PROXY: "" }
    const { exitCode, stdout, stderr } = await start(["--once", "--delivery", "sealed"], proxy)
    expect(stdout).toContain(
      "HTTP_PROXY is set, so curl and others would send requests for this stack to the proxy.",
    )
    expect(stdout, stderr).toContain("8 of 8 steps succeeded.")
    expect(exitCode).toBe(0)
  },
)
