import { expect, it, vi } from "vitest"
import machine from "../../examples/step-functions.asl.json" with { type: "json" }
import type { JsonRecord } from "../support/journey.ts"
import { lacksTools, requireTool } from "../support/tools.ts"
import { startBeside, storeSystemToken } from "./beside.ts"

it.skipIf(lacksTools)("is a state machine by the Amazon States Language", () => {
  const validate = requireTool("asl-validator") as (definition: object) => { readonly isValid: boolean }
  expect(validate(structuredClone(machine))).toMatchObject({ isValid: true, errors: [] })
  expect(validate({ ...structuredClone(machine), StartAt: "Nowhere" }).isValid).toBe(false)
})

it("the state machine ends well when the job does its work", async () => {
  await startBeside()
  expect(await run(job)).toEqual(["RunJob", "Decide", "Done"])
})

it("the state machine asks for consent when SuperOffice refuses the system user", async () => {
  storeSystemToken((await startBeside()).stack, "Withdrawn")
  expect(await run(job)).toEqual(["RunJob", "Decide", "AskForConsent"])
})

it("the state machine waits as long as it is asked, and runs the job again, while SuperOffice or a secret is away", async () => {
  const { provider } = await startBeside()
  const whileAway = async () => {
    provider.faults["system user"] = "status 503"
    const answer = await job()
    provider.faults["system user"] = undefined
    return answer
  }
  const passed = ["RunJob", "Decide", "WaitAsAsked 1", "RunJob", "Decide", "Done"]
  expect(await run(whileAway, job)).toEqual(passed)
})

it("the state machine leaves everything else to an operator, by the code and the sentence of the answer", async () => {
  await startBeside()
  vi.stubEnv("AUTHENTICATE_SYSTEM_USER_ARN", "missing")
  expect(await run(job)).toEqual(["RunJob", "Decide", "OperatorMustAct"])
  expect(machine.States.OperatorMustAct).toMatchObject({ ErrorPath: "$.job.answer.code" })
})

type Job = () => Promise<JsonRecord>

const job: Job = async () => {
  const { handler } = await import("../../examples/nightly-job.ts")
  return (await handler({ tenant: "Cust26759" })) as unknown as JsonRecord
}

/** The states that the machine passes, with the seconds of a wait; each time it runs the job the next one is taken, at last again and again. */
async function run(...jobs: readonly Job[]): Promise<string[]> {
  const states: Readonly<Record<string, State | undefined>> = machine.States
  const passed: string[] = []
  let answer: JsonRecord = {}
  for (let name: string | undefined = machine.StartAt, runs = 0; name !== undefined;) {
    const state: State | undefined = states[name]
    if (!state) throw new Error(`there is no state ${name}`)
    passed.push(state.SecondsPath ? `${name} ${String(at(state.SecondsPath, answer))}` : name)
    if (state.Type === "Task") answer = (await (jobs[runs++] ?? jobs.at(-1))?.()) ?? {}
    name = state.Type === "Choice" ? choose(state, answer) : state.Next
  }
  return passed
}

interface State {
  readonly Type: string
  readonly Next?: string
  readonly Choices?: readonly {
    readonly Variable: string
    readonly Next: string
    readonly [operator: string]: unknown
  }[]
  readonly Default?: string
  readonly SecondsPath?: string
}

/** The first rule that holds, as the three comparisons of the machine are defined. */
function choose({ Choices = [], Default }: State, answer: JsonRecord): string | undefined {
  const rule = Choices.find(({ Variable, IsPresent, BooleanEquals, StringEquals }) => {
    const value = at(Variable, answer)
    if (IsPresent !== undefined) return (value !== undefined) === IsPresent
    return value === (BooleanEquals ?? StringEquals)
  })
  return rule?.Next ?? Default
}

function at(path: string, answer: JsonRecord): unknown {
  const [, name = ""] = /^\$\.job\.answer\.(\w+)$/.exec(path) ?? []
  return answer[name]
}
