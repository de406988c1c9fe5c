import { describe, expect, it } from "vitest"
import { newSecret, operate, put, read, secretId, stored } from "./local-secret.ts"

describe.each(["replace", "rotate-sealing-key", "retire-sealing-key"])("%s", (command) => {
  const isReplace = command === "replace"
  const options = isReplace ? ["--stdin", "--yes"] : ["--yes"]
  const input = isReplace ? newSecret : ""

  it("changes nothing in a dry run, and asks for nothing", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await operate(command, ["--dry-run"])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/ (replaced|is removed|seals from now on)$/m)
    expect(stdout).toMatch(/Nothing was changed: this is a dry run\.\n$/)
    expect(await read()).toEqual(before)
  })

  it("does not touch a secret that is not a JSON object, or that the functions could not use then", async () => {
    put("canary {")
    const broken = await operate(command, options, { input })
    expect([broken.exitCode, broken.stderr]).toEqual([
      1,
      "The secret's value is not a JSON object, so nothing in it can be changed. If this is the right secret, store {} in it " +
        "(aws secretsmanager put-secret-value --secret-string '{}'), and then run replace --client-id ID.\n",
    ])
    put({ ...stored, client_id: "" })
    const useless = await operate(command, options, { input })
    expect([useless.exitCode, useless.stderr]).toEqual([
      1,
      'Nothing was changed, because a secret in Secrets Manager cannot be used: it lacks "client_id". ' +
        `To correct that: npm run secret -- replace --secret-id ${secretId} --client-id ID\n`,
    ])
  })

  it("needs somebody to ask, or --yes", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stderr } = await operate(command)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^Cannot ask, because stdin is not a terminal: pass --(stdin and pipe the value in|yes)\.\n$/,
    )
    expect(await read()).toEqual(before)
  })
})
