import type { Context } from "aws-lambda"
import { checkMethod, type HttpRequestEvent, readArrival, readFields } from "./http-event.ts"
import { httpError, httpPreflight, httpSuccess, type HttpResult } from "./http-answer.ts"
import type { Config, InvalidConfig, LogConfig } from "../config.ts"
import type { Door } from "../contract.ts"
import { answerCookies, type AnswerCookies } from "./cookies.ts"
import { type Fields, refuseClientSecret } from "./fields.ts"
import { deadlineIn, timing } from "../deadline.ts"
import { httpCaller, listedOrigin, notAllowed, type Caller } from "./caller.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid } from "../errors.ts"
import type { Invocation } from "./invocation.ts"
import { logLine } from "./log.ts"
import type { Needs, Ports, World } from "../ports.ts"
import { countRejections, type RejectionCounter } from "./rejections.ts"
import { startTrace, type Trace } from "./request-log.ts"

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
  world: World,
): Handler {
  const service: Service = {
    name: spec.name,
    doors: spec.doors,
    serve: (fields, invocation) => {
      refuseClientSecret(fields)
      return spec.run(spec.read(fields, invocation.caller, invocation.config), invocation)
    },
    world,
    ...open(config, spec.needs, world),
  }
  return async (event, context) => {
    const visit: Visit = {
      context,
      trace: startTrace(),
      cookies: answerCookies(service.ready?.config.refreshTokenDelivery ?? "cookie"),
      startedAt: performance.now(),
    }
    const arrival = readArrival(event)
    if (arrival.kind === "direct") return await answerDirect(service, arrival.fields, visit)
    return await answerHttp(service, arrival.kind === "http" ? arrival.request : undefined, visit)
  }
}

/** A function as long as its execution environment lives. Nothing here is about any one request. */
interface Service {
  readonly name: string
  readonly doors: readonly Door[]
  readonly serve: (fields: Fields, invocation: Invocation) => Promise<object>
  readonly world: World
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
interface Visit {
  readonly context: LambdaContext
  readonly trace: Trace
  readonly cookies: AnswerCookies
  readonly startedAt: number
}

function open(
  config: Config | InvalidConfig,
  needs: Needs,
  world: World,
): Pick<Service, "ready" | "problems" | "logConfig"> {
  const problems = "problems" in config ? config.problems : problemsWith(config, needs)
  if ("problems" in config || problems.length > 0) return { ready: undefined, problems, logConfig: config }
  return {
    ready: { config, ports: world.connect(config, needs), rejections: countRejections() },
    problems,
    logConfig: config,
  }
}

/** What this function needs beyond what every function does. */
function problemsWith(config: Config, needs: Needs): string[] {
  const lacksKey = needs.privateKey && config.privateKeySecretId === undefined
  return lacksKey ? ["PRIVATE_KEY_SECRET_ID is required by this function"] : []
}

async function answerDirect(service: Service, fields: Fields, visit: Visit): Promise<object> {
  try {
    const ready = readyOrThrow(service)
    const invocation = enter({ door: "direct" }, service, ready, visit)
    const body = await service.serve(fields, invocation)
    log(service, visit)
    return body
  } catch (thrown) {
    const error = asExchangeError(thrown)
    log(service, visit, error)
    // A fresh error with a fixed text: Lambda hands message and stack of what is thrown to the caller.
    if (error.code === "unexpected")
      throw new Error("Something unexpected happened; the log of this request has the cause.")
    return errorResponse(error, visit.context.awsRequestId)
  }
}

async function answerHttp(
  service: Service,
  request: HttpRequestEvent | undefined,
  visit: Visit,
): Promise<HttpResult> {
  const origin = request && service.ready && listedOrigin(request, service.ready.config)
  try {
    const ready = readyOrThrow(service)
    if (request === undefined) throw requestInvalid("The event is not one that this function knows.")
    checkMethod(request)
    if (request.method === "OPTIONS") return preflight(service.doors.includes("browser") ? origin : undefined)
    const invocation = enter(httpCaller(request, ready.config), service, ready, visit)
    const body = await service.serve(readFields(request), invocation)
    log(service, visit)
    return httpSuccess(body, origin, visit.cookies.lines)
  } catch (thrown) {
    const error = asExchangeError(thrown)
    log(service, visit, error)
    return httpError(errorResponse(error, visit.context.awsRequestId), origin, visit.cookies.lines)
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
function enter(
  caller: Caller,
  { doors }: Service,
  { config, ports, rejections }: Ready,
  { context, trace, cookies }: Visit,
): Invocation {
  trace.door = caller.door
  if (!doors.includes(caller.door)) throw notAllowed("this function does not have that door")
  const deadline = deadlineIn(context.getRemainingTimeInMillis() - timing.lambdaReserveMs)
  return { config, ports, caller, deadline, trace, cookies, rejections }
}

function log(service: Service, { context, trace, startedAt }: Visit, error?: ExchangeError): void {
  const { name, world, problems, logConfig } = service
  const outcome = {
    functionName: name,
    requestId: context.awsRequestId,
    at: world.now(),
    durationMs: performance.now() - startedAt,
    error,
    trace,
    problems,
  }
  world.write(logLine(outcome, logConfig))
}
