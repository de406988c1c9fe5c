import { describe, expect, it } from "vitest"
import { Secret } from "../../lib/secret.ts"
import { exchangeCode, refreshToken } from "../../lib/operations/token.ts"
import { bodyOf, browserEvent } from "../support/events.ts"
import {
  completeEnv,
  credentials,
  openFrontDoor,
  rejectedAnswer,
  tokenAnswer,
} from "../support/front-door.ts"
import { openPage, ownPkce } from "./page.ts"
import { newKey, oldKey } from "./sealing-keys.ts"

describe("a replaced secret", () => {
  it("seals what it redeemed with its own first key", async () => {
    const replaced = { ...credentials, clientSecret: new Secret("client-secret-two"), sealingKeys: newKey }
    const door = openFrontDoor(exchangeCode, {
      env: { ...completeEnv, REFRESH_TOKEN_DELIVERY: "sealed" },
      answers: [rejectedAnswer, tokenAnswer()],
      credentials: (freshness) =>
        Promise.resolve({
          value: freshness === "reread" ? { ...replaced, version: "v2" } : credentials,
          stale: false,
        }),
    })
    const [header = ""] = String(bodyOf(await door.invoke(browserEvent(ownPkce))).refresh_token).split(".")
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: "k2" })
  })

  it("opens at once what another environment already seals with a new key", async () => {
    const page = openPage("cookie")
    await page.signIn({ changes: { sealingKeys: [...newKey, ...oldKey] } })
    const door = openFrontDoor(refreshToken, {
      credentials: (freshness) =>
        Promise.resolve({
          value:
            freshness === "reread_to_open"
              ? { ...credentials, version: "v2", sealingKeys: [...newKey, ...oldKey] }
              : credentials,
          stale: false,
        }),
    })
    const event = browserEvent({}, { headers: { "x-csrf": "1" } })
    const cookies = [...page.jar].map(([name, value]) => `${name}=${value}`)
    expect(await door.invoke({ ...event, cookies })).toMatchObject({ statusCode: 200 })
  })
})
