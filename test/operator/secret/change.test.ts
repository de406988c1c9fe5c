import { describe, expect, it } from "vitest"
import { done, failed, newSecret, prepareSecrets, put, read, secretId, stored } from "./local-secret.ts"

prepareSecrets()

describe.each([
  ["replace", ["--stdin", "--yes"], newSecret],
  ["rotate-sealing-key", ["--yes"], ""],
  ["retire-sealing-key", ["--yes"], ""],
])("%s", (command, options, input) => {
  it("changes nothing in a dry run, and asks for nothing", async () => {
    put(stored)
    const before = await read()
    const stdout = await done(command, ["--dry-run"])
    expect(stdout).toMatch(
      / (replaced|is removed|seals from now on)\n[^]*Nothing was changed: this is a dry run\.\n$/,
    )
    expect(await read()).toEqual(before)
  })

  it("does not touch a secret that is not a JSON object, or that the functions could not use then", async () => {
    put("canary {")
    expect(await failed(command, options, { input })).toMatch(
      /^The secret's value is not a JSON object, .* ID\.\n$/,
    )
    put({ ...stored, client_id: "" })
    expect(await failed(command, options, { input })).toBe(
      'Nothing was changed, because a secret in Secrets Manager cannot be used: it lacks "client_id". ' +
        `To correct that: npm run secret -- replace --secret-id ${secretId} --client-id ID\n`,
    )
  })

  it("needs somebody to ask, or --yes", async () => {
    put(stored)
    const said = await failed(command)
    expect(said).toMatch(
      /\nCannot ask, because stdin is not a terminal: pass --(stdin and pipe .* in|yes)\.\n$/,
    )
  })
})
