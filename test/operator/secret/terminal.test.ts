import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { startCommand, type RunningCommand } from "../../support/command.ts"
import { privateKeyPem, privateKeySecretId, privateKeyXml } from "../../support/system-user.ts"
import { argsFor, end, envAt, listen, prepareSecrets, put, read, textOf } from "./local-secret.ts"
import { newSecret, stored } from "./stored-secret.ts"

prepareSecrets()

/** Starts a command at a terminal, for the secret as it is stored. */
function atTerminal(args: readonly string[]): RunningCommand {
  put(stored)
  return startCommand("secret", args, { env: envAt(), atTerminal: true })
}

/** Starts to replace the client secret, up to its question. */
async function askedToReplace(): Promise<RunningCommand> {
  const command = atTerminal(argsFor("replace"))
  await command.said("Client secret (hidden): ")
  return command
}

async function sayYes(command: RunningCommand): Promise<void> {
  await command.said("Change it? [y/N] ")
  command.type("y\r")
  await command.said("Done: ")
}

describe.runIf(hasPseudoTerminal())("at a terminal", () => {
  it("what is typed for the client secret can be corrected and is not shown, and a yes is needed", async () => {
    const command = await askedToReplace()
    command.type(`canary-wrong\x15${newSecret}xx\x7f\b\r`)
    await sayYes(command)
    expect((await end(command)).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("what was typed or pasted before the question is thrown away", async () => {
    const command = atTerminal(argsFor("replace"))
    command.type("early-client-secret\r")
    await command.said("What was typed before this question was thrown away")
    await command.said("Client secret (hidden): ")
    command.type(`${newSecret}\r`)
    await sayYes(command)
    const { exitCode } = await command.end()
    listen({ exitCode, stdout: "its output has the early input, as the terminal showed it", stderr: "" })
    expect([exitCode, (await read()).value.client_secret]).toEqual([0, newSecret])
  })

  it.each([
    ["several lines, of which none is an answer", `${newSecret}\ry\r`, "A client secret is one word", 1],
    ["Ctrl-C", "\x03", "Nothing was changed.", 130],
    ["Ctrl-D", "\x04", "No client secret was given: nothing was changed.", 1],
  ])("%s in place of a client secret changes nothing", async (_what, typed, sentence, code) => {
    const command = await askedToReplace()
    const before = await read()
    command.type(typed)
    await command.said(sentence)
    expect((await end(command)).exitCode).toBe(code)
    expect(await read()).toEqual(before)
  })

  it.each([
    ["PEM", () => privateKeyPem.replaceAll("\n", "\r")],
    ["XML", () => privateKeyXml],
    ["PEM between the marks of a paste", () => `\x1b[200~${privateKeyPem.replaceAll("\n", "\r")}\x1b[201~`],
  ])("a private key ends with its last line: %s", async (_form, text) => {
    const command = atTerminal(["private-key", "--private-key-secret-id", privateKeySecretId, "--yes"])
    await command.said("or with an empty line): ")
    command.type(text())
    await command.said("Done: ")
    const { exitCode, stdout } = await end(command)
    expect([exitCode, await textOf(privateKeySecretId)]).toEqual([0, privateKeyPem])
    for (const line of privateKeyPem.split("\n").slice(1, -2)) expect(stdout).not.toContain(line)
  })

  it("what is no private key ends with an empty line", async () => {
    const command = atTerminal(["private-key", "--private-key-secret-id", privateKeySecretId])
    await command.said("or with an empty line): ")
    command.type("-----BEGIN CERTIFICATE-----\rMIIB\r-----END CERTIFICATE-----\r\r")
    await command.said("Nothing was changed: this is a certificate, which contains no private key.")
    expect((await end(command)).exitCode).toBe(1)
  })

  it.each(["n", "yesterday"])("%j is no yes", async (answer) => {
    const command = atTerminal(argsFor("rotate-sealing-key"))
    await command.said("Change it? [y/N] ")
    const before = await read()
    command.type(`${answer}\r`)
    await command.said("Nothing was changed.")
    expect((await end(command)).exitCode).toBe(1)
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
