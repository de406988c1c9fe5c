import { readBounded, maxAnswerBytes } from "./bounded.ts"
import {
  answerTooLong,
  failureOfConnection,
  failureOfStatus,
  isMembers,
  optionsInvalid,
  packageMissing,
  readBody,
  waitOf,
  writeBody,
  type CallFailure,
  type CallResult,
  type FunctionName,
  type Transport,
} from "./transport.ts"

/**
 * The part of a Lambda client that `overLambda` uses. A `LambdaClient` or a `Lambda` of `@aws-sdk/client-lambda` has it, and
 * so has an object written by hand for a test.
 *
 * @example
 * const client: LambdaClientLike = new LambdaClient({ region: "eu-west-1" })
 */
export interface LambdaClientLike {
  /**
   * Sends an `InvokeCommand`, and no other command. Rejects when Lambda does not return status 200.
   *
   * Declared as a method, not as a property with a function type: a `LambdaClient` accepts only the SDK's own commands,
   * and TypeScript compares the parameters of methods both ways. The SDK's types cannot stand here, because callers over
   * HTTPS do not have that package.
   *
   * @example
   * const crashing: LambdaClientLike = { send: async () => ({ FunctionError: "Unhandled" }) }
   * const tokens = createClient(overLambda({ client: crashing, functions: (name) => name }))
   */
  send(command: InvokeCommandLike, options: { readonly abortSignal: AbortSignal }): Promise<InvokeOutputLike>
}

/**
 * The part of an `InvokeCommand` that a hand-written client needs.
 *
 * @example
 * const command: InvokeCommandLike = { input: { FunctionName: "health", Payload: "{}" } }
 */
export interface InvokeCommandLike {
  readonly input: {
    /** Name or ARN of the function. */
    readonly FunctionName: string | undefined
    /** The request, as a JSON text. */
    readonly Payload?: string | object | undefined
  }
}

/**
 * The part of Lambda's response to `Invoke` that `overLambda` reads.
 *
 * @example
 * const output: InvokeOutputLike = { Payload: new TextEncoder().encode('{"status":"ok"}') }
 */
export interface InvokeOutputLike {
  /** Present if the function failed instead of returning a result. */
  readonly FunctionError?: string | undefined
  /** The function's result: a JSON text in UTF-8. */
  readonly Payload?: Uint8Array | undefined
}

/**
 * Options of `overLambda`.
 *
 * @example
 * const options: LambdaOptions = {
 *   client: new LambdaClient(),
 *   functions: { "exchange-code": process.env.EXCHANGE_CODE_ARN ?? "" },
 * }
 */
export interface LambdaOptions {
  /** Its region, credentials and endpoint are used as they are. Its retries are not used. */
  readonly client: LambdaClientLike
  /** Name or ARN of each function that is called, or a function that returns it. The deployment's outputs list the ARNs. */
  readonly functions: Readonly<Partial<Record<FunctionName, string>>> | ((name: FunctionName) => string)
}

/**
 * Calls the functions by direct invocation (Lambda's `Invoke`). Needs `@aws-sdk/client-lambda` to be installed. The caller's
 * policy must allow `lambda:InvokeFunction` on the functions.
 *
 * Each call is a single attempt, even if the Lambda client is configured to retry, because the SDK does not know that an
 * authorization code can be sent only once. At most 1 MiB of an answer is read.
 *
 * @example
 * const functions = { "exchange-code": process.env.EXCHANGE_CODE_ARN ?? "" }
 * const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
 */
export function overLambda(options: LambdaOptions): Transport {
  return {
    async call(name, request, signal) {
      try {
        return await invoke(options, name, request, signal)
      } catch {
        // Every step has a guard of its own, so only a getter of the caller's options can throw here.
        return optionsInvalid("The options of overLambda cannot be read.")
      }
    },
  }
}

async function invoke(
  options: Partial<LambdaOptions> | undefined,
  name: FunctionName,
  request: object,
  signal: AbortSignal,
): Promise<CallResult> {
  const { client, functions } = options ?? {}
  if (typeof client?.send !== "function") return optionsInvalid('"client" must be a Lambda client.')
  const FunctionName = functionOf(functions, name)
  if (typeof FunctionName !== "string") return FunctionName
  const body = writeBody(request)
  if ("failure" in body) return body
  // Imported here, because callers over HTTPS do not install it.
  const module = await import("@aws-sdk/client-lambda").catch(() => undefined)
  if (module === undefined) return packageMissing("@aws-sdk/client-lambda")
  const progress: Progress = { isOfSdk: false, isSent: false }
  try {
    const command = new module.InvokeCommand({ FunctionName, Payload: body.text })
    const { middlewareStack: steps } = command
    steps.add((next) => noting(progress, "isOfSdk", next), { step: "initialize" })
    steps.add((next) => withoutRetry(next), { step: "finalizeRequest", priority: "low" })
    steps.add((next) => withBound(noting(progress, "isSent", next)), { step: "deserialize", priority: "low" })
    return readOutput(await client.send(command, { abortSignal: signal }))
  } catch (error) {
    return failureOf(error instanceof FinalError ? error.reason : error, progress, signal)
  }
}

