import type { Context } from "aws-lambda"
import { checkMethod, type HttpRequestEvent, parseEvent, readFields } from "./http-event.ts"
import { httpError, httpPreflight, httpSuccess, type HttpResult } from "./http-answer.ts"
import type { Config, InvalidConfig, LogConfig } from "../config.ts"
import type { Door } from "../contract.ts"
import { createAnswerCookies, type AnswerCookies } from "./cookies.ts"
import { type Fields, refuseClientSecret } from "./fields.ts"
import { deadlineIn, timing } from "../deadline.ts"
import { httpCaller, allowedOrigin, notAllowed, type Caller } from "./caller.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid } from "../errors.ts"
import type { Invocation } from "./invocation.ts"
import { logLine } from "./log.ts"
import type { Needs, Ports, Runtime } from "../ports.ts"
import { createRejectionCounter, type RejectionCounter } from "./rejections.ts"
import { startRequestLog, type RequestLog } from "./request-log.ts"

/** What a function is: how its request is read and what it then does. */
export interface FunctionSpec<Request> {
  readonly name: string
  readonly doors: readonly Door[]
  readonly needs: Needs
  /** Fields to request, or `request_invalid`. */
  readonly read: (fields: Fields, caller: Caller, config: Config) => Request
  /** Request to the body of the answer. */
  readonly run: (request: Request, invocation: Invocation) => Promise<object>
}

/** What Lambda calls, with whatever was sent: a direct caller gets a body, a gateway gets an HTTP answer. */
export type Handler = (event: unknown, context: LambdaContext) => Promise<object>

export type LambdaContext = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">

/**
 * Makes a function's Lambda handler. Here is the only place where an error becomes an answer. The handler throws only for
 * what is truly unexpected, and then only to a direct caller.
 */
export function createHandler<Request>(
  spec: FunctionSpec<Request>,
  config: Config | InvalidConfig,
  runtime: Runtime,
): Handler {
  const service: Service = {
    name: spec.name,
    doors: spec.doors,
    serve: (fields, invocation) => {
      refuseClientSecret(fields)
      return spec.run(spec.read(fields, invocation.caller, invocation.config), invocation)
    },
    runtime,
    ...connectPorts(config, spec.needs, runtime),
  }
  return async (event, context) => {
    const requestContext: RequestContext = {
      context,
      requestLog: startRequestLog(),
      cookies: createAnswerCookies(service.ready?.config.refreshTokenDelivery ?? "cookie"),
      startedAt: performance.now(),
    }
    const parsed = parseEvent(event)
    if (parsed.kind === "direct") return await answerDirect(service, parsed.fields, requestContext)
    return await answerHttp(service, parsed.kind === "http" ? parsed.request : undefined, requestContext)
  }
}

/** A function as long as its execution environment lives. Nothing here is about any one request. */
interface Service {
  readonly name: string
  readonly doors: readonly Door[]
  readonly serve: (fields: Fields, invocation: Invocation) => Promise<object>
  readonly runtime: Runtime
  /** Undefined when the settings are wrong. */
  readonly ready: Ready | undefined
  readonly problems: readonly string[]
  readonly logConfig: LogConfig
}

interface Ready {
  readonly config: Config
  readonly ports: Ports
  readonly rejections: RejectionCounter
}

/** One request from arrival to answer. */
interface RequestContext {
  readonly context: LambdaContext
  readonly requestLog: RequestLog
  readonly cookies: AnswerCookies
  readonly startedAt: number
}

function connectPorts(
  config: Config | InvalidConfig,
  needs: Needs,
  runtime: Runtime,
): Pick<Service, "ready" | "problems" | "logConfig"> {
  const problems = "problems" in config ? config.problems : problemsWith(config, needs)
  if ("problems" in config || problems.length > 0) return { ready: undefined, problems, logConfig: config }
  return {
    ready: { config, ports: runtime.connect(config, needs), rejections: createRejectionCounter() },
    problems,
    logConfig: config,
  }
}

/** What this function needs beyond what every function does. */
function problemsWith(config: Config, needs: Needs): string[] {
  const lacksKey = needs.privateKey && config.privateKeySecretId === undefined
  return lacksKey ? ["PRIVATE_KEY_SECRET_ID is required by this function"] : []
}

async function answerDirect(
  service: Service,
  fields: Fields,
  requestContext: RequestContext,
): Promise<object> {
  try {
    const ready = readyOrThrow(service)
    const invocation = admit({ door: "direct" }, service, ready, requestContext)
    const body = await service.serve(fields, invocation)
    log(service, requestContext)
    return body
  } catch (thrown) {
    const error = asExchangeError(thrown)
    log(service, requestContext, error)
    // A fresh error with a fixed text: Lambda hands message and stack of what is thrown to the caller.
    if (error.code === "unexpected")
      throw new Error("Something unexpected happened; the log of this request has the cause.")
    return errorResponse(error, requestContext.context.awsRequestId)
  }
}

async function answerHttp(
  service: Service,
  request: HttpRequestEvent | undefined,
  requestContext: RequestContext,
): Promise<HttpResult> {
  const origin = request && service.ready && allowedOrigin(request, service.ready.config)
  try {
    const ready = readyOrThrow(service)
    if (request === undefined) throw requestInvalid("The event is not one that this function knows.")
    checkMethod(request)
    if (request.method === "OPTIONS") return preflight(service.doors.includes("browser") ? origin : undefined)
    const invocation = admit(httpCaller(request, ready.config), service, ready, requestContext)
    const body = await service.serve(readFields(request), invocation)
    log(service, requestContext)
    return httpSuccess(body, origin, requestContext.cookies.lines)
  } catch (thrown) {
    const error = asExchangeError(thrown)
    log(service, requestContext, error)
    return httpError(
      errorResponse(error, requestContext.context.awsRequestId),
      origin,
      requestContext.cookies.lines,
    )
  }
}

function readyOrThrow({ ready }: Service): Ready {
  if (ready === undefined) throw new ExchangeError("configuration_invalid", "the settings are not right")
  return ready
}

function preflight(origin: string | undefined): HttpResult {
  if (origin === undefined) throw notAllowed("the preflight is not from a page that may call this function")
  return httpPreflight(origin)
}

/** Lets a caller in, if the function has this door. */
function admit(
  caller: Caller,
  { doors }: Service,
  { config, ports, rejections }: Ready,
  { context, requestLog, cookies }: RequestContext,
): Invocation {
  requestLog.door = caller.door
  if (!doors.includes(caller.door)) throw notAllowed("this function does not have that door")
  const deadline = deadlineIn(context.getRemainingTimeInMillis() - timing.lambdaReserveMs)
  return { config, ports, caller, deadline, requestLog, cookies, rejections }
}

function log(
  service: Service,
  { context, requestLog, startedAt }: RequestContext,
  error?: ExchangeError,
): void {
  const { name, runtime, problems, logConfig } = service
  const outcome = {
    functionName: name,
    requestId: context.awsRequestId,
    at: runtime.now(),
    durationMs: performance.now() - startedAt,
    error,
    requestLog,
    problems,
  }
  runtime.write(logLine(outcome, logConfig))
}
