import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildPeers } from "./build.ts"
import { replacements } from "../scripts/bundle/replacements.ts"
import { runCold } from "./cold.ts"
import { findNodes } from "./nodes.ts"
import { quickPlan } from "./plan.ts"
import { measureReplacements } from "./replacements.ts"
import { rows, workingRows } from "./rows.ts"
import { median, pairedRatios, spread } from "./statistics.ts"
import { refreshBySessions } from "./sessions.ts"
import { startStandIn, type StandIn } from "./stand-in/start.ts"
import { faults, goodToken, olderToken } from "./stand-in/tokens.ts"

let standIn: StandIn
const node = process.execPath

beforeAll(async () => {
  await buildPeers()
  standIn = await startStandIn()
})

afterAll(async () => {
  await standIn.close()
})

describe("the benchmark's rows", () => {
  it.each(workingRows)("$name does the whole work in a fresh process", async (row) => {
    const { right, calls, totalMs } = await runCold(row, { node, standIn })
    expect({ right, calls }).toEqual({ right: [true], calls: { secret: 1, keySet: 1, token: 1 } })
    expect(totalMs).toBeGreaterThan(0)
  })

  it.each(workingRows)("$name refuses every bad token", async (row) => {
    const { right } = await runCold(row, { node, standIn, codes: [goodToken, ...faults] })
    expect(right).toEqual([true, ...faults.map(() => false)])
  })

  it("only the product reads tokens of 2018", async () => {
    const readers = []
    for (const row of workingRows) {
      const { right } = await runCold(row, { node, standIn, codes: [goodToken, olderToken] })
      if (right[1]) readers.push(row.name)
    }
    expect(readers).toEqual(["product"])
  })

  it("a row that leaves out work is not valid", async () => {
    const [bare] = rows.filter(({ name }) => name === "bare")
    if (!bare) throw new Error("there is no bare row")
    const lazy = await runCold({ ...bare, name: "plain" }, { node, standIn })
    expect(lazy.isValid).toBe(false)
  })
})

it("the table of replacements has a row for early connections, for each replaced file, and for all files", async () => {
  const printed = await measureReplacements(findNodes([])[0], 1)
  const [, , ...lines] = printed.split("\n")
  expect(
    lines.map((line) => /^\| (.+?) \| (-?\d+\.\d) \| (-?\d+\.\d) \| (-?\d+\.\d) \|$/.exec(line)?.[1]),
  ).toEqual(["early connections", "all replacements", ...replacements.map(({ name }) => name)])
}, 60_000)

it("the growth of a page's refresh has a point for each number of sessions up to four", async () => {
  const plan = { ...quickPlan, warmInvocations: 5 }
  const { points } = await refreshBySessions(findNodes([])[0], plan)
  expect(points.map(({ value, costs }) => [value, costs.get("product")])).toEqual(
    [1, 2, 3, 4].map((value) => [value, [expect.any(Number)]]),
  )
}, 120_000)

describe("the benchmark's statistics", () => {
  it("give median and quartiles, between two values where there is none", () => {
    expect(spread([4, 1, 3, 2])).toEqual({ low: 1.75, median: 2.5, high: 3.25 })
  })

  it("compare within rounds, so that a slow round does not count", () => {
    const [product, plain] = [
      [1, 10, 2],
      [2, 20, 4],
    ]
    expect(median(pairedRatios(product, plain))).toBe(0.5)
  })
})