function functionOf(
  functions: Partial<LambdaOptions>["functions"],
  name: FunctionName,
): string | CallFailure {
  if (functions === undefined) return optionsInvalid('"functions" must name the functions that are called.')
  let found: unknown
  try {
    found = typeof functions === "function" ? functions(name) : functions[name]
  } catch {
    return optionsInvalid(`"functions" threw an error for ${name}.`)
  }
  if (found === undefined || found === "") {
    return { failure: "not_found", reason: `"functions" has no name or ARN for ${name}.` }
  }
  return typeof found === "string" ? found : optionsInvalid(`"functions" has no string for ${name}.`)
}

/** How far a command got. A client that is written by hand runs no middleware, so `isOfSdk` stays false. */
interface Progress {
  isOfSdk: boolean
  isSent: boolean
}

type Step<Input, Output> = (args: Input) => Promise<Output>

function noting<Input, Output>(
  progress: Progress,
  what: keyof Progress,
  next: Step<Input, Output>,
): Step<Input, Output> {
  return async (args) => {
    progress[what] = true
    return await next(args)
  }
}

/** Reads the response before the SDK does, which would read all of it. */
function withBound<Input, Output extends { readonly response: unknown }>(
  next: Step<Input, Output>,
): Step<Input, Output> {
  return async (args) => {
    const output = await next(args)
    const response = output.response as { statusCode?: number; body?: unknown } | undefined
    if (!response || !isStream(response.body)) return output
    const bytes = await readBounded(response.body)
    if (bytes === undefined && (response.statusCode ?? 0) < 300) throw new AnswerTooLong()
    // The status and the headers of an error suffice.
    response.body = bytes ?? new Uint8Array()
    return output
  }
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body
}

class AnswerTooLong extends Error {}

/** Hides the error of an attempt from the SDK's retry strategy. The strategy would also examine a `cause`. */
class FinalError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super("The call failed and must not be repeated.")
    this.reason = reason
  }
}

function withoutRetry<Input, Output>(next: Step<Input, Output>): Step<Input, Output> {
  return async (args) => {
    try {
      return await next(args)
    } catch (error) {
      throw new FinalError(error)
    }
  }
}

/** The declared types can be wrong, because a client that is written by hand can return anything. */
function readOutput(output: unknown): CallResult {
  const { FunctionError, Payload } = isMembers(output) ? output : {}
  if (FunctionError !== undefined) {
    return { failure: "function_failed", reason: "The function failed. Its log contains the reason." }
  }
  // Not `instanceof`, because test runners have a Uint8Array of their own.
  if (!ArrayBuffer.isView(Payload)) {
    return { failure: "answer_unreadable", reason: "The answer has no payload." }
  }
  const { buffer, byteOffset, byteLength } = Payload
  return readBody(byteLength > maxAnswerBytes ? undefined : new Uint8Array(buffer, byteOffset, byteLength))
}

function failureOf(error: unknown, { isOfSdk, isSent }: Progress, signal: AbortSignal): CallFailure {
  if (signal.aborted) return failureOfConnection(signal)
  if (error instanceof AnswerTooLong) return answerTooLong
  const { name, $metadata, retryAfterSeconds } = (error ?? {}) as {
    readonly name?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly retryAfterSeconds?: unknown
  }
  const status = $metadata?.httpStatusCode
  // A status of 2xx means that the response began but did not end.
  if (status === undefined || status < 300) {
    if (name === "CredentialsProviderError") {
      return { failure: "not_permitted", reason: "The Lambda client has no credentials." }
    }
    if (!isOfSdk || isSent) return failureOfConnection(signal)
    return optionsInvalid(
      "The Lambda client could not make the request. Check its region, credentials and endpoint.",
    )
  }
  return {
    ...failureOfStatus(status, typeof name === "string" && /^\w{1,64}$/.test(name) ? name : undefined),
    // Lambda's header as it is, despite its name.
    ...waitOf(retryAfterSeconds),
  }
}
