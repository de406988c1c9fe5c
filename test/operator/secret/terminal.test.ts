import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { startCommand, type RunningCommand } from "../../support/command.ts"
import { privateKeyPem, privateKeySecretId, privateKeyXml } from "../../support/system-user.ts"
import { argsFor, client, end, envAt, newSecret, outputs, put, read, stored } from "./local-secret.ts"

const early = "early-client-secret"

describe.runIf(hasPseudoTerminal())("at a terminal", () => {
  function atTerminal(command: string, options: readonly string[] = []): RunningCommand {
    return startCommand("secret", argsFor(command, options), { env: envAt(), atTerminal: true })
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

  it("what was typed or pasted before the question is thrown away", async () => {
    put(stored)
    const command = atTerminal("replace")
    command.type(`${early}\r`)
    await command.said("What was typed before this question was thrown away, but the terminal may show it.")
    await command.said("Client secret (hidden): ")
    command.type(`${newSecret}\r`)
    await command.said("Change it? [y/N] ")
    command.type("y\r")
    await command.said("Done: ")
    expect((await command.end()).exitCode).toBe(0)
    outputs.push("its output has the early input, as the terminal showed it")
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("several lines are no client secret, and none of them answers the next question", async () => {
    put(stored)
    const before = await read()
    const command = atTerminal("replace")
    await command.said("Client secret (hidden): ")
    command.type(`${newSecret}\ry\r`)
    await command.said("A client secret is one word of visible ASCII characters")
    expect((await end(command)).exitCode).toBe(1)
    expect(await read()).toEqual(before)
  })

  it("what is typed can be corrected", async () => {
    put(stored)
    const command = atTerminal("replace", ["--yes"])
    await command.said("Client secret (hidden): ")
    command.type(`canary-wrong\x15${newSecret}xx\x7f\b\r`)
    await command.said("Done: ")
    expect((await end(command)).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it.each([
    ["PEM", () => privateKeyPem.replaceAll("\n", "\r")],
    ["XML", () => privateKeyXml],
    ["PEM between the marks of a paste", () => `\x1b[200~${privateKeyPem.replaceAll("\n", "\r")}\x1b[201~`],
  ])("a private key ends with its last line: %s", async (_form, text) => {
    const args = ["private-key", "--private-key-secret-id", privateKeySecretId, "--yes"]
    const command = startCommand("secret", args, { env: envAt(), atTerminal: true })
    await command.said(
      "Private key, PEM or XML (hidden; ends with the key's last line, or with an empty line): ",
    )
    command.type(text())
    await command.said("Done: ")
    const { exitCode, stdout } = await end(command)
    expect(exitCode).toBe(0)
    const { SecretString } = await client.getSecretValue({ SecretId: privateKeySecretId })
    expect(SecretString).toBe(privateKeyPem)
    for (const line of privateKeyPem.split("\n").slice(1, -2)) expect(stdout).not.toContain(line)
  })

  it("what is no private key ends with an empty line", async () => {
    const args = ["private-key", "--private-key-secret-id", privateKeySecretId]
    const command = startCommand("secret", args, { env: envAt(), atTerminal: true })
    await command.said("or with an empty line): ")
    command.type("-----BEGIN CERTIFICATE-----\rMIIB\r-----END CERTIFICATE-----\r\r")
    await command.said("Nothing was changed: this is a certificate, which contains no private key.")
    expect((await end(command)).exitCode).toBe(1)
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
