import { randomUUID } from "node:crypto"
import { vi } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import type { FunctionOptions, LocalFunction } from "../../local/lambda.ts"
import { createConnections } from "../../lib/adapters/connections.ts"
import { createLambdaRuntime } from "../../lib/adapters/runtime.ts"
import { loadConfig } from "../../lib/config.ts"
import type { Runtime } from "../../lib/ports.ts"
import { authenticateSystemUser } from "../../lib/operations/authenticate-system-user.ts"
import { health } from "../../lib/operations/health.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { wellKnown } from "../../lib/operations/well-known.ts"
import { createDocumentsHandler } from "../../lib/request/documents.ts"
import { createHandler, type FunctionSpec, type Handler } from "../../lib/request/handler.ts"

/** A function of this process. */
export interface FunctionHere extends LocalFunction {
  /** From now on, its next call is a cold start. */
  forget(): void
}

/**
 * Makes a function that runs within this process, on the adapters that it has in Lambda: a cold start takes no time, and Vitest
 * sets its clock. What needs a process of its own, such as a freeze, is for `startFunction`.
 */
export function functionHere({ name, env, onLog = () => undefined }: FunctionOptions): FunctionHere {
  let handler: Handler | undefined
  return {
    name,
    pid: undefined,
    async invoke(event) {
      handler ??= connect(name, env, onLog)
      const requestId = randomUUID()
      const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => 20_000 }
      const payload = asJson(await handler(asJson(event ?? {}), context))
      return { payload, functionError: undefined, requestId }
    },
    forget() {
      handler = undefined
    },
    close: () => Promise.resolve(),
  }
}

function connect(
  name: string,
  env: Readonly<Record<string, string>>,
  write: (line: string) => void,
): Handler {
  const make = handlers[name]
  if (!make) throw new Error(`there is no function ${name}`)
  // The AWS SDK reads its variables when the first secret is read.
  for (const [variable, value] of Object.entries(env)) {
    if (variable.startsWith("AWS_")) vi.stubEnv(variable, value)
  }
  return make(env, write)
}

type Make = (env: Readonly<Record<string, string>>, write: (line: string) => void) => Handler

const handlers: Readonly<Record<string, Make>> = {
  "exchange-code": handlerOf(exchangeCode),
  "refresh-token": handlerOf(refreshToken),
  token: handlerOf(token),
  "start-login": handlerOf(startLogin),
  "revoke-token": handlerOf(revokeToken),
  "authenticate-system-user": handlerOf(authenticateSystemUser),
  health: handlerOf(health(manifest.version)),
  "well-known": (env, write) => createDocumentsHandler(wellKnown, loadConfig(env), runtimeOf(write)),
}

function handlerOf<Request>(spec: FunctionSpec<Request>): Make {
  return (env, write) => createHandler(spec, loadConfig(env), runtimeOf(write))
}

function runtimeOf(write: (line: string) => void): Runtime {
  return { ...createLambdaRuntime(createConnections()), write }
}

/** What went over the wire. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
