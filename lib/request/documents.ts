import type { Config, InvalidConfig } from "../config.ts"
import { deadlineIn, timing } from "../deadline.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid } from "../errors.ts"
import type { Needs, Runtime } from "../ports.ts"
import { allowedOrigin } from "./caller.ts"
import type { RequestContext } from "./context.ts"
import type { Handler } from "./handler.ts"
import { httpDocument, httpError, httpNotFound } from "./http-answer.ts"
import { parseEvent } from "./http-event.ts"
import { logLine } from "./log.ts"
import { startRequestLog } from "./request-log.ts"

/** A function that publishes documents to everybody. */
export interface DocumentsSpec {
  readonly name: string
  readonly needs: Needs
  /** Gives the document at a path. Undefined if there is none. */
  readonly find: (path: string, context: DocumentContext) => Promise<object | undefined>
}

/** What finding a document needs. */
export type DocumentContext = Pick<RequestContext, "config" | "ports" | "deadline" | "requestLog">

/**
 * Makes the Lambda handler of a function that has no caller: `GET` by HTTP alone, from anywhere, and an answer that may be
 * cached. Every other function is made by `createHandler`.
 */
export function createDocumentsHandler(
  { name, needs, find }: DocumentsSpec,
  config: Config | InvalidConfig,
  runtime: Runtime,
): Handler {
  const problems = "problems" in config ? config.problems : []
  const environment = "problems" in config ? undefined : { config, ports: runtime.connect(config, needs) }

  return async (event, lambda) => {
    const startedAt = performance.now()
    const requestLog = startRequestLog()
    const parsed = parseEvent(event)
    const origin =
      environment && parsed.kind === "http" ? allowedOrigin(parsed.request, environment.config) : undefined
    const writeLog = (error?: ExchangeError): void => {
      const durationMs = performance.now() - startedAt
      const request = { functionName: name, requestId: lambda.awsRequestId, at: runtime.now(), durationMs }
      runtime.write(logLine({ ...request, error, requestLog, problems }, config))
    }
    try {
      if (environment === undefined)
        throw new ExchangeError("configuration_invalid", "the settings are not right")
      if (parsed.kind !== "http") throw requestInvalid("The event is not one that this function knows.")
      if (parsed.request.method !== "GET")
        throw new ExchangeError("method_not_allowed", "the method is not GET", {
          publicDescription: "The method must be GET.",
        })
      const deadline = deadlineIn(timing.documentMs)
      const document = await find(parsed.request.path, { ...environment, deadline, requestLog })
      writeLog()
      return document === undefined ? httpNotFound(origin) : httpDocument(document, origin)
    } catch (thrown) {
      const error = asExchangeError(thrown)
      writeLog(error)
      return httpError(errorResponse(error, lambda.awsRequestId), origin, undefined, "GET")
    }
  }
}
