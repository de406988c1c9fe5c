import { spawn } from "node:child_process"
import { dirname } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { FunctionOptions } from "./function.ts"
import type { RuntimeApi } from "./runtime-api.ts"
import { functionVariables } from "./variables.ts"

/** The process of one execution environment. */
export interface RuntimeProcess {
  readonly pid: number | undefined
  /** False once the process has ended or is being ended. */
  readonly alive: boolean
  /** Why the process has ended, in Lambda's words. */
  readonly ended: string | undefined
  /** Called with that reason when the process ends. */
  onEnd: ((reason: string) => void) | undefined
  kill(): void
  /** Resolves when the process has ended and its output has been read. */
  readonly gone: Promise<void>
}

const program = fileURLToPath(new URL("start.mjs", import.meta.url))

/** Starts AWS's Node runtime client, which loads the bundle and then asks the Runtime API for events. */
export function startProcess(
  options: FunctionOptions,
  { address, authorization }: Pick<RuntimeApi, "address" | "authorization">,
): RuntimeProcess {
  const { bundle, memoryMb = 1024, execPath = process.execPath, onLog = () => undefined } = options
  // Lambda reserves a tenth of the memory for everything but the JavaScript heap.
  const heap = `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`
  const child = spawn(execPath, [heap, program], {
    cwd: dirname(bundle),
    // The transport removes the second one before the function is loaded. Arguments could be read by other users.
    env: { ...functionVariables(options, address), LOCAL_RUNTIME_API_AUTHORIZATION: authorization },
    stdio: ["ignore", "pipe", "pipe"],
  })
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", onLog)

  let killed = false
  let ended: string | undefined
  const started: RuntimeProcess = {
    get pid() {
      return child.pid
    },
    get alive() {
      return !killed && ended === undefined
    },
    get ended() {
      return ended
    },
    onEnd: undefined,
    kill() {
      killed = true
      child.kill("SIGKILL")
    },
    gone: new Promise((resolve) =>
      child.once("close", () => {
        resolve()
      }),
    ),
  }

  function end(reason: string): void {
    ended = reason
    started.onEnd?.(reason)
  }
  child.once("exit", (code, signal) => {
    end(exitReason(code, signal))
  })
  child.once("error", (error) => {
    end(`Runtime could not start: ${error.message}`)
  })
  return started
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === 0) return "Runtime exited without providing a reason"
  return `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code ?? "unknown"}`}`
}
