import { expect, it } from "vitest"
import { soak } from "./run.ts"

it("keeps 100 concurrent requests in one environment apart: each gets its own answer", async () => {
  // A canary in each request; an answer with another's would fail the run.
  const { requests } = await soak({ requests: 1_000, concurrency: 100 })
  expect(requests).toBeGreaterThanOrEqual(1_000)
})
