import { expect, it, onTestFinished, vi } from "vitest"
import { startStackWithOwnApi, type StackWithOwnApi } from "../../local/own-api.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import { takeTour } from "../../local/tour.ts"
import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { origin } from "../support/journey.ts"

/** Takes the tour of a stack; `before` breaks something. */
async function tourOf(
  delivery: RefreshTokenDelivery,
  before: (stack: StackWithOwnApi) => unknown = () => undefined,
) {
  const stack = await startStackWithOwnApi({ origins: [origin], env: { REFRESH_TOKEN_DELIVERY: delivery } })
  let printed = ""
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text)
    return true
  })
  onTestFinished(async () => {
    write.mockRestore()
    await stack.close()
  })
  await before(stack)
  const succeeded = await takeTour({ stack, origin, delivery })
  return { succeeded, printed }
}

it.each(["cookie", "partitioned"] as const)("the tour succeeds with delivery %s", async (delivery) => {
  const { succeeded, printed } = await tourOf(delivery)
  expect(printed).toContain("9 of 9 steps succeeded.")
  expect(succeeded).toBe(true)
})

it("the tour ends at the first step that fails, with the code and the sentence of the function", async () => {
  const { succeeded, printed } = await tourOf(
    "cookie",
    ({ secretsManager }) => (secretsManager.outage = "denied"),
  )
  expect(printed).toContain("failed: /exchange-code answered 500, configuration_invalid: ")
  expect(printed).toContain("1 of 9 steps succeeded. The tour ends here")
  expect(printed).not.toContain("3. ")
  expect(succeeded).toBe(false)
})

it("the tour tells why nothing answered", async () => {
  const { printed } = await tourOf("cookie", ({ provider }) => provider.close())
  expect(printed).toMatch(/failed: fetch failed: connect ECONNREFUSED 127\.0\.0\.1:\d+\n/)
})

it("a stack whose bundles are missing says how they are made", async () => {
  const bundles = { token: "/nowhere/token.cjs" }
  await expect(startStackWithProvider({ origins: [origin], bundles })).rejects.toThrow(
    "The bundle of token is missing. Run `npm run build`, or leave out --no-build.",
  )
})
