import { describe, expect, it } from "vitest"
import { startInFront } from "./in-front.ts"
import * as local from "./local-secret.ts"
import { client, done, newSecret, put, read, secretId, stored } from "./local-secret.ts"

local.prepareSecrets()

describe("the move of AWSCURRENT", () => {
  it("counts as done when it was done and its answer got lost", async () => {
    put(stored)
    let moves = 0
    const endpoint = await startInFront(({ operation }) =>
      operation === "UpdateSecretVersionStage" && ++moves === 1 ? "loses the answer" : undefined,
    )
    await done("replace", ["--stdin", "--yes"], { input: newSecret, endpoint })
    expect((await read()).value.client_secret).toBe(newSecret)
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
    const stdout = await done("create", options, { input: newSecret, endpoint })
    expect(stdout).toContain(`Secret ${secretId} in eu-west-1, which has no value yet:`)
    expect((await read()).value.client_secret).toBe(newSecret)
    expect(Object.values(await local.stagesByVersion())).toEqual([["AWSCURRENT"]])
  })

  it("of somebody else, who was faster, is not replaced", async () => {
    await client.createSecret({ Name: secretId })
    const endpoint = await startInFront(({ operation }) => {
      if (operation === "PutSecretValue") put({ ...stored, client_secret: "canary-of-somebody-else" })
      return undefined
    })
    const { exitCode, stderr } = await local.operate("create", options, { input: newSecret, endpoint })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`"${secretId}" was changed by somebody else while this command ran: `)
    expect((await read()).value.client_secret).toBe("canary-of-somebody-else")
    expect(Object.values(await local.stagesByVersion())).toEqual([["AWSCURRENT"]])
  })
})
