import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { dirname } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { startFunction, type FunctionOptions, type LocalFunction } from "../../local/lambda.ts"
import { withoutOwnVariables } from "../support/windows.ts"

const fixture = (file: string) => fileURLToPath(new URL(`../fixtures/lambda/${file}`, import.meta.url))

function start(options: Partial<FunctionOptions> = {}): LocalFunction {
  const local = startFunction({ name: "probe", bundle: fixture("probe.cjs"), env: {}, ...options })
  onTestFinished(() => local.close())
  return local
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("a local function", () => {
  it("gets the event and gives back its result, whatever the letters, and is told what it is called by", async () => {
    const event = { text: "Æøå 🔑 \u2028", nested: [1, null, { a: true }] }
    const local = start()
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/) as string
    const payload = { event, calls: 1 }
    expect(await local.invoke(event)).toMatchObject({ payload, functionError: undefined, requestId })
    expect(await local.invoke(undefined)).toMatchObject({ payload: { event: {}, calls: 2, pid: local.pid } })
  })

  it("gives calls at the same time environments of their own", async () => {
    const local = start()
    const results = await Promise.all([local.invoke({}), local.invoke({})])
    expect(results.map(({ payload }) => payload)).toMatchObject([{ calls: 1 }, { calls: 1 }])
  })

  it("hands out the lines that its process writes, and null where the handler returns nothing", async () => {
    const lines: string[] = []
    const result = await start({ onLog: (line) => lines.push(line) }).invoke({ do: "log" })
    expect(result).toMatchObject({ payload: null })
    await expect.poll(() => lines).toContain("to stderr")
    expect(lines.join("\n")).toMatch(/\tINFO\tto stdout/)
  })

  it("sees Lambda's variables, its own and PATH, a context, and nothing else of this process", async () => {
    vi.stubEnv("OF_THE_PARENT", "secret")
    const env = { OWN: "1", AWS_REGION: "eu-north-1" }
    const { payload, requestId } = await start({ env, timeoutMs: 5000 }).invoke({ do: "describe" })
    vi.unstubAllEnvs()
    type Described = Readonly<{ environment: NodeJS.ProcessEnv; context: { remainingMs: number } }>
    const { environment, context } = payload as Described
    const names = Object.keys(withoutOwnVariables(environment)).filter((name) => !/^(AWS|LAMBDA)_/.test(name))
    expect(names.sort()).toEqual(["LANG", "OWN", "PATH", "TZ", "_HANDLER"])
    const variables = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x", AWS_LAMBDA_FUNCTION_NAME: "probe" }
    const invokedFunctionArn = "arn:aws:lambda:eu-north-1:000000000000:function:probe"
    expect(payload).toMatchObject({
      environment: { ...env, ...variables, _HANDLER: "probe.handler" },
      context: { awsRequestId: requestId, functionName: "probe", invokedFunctionArn },
      workingFolder: dirname(fixture("probe.cjs")),
    })
    expect(Math.ceil(context.remainingMs / 1000)).toBe(5)
  })
})

describe("a local function that fails", () => {
  it("by an error that its handler throws answers that, and stays warm", async () => {
    const local = start()
    expect(await local.invoke({ do: "throw" })).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "TypeError", errorMessage: "thrown by the handler" },
    })
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 2 } })
  })

  it.each<[string, object, string, string]>([
    ["hangs", { do: "hang" }, "Sandbox.Timedout", "Task timed out after 0.30 seconds"],
    ["spins", { do: "spin" }, "Sandbox.Timedout", "Task timed out after 0.30 seconds"],
    ["exits", { do: "exit", code: 7 }, "Runtime.ExitError", "Runtime exited with error: exit status 7"],
  ])(
    "because it %s is ended and answered for, and the next call starts anew",
    async (_how, event, errorType, why) => {
      const local = start({ timeoutMs: 300 })
      const { payload, functionError, requestId } = await local.invoke(event)
      expect(functionError).toBe("Unhandled")
      expect(payload).toEqual({ errorType, errorMessage: `RequestId: ${requestId} Error: ${why}` })
      const { pid = 0 } = local
      expect(isRunning(pid)).toBe(false)
      expect(await local.invoke({})).toMatchObject({ payload: { calls: 1 } })
      expect(local.pid).not.toBe(pid)
    },
  )

  it("between two calls gets another process", async () => {
    const local = start()
    await local.invoke({})
    const { pid = 0 } = local
    // The process waits for its next event by then, and has ended before this process can hear of it.
    await setTimeout(100)
    process.kill(pid, "SIGKILL")
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 1 } })
  })

  it.each([
    ["throws while it is loaded", { bundle: fixture("init-error.cjs") }, "RangeError"],
    ["exits while it is loaded", { bundle: fixture("init-exit.cjs") }, "Runtime.ExitError"],
    ["has no bundle", { bundle: fixture("absent.cjs") }, "Runtime.ImportModuleError"],
    ["has no such handler", { handler: "absent" }, "Runtime.HandlerNotFound"],
  ])("because it %s is answered for, every time", async (_what, options, errorType) => {
    const local = start(options)
    for (const result of [await local.invoke({}), await local.invoke({})])
      expect(result).toMatchObject({ functionError: "Unhandled", payload: { errorType } })
  })
})

describe("a local function that ends", () => {
  it("ends its processes, busy ones too, and takes no more calls", async () => {
    const local = start()
    await local.invoke({})
    const busy = local.invoke({ do: "hang" })
    const { pid = 0 } = local
    await local.close()
    expect(isRunning(pid)).toBe(false)
    expect(await busy).toMatchObject({ payload: { errorType: "Runtime.ExitError" } })
    await expect(local.invoke({})).rejects.toThrow("function probe is closed")
  })

  it.each(["idle", "busy"])("because this process is killed leaves no %s process behind", async (state) => {
    // A connection shows the end of a process also where nobody reaps orphans, so that their ids stay taken.
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const connected = once(server, "connection")
    const { port } = server.address() as AddressInfo
    const args = ["--import", "tsx", fixture("parent.mjs"), String(port), state]
    const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
    const [socket] = (await connected) as [Socket]
    await once(parent.stdout, "data")
    parent.kill("SIGKILL")
    socket.on("error", () => undefined)
    await once(socket.resume(), "close")
    server.close()
  })
})
