import { basename, dirname, extname } from "node:path"
import type { FunctionOptions } from "./function.ts"

/**
 * The environment variables of a function's process: Lambda's own, the function's, and PATH. It inherits nothing else
 * from this process, so that the result does not depend on a developer's shell.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime}
 */
export function functionVariables(options: FunctionOptions, runtimeApi: string): Record<string, string> {
  const { name, bundle, handler = "handler", env, memoryMb = 1024 } = options
  const region = regionOf(options)
  return {
    PATH: process.env.PATH ?? "",
    ...env,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: dirname(bundle),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: `${basename(bundle, extname(bundle))}.${handler}`,
  }
}

/** The ARN that the function is told it was invoked by. */
export function functionArn(options: FunctionOptions): string {
  return `arn:aws:lambda:${regionOf(options)}:000000000000:function:${options.name}`
}

function regionOf({ env }: FunctionOptions): string {
  return env.AWS_REGION ?? "eu-west-1"
}
