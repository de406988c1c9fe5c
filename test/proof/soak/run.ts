import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { SoakMessage, SoakOutcome } from "./worker.ts"

export interface SoakOptions {
  readonly requests: number
  readonly concurrency: number
  readonly onProgress?: (done: number) => void
}

/** Sends requests to the built handlers. Throws when an answer is wrong, or belongs to another request. */
export async function soak({ requests, concurrency, onProgress }: SoakOptions): Promise<SoakOutcome> {
  const standIn = start("stand-in.ts", [])
  try {
    const [url] = (await once(standIn, "message")) as [string]
    const worker = start("worker.ts", [url, String(requests), String(concurrency)])
    try {
      return await outcomeOf(worker, onProgress)
    } finally {
      worker.kill()
    }
  } finally {
    standIn.kill()
  }
}

function start(file: string, argv: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), argv, {
    execArgv: ["--import", "tsx", "--expose-gc"],
    // The functions' log goes nowhere: a million lines.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
}

function outcomeOf(worker: ChildProcess, onProgress: SoakOptions["onProgress"]): Promise<SoakOutcome> {
  return new Promise((resolve, reject) => {
    worker.once("exit", () => {
      reject(new Error("the process with the handlers ended early"))
    })
    worker.on("message", (message: SoakMessage) => {
      if ("done" in message) onProgress?.(message.done)
      else if ("failure" in message) reject(new Error(message.failure))
      else resolve(message)
    })
  })
}
