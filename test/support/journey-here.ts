import { onTestFinished, vi } from "vitest"
import { functionHere, type FunctionHere } from "./function-here.ts"
import { startJourney, type Journey } from "./journey.ts"

/** A journey whose functions run within this process, so that a test sets their clock. */
export interface JourneyHere extends Journey {
  /**
   * For the functions and everything that they call, so many seconds pass at once. In all less than five minutes, because beyond
   * that the AWS SDK believes the real time in the answers.
   */
  pass(seconds: number): void
  /** The next call of the function is a cold start. */
  restart(name: string): void
}

export async function startJourneyHere(
  options: Omit<Parameters<typeof startJourney>[0] & object, "startFunction"> = {},
): Promise<JourneyHere> {
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
  })
  const functions = new Map<string, FunctionHere>()
  const journey = await startJourney({
    ...options,
    startFunction: (one) => {
      const made = functionHere(one)
      functions.set(one.name, made)
      return made
    },
  })
  return {
    ...journey,
    pass: (seconds) => {
      vi.setSystemTime(Date.now() + seconds * 1_000)
    },
    restart: (name) => {
      functions.get(name)?.forget()
    },
  }
}
