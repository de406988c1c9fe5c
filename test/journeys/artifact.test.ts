import { describe, expect, it } from "vitest"
import { shareJourney } from "../support/journey.ts"
import { unpackedArtifacts } from "../support/package.ts"
import { lacksSignals } from "../support/windows.ts"

const share = shareJourney({ bundles: await unpackedArtifacts(), timeoutMs: 3_000 })

describe("the handlers of the packaged artifact, under Lambda's runtime client,", () => {
  it("exchange a code, and refresh through both functions", async () => {
    const journey = await share()
    const exchanged = await journey.invoke("exchange-code", await journey.authorize())
    expect(exchanged).toMatchObject({ token_type: "Bearer", claims: { ctx: "Cust12020" } })
    const refresh = { grant_type: "refresh_token", refresh_token: exchanged.refresh_token }
    for (const name of ["refresh-token", "token"])
      expect(await journey.invoke(name, refresh)).toMatchObject({ token_type: "Bearer" })
  })

  it.skipIf(lacksSignals)(
    "answer in time when SuperOffice does not, and start anew after a time-out",
    async () => {
      const { provider, stack, ...journey } = await share()
      const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
      await journey.invoke("refresh-token", { refresh_token })
      provider.faults.token = "silence"
      const inTime = await journey.invoke("refresh-token", { refresh_token })
      expect(inTime).toMatchObject({ code: "upstream_timeout" })

      const local = stack.functions["refresh-token"]
      const { pid = 0 } = local ?? {}
      process.kill(pid, "SIGSTOP")
      expect(await local?.invoke({ refresh_token })).toMatchObject({
        functionError: "Unhandled",
        payload: { errorType: "Sandbox.Timedout" },
      })
      provider.faults.token = undefined
      const anew = await journey.invoke("refresh-token", { refresh_token })
      expect(anew).toMatchObject({ token_type: "Bearer" })
      expect(local?.pid).not.toBe(pid)
    },
  )
})
