import { describe, expect, it } from "vitest"
import { startInFront, type Call, type Meddling } from "./in-front.ts"
import { newSecret, operate, put, read, secretId, stagesByVersion, stored } from "./local-secret.ts"

describe("the move of AWSCURRENT", () => {
  it("counts as done when it was done and its answer got lost", async () => {
    put(stored)
    const endpoint = await startInFront(firstMove("loses the answer"))
    const options = ["--stdin", "--yes"]
    expect((await operate("replace", options, { input: newSecret, endpoint })).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("leaves everything as it was when it is not permitted", async () => {
    put(stored)
    const before = await stagesByVersion()
    const endpoint = await startInFront(firstMove({ error: "AccessDeniedException" }))
    expect(await operate("rotate-sealing-key", ["--yes"], { endpoint })).toMatchObject({
      exitCode: 1,
      stderr: `These credentials may not call secretsmanager:UpdateSecretVersionStage on "${secretId}".\n`,
    })
    expect(await stagesByVersion()).toMatchObject(before)
    expect((await read()).value).toEqual(stored)
  })
})

/** Meddles with the first move of a label. */
function firstMove(meddling: Meddling): (call: Call) => Meddling {
  let meddled = false
  return ({ operation }) => {
    if (operation !== "UpdateSecretVersionStage" || meddled) return undefined
    meddled = true
    return meddling
  }
}
