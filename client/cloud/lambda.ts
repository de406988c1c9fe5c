import {
  failureOfConnection,
  failureOfStatus,
  readBody,
  type Delivery,
  type Failure,
  type FunctionName,
  type Transport,
} from "./transport.ts"

/** A `LambdaClient` or `Lambda` of `@aws-sdk/client-lambda`, with the caller's region, credentials and endpoint. */
export interface LambdaClientLike {
  readonly send: (command: never, options?: never) => Promise<unknown>
}

export interface LambdaOptions {
  readonly client: LambdaClientLike
  /** Name or ARN of each function that is called; a deployment's outputs list them. */
  readonly functions: Readonly<Partial<Record<FunctionName, string>>> | ((name: FunctionName) => string)
}

/**
 * By direct invocation (Lambda's `Invoke`). The caller's policy needs `lambda:InvokeFunction` on the functions.
 *
 * Each call is one attempt, whatever the client is configured to do: the SDK does not know which calls may be repeated.
 */
export function overLambda({ client, functions }: LambdaOptions): Transport {
  return {
    async call(name, request, signal) {
      const FunctionName = typeof functions === "function" ? functions(name) : functions[name]
      if (!FunctionName) return { failure: "not_found", reason: `No function is named for ${name}.` }
      // When it is first needed: who calls over HTTPS does not install it.
      const { InvokeCommand } = await import("@aws-sdk/client-lambda")
      const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) })
      command.middlewareStack.add((next) => onlyOnce(next), { step: "finalizeRequest", priority: "low" })
      try {
        return readAnswer(await (client as unknown as Sender).send(command, { abortSignal: signal }))
      } catch (error) {
        return failureOf(error instanceof OneAttempt ? error.failure : error, signal)
      }
    },
  }
}

/** What a client's `send` does with an `InvokeCommand`. */
interface Sender {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<InvokeAnswer>
}

interface InvokeAnswer {
  readonly FunctionError?: string
  readonly Payload?: { transformToString(): string }
}

/** Hides what an attempt failed with from the SDK's retry strategy, which would look through a `cause`. */
class OneAttempt extends Error {
  readonly failure: unknown

  constructor(failure: unknown) {
    super("the one attempt failed")
    this.failure = failure
  }
}

function onlyOnce<Input, Output>(next: (args: Input) => Promise<Output>): (args: Input) => Promise<Output> {
  return async (args) => {
    try {
      return await next(args)
    } catch (failure) {
      throw new OneAttempt(failure)
    }
  }
}

function readAnswer({ FunctionError, Payload }: InvokeAnswer): Delivery {
  if (FunctionError !== undefined) {
    return { failure: "function_failed", reason: "The function failed; its log says why." }
  }
  return readBody(Payload?.transformToString() ?? "")
}

function failureOf(error: unknown, signal: AbortSignal): Failure {
  const { name, $metadata, retryAfterSeconds } = error as {
    readonly name?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly retryAfterSeconds?: unknown
  }
  const status = $metadata?.httpStatusCode
  if (signal.aborted) return failureOfConnection(signal)
  // Or an answer began, and did not come to its end.
  if (status === undefined || status < 400) {
    // The SDK did not even ask: it has no credentials or no region, for instance.
    if (name === "CredentialsProviderError") {
      return { failure: "not_permitted", reason: "The client has no credentials." }
    }
    return failureOfConnection(signal)
  }
  const wait = Number(retryAfterSeconds)
  return {
    ...failureOfStatus(status, typeof name === "string" && /^\w{1,64}$/.test(name) ? ` ${name}` : ""),
    ...(wait > 0 && { retryAfterSeconds: wait }),
  }
}
