import { expect, it } from "vitest"
import { fuzzEvents, fuzzTokens } from "./run.ts"

// A slice of `npm run fuzz`, with another seed every time: a failure prints it.
const seed = Date.now() & 0x7fffffff

it("answers any event as the contract foresees (C55)", async () => {
  const tally = await fuzzEvents({ runs: 3_000, seed })
  expect(tally.get("request_invalid")).toBeGreaterThan(0)
  expect(tally.get("document")).toBeGreaterThan(0)
  expect(tally.get("no document")).toBeGreaterThan(0)
  expect(tally.size).toBeGreaterThan(5)
}, 60_000)

it("answers whatever SuperOffice issues as the contract foresees", async () => {
  const tally = await fuzzTokens({ runs: 2_000, seed })
  expect([...tally.keys()]).toEqual(expect.arrayContaining(["ok", "id_token_invalid", "upstream_invalid"]))
}, 60_000)
