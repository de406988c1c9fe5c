import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { startCommand, type RunningCommand } from "../../support/command.ts"
import { argsFor, end, env, newSecret, put, read, stored } from "./local-secret.ts"

describe.runIf(hasPseudoTerminal())("at a terminal", () => {
  function atTerminal(command: string, options: readonly string[] = []): RunningCommand {
    return startCommand("secret", argsFor(command, options), { env, atTerminal: true })
  }

  it("what is typed for the client secret is not shown, and a yes is needed", async () => {
    put(stored)
    const command = atTerminal("replace")
    await command.said("Client secret (hidden): ")
    command.type(`${newSecret}\r`)
    await command.said("Change it? [y/N] ")
    command.type("y\r")
    await command.said("Done: ")
    expect((await end(command)).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it.each(["n", "", "yesterday"])("%j is no yes", async (answer) => {
    put(stored)
    const before = await read()
    const command = atTerminal("rotate-sealing-key")
    await command.said("Change it? [y/N] ")
    command.type(`${answer}\r`)
    await command.said("Nothing was changed.")
    expect((await end(command)).exitCode).toBe(1)
    expect(await read()).toEqual(before)
  })

  it.each([
    ["Ctrl-C", "\x03", "Nothing was changed.", 130],
    ["Ctrl-D", "\x04", "No client secret was given: nothing was changed.", 1],
  ])("%s in place of a client secret changes nothing", async (_name, key, sentence, code) => {
    put(stored)
    const before = await read()
    const command = atTerminal("replace")
    await command.said("Client secret (hidden): ")
    command.type(key)
    await command.said(sentence)
    expect((await end(command)).exitCode).toBe(code)
    expect(await read()).toEqual(before)
  })
})

/** The `script` of util-linux, which runs a command at a pseudo terminal. */
function hasPseudoTerminal(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux")
  } catch {
    return false
  }
}
