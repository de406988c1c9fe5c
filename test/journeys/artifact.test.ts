import { expect, it } from "vitest"
import { startJourney } from "../support/journey.ts"
import { unpackedArtifacts } from "../support/package.ts"
import { lacksSignals } from "../support/windows.ts"

it("the handlers of the packaged artifact exchange and refresh under Lambda's runtime client", async () => {
  const journey = await startJourney({ bundles: await unpackedArtifacts() })
  const exchanged = await journey.invoke("exchange-code", await journey.authorize())
  const { refresh_token } = exchanged
  expect(exchanged).toMatchObject({ token_type: "Bearer", claims: { ctx: "Cust12020" } })
  expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ token_type: "Bearer" })
  expect(await journey.invoke("token", { grant_type: "refresh_token", refresh_token })).toMatchObject({
    token_type: "Bearer",
  })
}, 60_000)

it.skipIf(lacksSignals)(
  "they answer in time when SuperOffice does not, and start anew after a time-out of Lambda's",
  async () => {
    const journey = await startJourney({ bundles: await unpackedArtifacts(), timeoutMs: 2_000 })
    const refresh = {
      refresh_token: (await journey.invoke("exchange-code", await journey.authorize())).refresh_token,
    }
    const warm = await journey.invoke("refresh-token", refresh)
    expect(warm).toMatchObject({ token_type: "Bearer" })

    journey.provider.faults.token = "silence"
    expect(await journey.invoke("refresh-token", refresh)).toMatchObject({ code: "upstream_timeout" })

    const local = journey.stack.functions["refresh-token"]
    const { pid = 0 } = local ?? {}
    process.kill(pid, "SIGSTOP")
    expect(await local?.invoke(refresh)).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "Sandbox.Timedout" },
    })
    journey.provider.faults.token = undefined
    expect(await journey.invoke("refresh-token", refresh)).toMatchObject({ token_type: "Bearer" })
    expect(local?.pid).not.toBe(pid)
  },
  60_000,
)
