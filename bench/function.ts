import { fork } from "node:child_process"
import { benchFolder } from "./rows.ts"
import type { Invocation, InvocationAnswer } from "./runners/function.ts"

/** A bundle's handler in a process of its own. */
export interface FunctionProcess {
  readonly invoke: (event: object) => Promise<unknown>
  readonly close: () => void
}

export interface FunctionOptions {
  readonly bundle: string
  /** Path of the Node that runs it. */
  readonly node: string
  readonly env: Readonly<Record<string, string>>
}

export function startFunction({ bundle, node, env }: FunctionOptions): FunctionProcess {
  const child = fork(`${benchFolder}runners/function.cjs`, [bundle], {
    execPath: node,
    execArgv: [],
    env: { ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const waiting = new Map<number, (result: unknown) => void>()
  let invocations = 0
  child.on("message", ({ id, result }: InvocationAnswer) => {
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  return {
    invoke: (event) =>
      new Promise((resolve) => {
        const id = (invocations += 1)
        waiting.set(id, resolve)
        child.send({ id, event } satisfies Invocation)
      }),
    close: () => child.kill(),
  }
}
