import { expect, it } from "vitest"
import { startJourney } from "../support/journey.ts"
import { unpackedArtifacts } from "../support/package.ts"

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
