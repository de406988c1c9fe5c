import { onTestFinished, vi } from "vitest"
import type { FunctionOptions } from "../../local/lambda.ts"
import { functionHere, type FunctionHere } from "./function-here.ts"
import { startJourney } from "./journey.ts"

/** A journey whose functions run within this process, so that a test sets their clock. */
export type JourneyHere = Awaited<ReturnType<typeof startJourneyHere>>

export async function startJourneyHere(
  options: Omit<Parameters<typeof startJourney>[0] & object, "startFunction"> = {},
) {
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
  })
  const functions = new Map<string, FunctionHere>()
  const startFunction = (one: FunctionOptions): FunctionHere => {
    const made = functionHere(one)
    functions.set(one.name, made)
    return made
  }
  return {
    ...(await startJourney({ ...options, startFunction })),
    /**
     * For the functions and everything that they call, so many seconds pass at once. In all less than five minutes, because beyond
     * that the AWS SDK believes the real time in the answers.
     */
    pass: (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000),
    /** The next call of the function is a cold start. */
    restart: (name: string) => functions.get(name)?.forget(),
  }
}
