import { describe, expect, it } from "vitest"
import { done, failed, prepareSecrets, put, read } from "./local-secret.ts"
import { newSecret, stored } from "./stored-secret.ts"

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
    expect(stdout).toMatch(/ (replaced|is removed|seals from now on)\n[^]*this is a dry run\.\n$/)
    expect(await read()).toEqual(before)
  })

  it("does not touch a secret that is not a JSON object, or that the functions could not use then", async () => {
    put("canary {")
    expect(await failed(command, options, { input })).toContain("The secret's value is not a JSON object")
    put({ ...stored, client_id: "" })
    const said = await failed(command, options, { input })
    expect(said).toMatch(/^Nothing was changed, .* it lacks "client_id"\. .* replace .* --client-id ID\n$/)
  })

  it("needs somebody to ask, or --yes", async () => {
    put(stored)
    expect(await failed(command)).toMatch(/\nCannot ask, because stdin is not a terminal: pass --/)
  })
})
