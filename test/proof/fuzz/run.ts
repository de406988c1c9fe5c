import fc from "fast-check"
import { check, type Said } from "./check.ts"
import { events } from "./events.ts"
import { allTargets, tokenTargets } from "./target.ts"
import { systemUserAnswers, tokenAnswers } from "./tokens.ts"
import { refreshTokenText } from "../../support/front-door.ts"

export interface FuzzOptions {
  readonly runs: number
  readonly seed: number
  /** Called after each input. */
  readonly onInput?: (index: number) => void
}

/** How often each answer was given. */
export type Tally = ReadonlyMap<string, number>

/** Sends events to every function in turn. Throws with the smallest counterexample that fast-check finds. */
export async function fuzzEvents(options: FuzzOptions): Promise<Tally> {
  const targets = allTargets()
  return await fuzz(options, events, (event, index) => {
    const target = targets[index % targets.length]
    if (!target) throw new Error("there is no target")
    return target.run(event)
  })
}

/** Lets SuperOffice answer with anything, to a request for tokens or, every eighth time, for the system user. */
export async function fuzzTokens(options: FuzzOptions): Promise<Tally> {
  const [token, systemUser] = [tokenTargets.token(), tokenTargets.systemUser()]
  const refresh = { grant_type: "refresh_token", refresh_token: refreshTokenText }
  // A token of ours costs a signature, so not every answer has one.
  const includes = fc.constantFrom<readonly string[]>([], [], [], ["api_token"])
  const answers = fc.oneof(
    { weight: 7, arbitrary: fc.record({ answer: tokenAnswers, include: includes }) },
    { weight: 1, arbitrary: fc.record({ answer: systemUserAnswers }) },
  )
  return await fuzz(options, answers, ({ answer, ...fields }) =>
    "include" in fields
      ? token.run({ ...refresh, ...fields }, answer)
      : systemUser.run({ tenant: "Cust12020", system_token: "App Name-8k8Q7DmBgo" }, answer),
  )
}

async function fuzz<Input>(
  { runs, seed, onInput }: FuzzOptions,
  inputs: fc.Arbitrary<Input>,
  run: (input: Input, index: number) => Promise<Said>,
): Promise<Tally> {
  const tally = new Map<string, number>()
  let index = 0
  const property = fc.asyncProperty(inputs, async (input) => {
    const answer = check(await run(input, index))
    tally.set(answer, (tally.get(answer) ?? 0) + 1)
    index += 1
    onInput?.(index)
  })
  await fc.assert(property, { numRuns: runs, seed })
  return tally
}
