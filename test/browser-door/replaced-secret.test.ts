import { describe, expect, it } from "vitest"
import { Secret } from "../../lib/secret.ts"
import { rejectedAnswer, tokenAnswer } from "../support/front-door.ts"
import { openPage } from "./page.ts"
import { newKey, oldKey } from "./sealing-keys.ts"

describe("a replaced secret", () => {
  it("seals what it redeemed with its own first key", async () => {
    const replaced = { version: "v2", clientSecret: new Secret("client-secret-two"), sealingKeys: newKey }
    const page = openPage("sealed")
    await page.signIn({
      answers: [rejectedAnswer, tokenAnswer()],
      changes: (freshness) => (freshness === "reread" ? replaced : {}),
    })
    const [header = ""] = page.kept.sealed.split(".")
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: "k2" })
  })

  it("opens at once what another environment already seals with a new key", async () => {
    const both = { version: "v2", sealingKeys: [...newKey, ...oldKey] }
    const page = openPage("cookie")
    await page.signIn({ changes: both })
    const refreshed = await page.refresh({
      changes: (freshness) => (freshness === "reread_to_open" ? both : {}),
    })
    expect(refreshed).toMatchObject({ status: 200 })
  })
})
