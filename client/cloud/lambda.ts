import {
  failureOfConnection,
  failureOfStatus,
  readBody,
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
 * authorization code can be sent only once.
 *
 * @example
 * const functions = { "exchange-code": process.env.EXCHANGE_CODE_ARN ?? "" }
 * const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
 */
export function overLambda({ client, functions }: LambdaOptions): Transport {
  return {
    async call(name, request, signal) {
      const FunctionName = typeof functions === "function" ? functions(name) : functions[name]
      if (!FunctionName) {
        return { failure: "not_found", reason: `"functions" has no name or ARN for ${name}.` }
      }
      // Imported here, because callers over HTTPS do not install it.
      const { InvokeCommand } = await import("@aws-sdk/client-lambda")
      const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) })
      command.middlewareStack.add((next) => withoutRetry(next), { step: "finalizeRequest", priority: "low" })
      try {
        return readOutput(await client.send(command, { abortSignal: signal }))
      } catch (error) {
        return failureOf(error instanceof FinalError ? error.reason : error, signal)
      }
    },
  }
}

/** Hides the error of an attempt from the SDK's retry strategy. The strategy would also examine a `cause`. */
class FinalError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super("The call failed and must not be repeated.")
    this.reason = reason
  }
}

function withoutRetry<Input, Output>(
  next: (args: Input) => Promise<Output>,
): (args: Input) => Promise<Output> {
  return async (args) => {
    try {
      return await next(args)
    } catch (error) {
      throw new FinalError(error)
    }
  }
}

function readOutput({ FunctionError, Payload }: InvokeOutputLike): CallResult {
  if (FunctionError !== undefined) {
    return { failure: "function_failed", reason: "The function failed. Its log contains the reason." }
  }
  return readBody(new TextDecoder().decode(Payload))
}

function failureOf(error: unknown, signal: AbortSignal): CallFailure {
  const { name, $metadata, retryAfterSeconds } = error as {
    readonly name?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly retryAfterSeconds?: unknown
  }
  const status = $metadata?.httpStatusCode
  if (signal.aborted) return failureOfConnection(signal)
  // A status below 400 means that the response began but did not end.
  if (status === undefined || status < 400) {
    // The SDK sends nothing without credentials.
    if (name === "CredentialsProviderError") {
      return { failure: "not_permitted", reason: "The Lambda client has no credentials." }
    }
    return failureOfConnection(signal)
  }
  const wait = Number(retryAfterSeconds)
  return {
    ...failureOfStatus(status, typeof name === "string" && /^\w{1,64}$/.test(name) ? name : undefined),
    ...(wait > 0 && { retryAfterSeconds: wait }),
  }
}
