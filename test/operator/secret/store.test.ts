import { describe, expect, it } from "vitest"
import { startInFront, type Call, type Meddling } from "./in-front.ts"
import { client, newSecret, operate, put, read, secretId, stagesByVersion, stored } from "./local-secret.ts"

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
      stderr:
        `These credentials may not call secretsmanager:UpdateSecretVersionStage on "${secretId}" in eu-west-1. ` +
        "To see whose they are: aws sts get-caller-identity\n",
    })
    expect(await stagesByVersion()).toMatchObject(before)
    expect((await read()).value).toEqual(stored)
  })
})

describe("the first value of a secret", () => {
  const options = ["--client-id", stored.client_id, "--stdin", "--yes"]
  /** A secret whose only version does not have the label AWSCURRENT, as a rotation that failed leaves it. */
  const onlyPending = { adds: { VersionIdsToStages: { "a-version": ["AWSPENDING"] } } }

  it("becomes the current one beside a version with the label AWSPENDING alone", async () => {
    await client.createSecret({ Name: secretId })
    let described = 0
    const endpoint = await startInFront(({ operation }) =>
      operation === "DescribeSecret" && ++described <= 2 ? onlyPending : undefined,
    )
    const { exitCode, stdout } = await operate("create", options, { input: newSecret, endpoint })
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Secret ${secretId} in eu-west-1, which has no value yet:`)
    expect((await read()).value.client_secret).toBe(newSecret)
    expect(Object.values(await stagesByVersion())).toEqual([["AWSCURRENT"]])
  })

  it("of somebody else, who was faster, is not replaced", async () => {
    await client.createSecret({ Name: secretId })
    const endpoint = await startInFront(({ operation }) => {
      if (operation === "PutSecretValue") put({ ...stored, client_secret: "canary-of-somebody-else" })
      return undefined
    })
    const { exitCode, stderr } = await operate("create", options, { input: newSecret, endpoint })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`"${secretId}" was changed by somebody else while this command ran: `)
    expect((await read()).value.client_secret).toBe("canary-of-somebody-else")
    expect(Object.values(await stagesByVersion())).toEqual([["AWSCURRENT"]])
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
