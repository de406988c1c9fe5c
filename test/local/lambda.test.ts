import { spawn } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo, Socket } from "node:net"
import { createServer } from "node:net"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import type { FunctionOptions, LocalFunction } from "../../local/lambda.ts"
import { startFunction } from "../../local/lambda.ts"
import { withoutOwnVariables } from "../support/windows.ts"

let running: LocalFunction[] = []

afterEach(async () => {
  await Promise.all(running.map((local) => local.close()))
  running = []
})

function fixture(file: string): string {
  return fileURLToPath(new URL(`../fixtures/lambda/${file}`, import.meta.url))
}

function start(options: Partial<FunctionOptions> = {}): LocalFunction {
  const local = startFunction({ name: "probe", bundle: fixture("probe.cjs"), env: {}, ...options })
  running.push(local)
  return local
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("invoking", () => {
  it("hands over the event and gives back the result, whatever its letters", async () => {
    const event = { text: "Æøå 🔑 \u2028", nested: [1, null, { a: true }] }
    const result = await start().invoke(event)
    expect(result).toMatchObject({ payload: { event }, functionError: undefined })
    expect(result.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("keeps the process warm: module state survives from call to call", async () => {
    const local = start()
    expect(local.pid).toBeUndefined()
    await local.invoke({})
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 2, pid: local.pid } })
  })

  it("gives calls at the same time environments of their own", async () => {
    const local = start()
    const results = await Promise.all([local.invoke({}), local.invoke({})])
    expect(results.map(({ payload }) => payload)).toMatchObject([{ calls: 1 }, { calls: 1 }])
  })

  it("answers null for a handler that returns nothing, and {} arrives when no event was given", async () => {
    const local = start()
    expect(await local.invoke({ do: "log" })).toMatchObject({ payload: null })
    expect(await local.invoke(undefined)).toMatchObject({ payload: { event: {} } })
  })

  it("runs the handler it was told to", async () => {
    expect(await start({ handler: "other" }).invoke({})).toMatchObject({ payload: "the other handler" })
  })

  it("hands out the lines that the process writes", async () => {
    const lines: string[] = []
    await start({ onLog: (line) => lines.push(line) }).invoke({ do: "log" })
    await expect.poll(() => lines).toContain("to stderr")
    expect(lines.join("\n")).toMatch(/\tINFO\tto stdout/)
  })
})

describe("what the function sees", () => {
  it("has Lambda's variables, its own and PATH, and nothing else of this process", async () => {
    process.env.OF_THE_PARENT = "secret"
    const { payload } = await start({ env: { OWN: "1", AWS_REGION: "eu-north-1" }, memoryMb: 256 }).invoke({
      do: "describe",
    })
    delete process.env.OF_THE_PARENT
    const { AWS_LAMBDA_RUNTIME_API, ...environment } = (payload as { environment: NodeJS.ProcessEnv })
      .environment
    expect(AWS_LAMBDA_RUNTIME_API).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(withoutOwnVariables(environment)).toEqual({
      PATH: process.env.PATH,
      OWN: "1",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_REGION: "eu-north-1",
      AWS_DEFAULT_REGION: "eu-north-1",
      AWS_LAMBDA_FUNCTION_NAME: "probe",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/probe",
      AWS_LAMBDA_LOG_STREAM_NAME: "local",
      LAMBDA_TASK_ROOT: dirname(fixture("probe.cjs")),
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      _HANDLER: "probe.handler",
    })
  })

  it("has a context with the request id, the ARN and the time that is left", async () => {
    const { payload, requestId } = await start({ timeoutMs: 5000 }).invoke({ do: "describe" })
    expect(payload).toMatchObject({
      context: {
        awsRequestId: requestId,
        functionName: "probe",
        invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:probe",
        memoryLimitInMB: "1024",
      },
      workingFolder: dirname(fixture("probe.cjs")),
    })
    const { remainingMs } = (payload as { context: { remainingMs: number } }).context
    expect(remainingMs).toBeGreaterThan(4000)
    expect(remainingMs).toBeLessThanOrEqual(5000)
  })
})

describe("failing", () => {
  it("answers the error that a handler throws, and stays warm", async () => {
    const local = start()
    expect(await local.invoke({ do: "throw" })).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "TypeError", errorMessage: "thrown by the handler" },
    })
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 2 } })
  })

  it.each(["hang", "spin"])(
    "ends a process that overruns its time (%s), and the next call starts anew",
    async (how) => {
      const local = start({ timeoutMs: 300 })
      const { payload, functionError, requestId } = await local.invoke({ do: how })
      expect(functionError).toBe("Unhandled")
      expect(payload).toEqual({
        errorType: "Sandbox.Timedout",
        errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.30 seconds`,
      })
      const overrun = local.pid
      expect(overrun && isRunning(overrun)).toBe(false)
      expect(await local.invoke({})).toMatchObject({ payload: { calls: 1 } })
      expect(local.pid).not.toBe(overrun)
    },
  )

  it.each([
    [0, "Runtime exited without providing a reason"],
    [7, "Runtime exited with error: exit status 7"],
  ])("answers for a process that exits with %i, and the next call starts anew", async (code, reason) => {
    const local = start()
    const { payload, functionError, requestId } = await local.invoke({ do: "exit", code })
    expect(functionError).toBe("Unhandled")
    expect(payload).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${requestId} Error: ${reason}`,
    })
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 1 } })
  })

  it("replaces a process that died between two calls", async () => {
    const local = start()
    await local.invoke({})
    const { pid = 0 } = local
    process.kill(pid, "SIGKILL")
    // At once, when this process does not know it yet.
    expect(await local.invoke({})).toMatchObject({ payload: { calls: 1 } })
  })

  it("answers the error of an init that fails, every time", async () => {
    const local = start({ bundle: fixture("init-error.cjs") })
    for (const attempt of [1, 2]) {
      expect(await local.invoke({ attempt })).toMatchObject({
        functionError: "Unhandled",
        payload: { errorType: "RangeError", errorMessage: "thrown while loading" },
      })
    }
  })

  it.each([
    ["a process that exits while loading", { bundle: fixture("init-exit.cjs") }, "Runtime.ExitError"],
    ["a bundle that is not there", { bundle: fixture("absent.cjs") }, "Runtime.ImportModuleError"],
    ["a handler that is not exported", { handler: "absent" }, "Runtime.HandlerNotFound"],
    ["a Node that cannot be started", { execPath: fixture("no-node") }, "Runtime.ExitError"],
  ])("answers for %s", async (_, options, errorType) => {
    expect(await start(options).invoke({})).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType },
    })
  })
})

describe("ending", () => {
  it("ends its processes when it closes, busy ones too, and takes no more calls", async () => {
    const local = start()
    await local.invoke({})
    const busy = local.invoke({ do: "hang" })
    const { pid = 0 } = local
    await local.close()
    expect(isRunning(pid)).toBe(false)
    expect(await busy).toMatchObject({ payload: { errorType: "Runtime.ExitError" } })
    await expect(local.invoke({})).rejects.toThrow("function probe is closed")
  })

  it.each(["idle", "busy"])("leaves no %s process behind when this process is killed", async (state) => {
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
