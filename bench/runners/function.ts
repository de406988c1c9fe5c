// A function as Lambda keeps it: a process that answers one event after another with a bundle.
import { invocationContext } from "../work.ts"

export interface Invocation {
  readonly id: number
  readonly event: object
}

export interface InvocationAnswer {
  readonly id: number
  readonly result: unknown
}

type Handler = (event: object, context: object) => Promise<unknown>

// eslint-disable-next-line @typescript-eslint/no-require-imports -- as Lambda loads a CommonJS handler
const { handler } = require(process.argv[2] ?? "") as { readonly handler: Handler }
const context = invocationContext()

process.on("disconnect", () => process.exit())
process.on("message", ({ id, event }: Invocation) => {
  void answer(event).then((result) => process.send?.({ id, result } satisfies InvocationAnswer))
})

/** A handler that throws becomes the gateway's own error. */
async function answer(event: object): Promise<unknown> {
  try {
    return await handler(event, context)
  } catch {
    return { statusCode: 500 }
  }
}
