/** A function's configuration, as on Lambda. */
export interface FunctionOptions {
  readonly name: string
  /** The built file: CommonJS, ending in `.cjs`. */
  readonly bundle: string
  /** The name that the bundle exports; `handler`. */
  readonly handler?: string
  /** The function's own variables. Lambda's are added, but of this process's environment only PATH. */
  readonly env: Readonly<Record<string, string>>
  /** Default: 20 000. */
  readonly timeoutMs?: number
  /** Default: 1024, as deployed. */
  readonly memoryMb?: number
  /** The Node executable. Default: this process's own. */
  readonly execPath?: string
  /** Receives each line that the function's processes write. */
  readonly onLog?: (line: string) => void
}

/** The result of an invocation, as the Invoke API answers it. */
export interface LambdaResult {
  /** The function's result, or with `functionError` Lambda's description of the error. */
  readonly payload: unknown
  readonly functionError: "Unhandled" | undefined
  readonly requestId: string
}
