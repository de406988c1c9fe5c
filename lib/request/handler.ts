import type { Context } from "aws-lambda"
import { keepsCookies, type Config, type InvalidConfig } from "../config.ts"
import type { Door } from "../contract.ts"
import { deadlineIn, timing } from "../deadline.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid } from "../errors.ts"
import type { Needs, Runtime } from "../ports.ts"
import { allowedOrigin, callerOf, notAllowed, type Caller } from "./caller.ts"
import type { EnvironmentContext, RequestContext } from "./context.ts"
import { createAnswerCookies, type AnswerCookies } from "./cookies.ts"
import { refuseClientSecret, type Fields } from "./fields.ts"
import { httpError, httpPreflight, httpSuccess, type HttpResult } from "./http-answer.ts"
import { checkMethod, parseEvent, readFields } from "./http-event.ts"
import { logLine } from "./log.ts"
import { createRejectionCounter } from "./rejections.ts"
import { startRequestLog } from "./request-log.ts"

/** A function of this service: who may call it, how it reads its request and what it then does. */
export interface FunctionSpec<Request> {
  readonly name: string
  readonly doors: readonly Door[]
  readonly needs: Needs
  /** Reads the request from its fields. Throws `request_invalid`, or another error of the contract. */
  readonly read: (fields: Fields, caller: Caller, config: Config) => Request
  /** Gives the body of the answer. */
  readonly run: (request: Request, context: RequestContext) => Promise<object>
}

/** The function that Lambda calls. A direct caller gets the body of the answer, a gateway gets an HTTP answer. */
export type Handler = (event: unknown, context: LambdaContext) => Promise<object>

/** The part of Lambda's context that a handler uses. */
export type LambdaContext = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">

/**
 * Makes a function's Lambda handler. This is the only place where an error becomes an answer. The handler throws only for
 * an unexpected error, and then only to a direct caller.
 */
export function createHandler<Request>(
  spec: FunctionSpec<Request>,
  config: Config | InvalidConfig,
  runtime: Runtime,
): Handler {
  const problems = problemsOf(config, spec.needs)
  const environment: EnvironmentContext | undefined =
    "problems" in config || problems.length > 0
      ? undefined
      : { config, ports: runtime.connect(config, spec.needs), rejections: createRejectionCounter() }

  return async (event, lambda) => {
    const startedAt = performance.now()
    const requestLog = startRequestLog()
    const cookies = createAnswerCookies(environment?.config.refreshTokenDelivery ?? "cookie")
    const parsed = parseEvent(event)
    const origin =
      environment && parsed.kind === "http" ? allowedOrigin(parsed.request, environment.config) : undefined
    if (parsed.kind === "http") requestLog.note({ origin: parsed.request.headers.get("origin") })
    const writeLog = (error?: ExchangeError): void => {
      const durationMs = performance.now() - startedAt
      const request = {
        functionName: spec.name,
        requestId: lambda.awsRequestId,
        at: runtime.now(),
        durationMs,
      }
      runtime.write(logLine({ ...request, error, requestLog, problems }, config))
    }
    try {
      if (environment === undefined)
        throw new ExchangeError("configuration_invalid", "the settings are not right")
      if (parsed.kind === "unknown") throw requestInvalid("The event is not one that this function knows.")
      if (parsed.kind === "http") {
        checkMethod(parsed.request)
        if (parsed.request.method === "OPTIONS") return preflight(spec.doors, origin)
      }
      const caller = callerOf(parsed, environment.config)
      requestLog.note({ door: caller.door })
      clearAmbiguousCookies(caller, environment.config, cookies)
      if (!spec.doors.includes(caller.door)) throw notAllowed("this function does not have that door")
      const fields = parsed.kind === "http" ? readFields(parsed.request) : parsed.fields
      refuseClientSecret(fields)
      const request = spec.read(fields, caller, environment.config)
      const deadline = deadlineIn(lambda.getRemainingTimeInMillis() - timing.lambdaReserveMs)
      const body = await spec.run(request, { ...environment, caller, deadline, requestLog, cookies })
      writeLog()
      return parsed.kind === "direct" ? body : httpSuccess(body, origin, cookies.lines)
    } catch (thrown) {
      const error = asExchangeError(thrown)
      writeLog(error)
      const body = errorResponse(error, lambda.awsRequestId)
      if (parsed.kind !== "direct") return httpError(body, origin, cookies.lines)
      // A fresh error with a fixed text, because Lambda hands message and stack of what is thrown to the caller.
      if (error.code === "unexpected")
        throw new Error("Something unexpected happened; the log of this request has the cause.")
      return body
    }
  }
}

/** Problems of the settings, or a setting that this function needs and that is missing. */
function problemsOf(config: Config | InvalidConfig, needs: Needs): readonly string[] {
  if ("problems" in config) return config.problems
  const lacksKey = needs.privateKey !== false && config.privateKeySecretId === undefined
  return lacksKey ? ["PRIVATE_KEY_SECRET_ID is required by this function"] : []
}

/** A browser keeps both cookies of an ambiguous name until an answer clears both. Until then the user has no session. */
function clearAmbiguousCookies(caller: Caller, config: Config, cookies: AnswerCookies): void {
  if (caller.door !== "browser" || !keepsCookies(config)) return
  for (const name of caller.cookies.ambiguous) cookies.clearBothKinds(name)
}

function preflight(doors: readonly Door[], origin: string | undefined): HttpResult {
  if (origin === undefined || !doors.includes("browser"))
    throw notAllowed("the preflight is not from a page that may call this function")
  return httpPreflight(origin)
}
