import { describe, expect, it } from "vitest"
import {
  begin,
  beginProcess,
  consent,
  end,
  prepareConsent,
  secretId,
  secrets,
  signIn,
  stored,
  systemToken,
} from "./begin.ts"

prepareConsent()

/** Signs in while the tokens cannot be stored. */
async function signInInVain(command: Parameters<typeof signIn>[0]): Promise<void> {
  const callback = await signIn(command)
  secrets.outage = "denied"
  await fetch(callback)
}

describe("when the tokens cannot be stored after the sign-in", () => {
  it("somebody at a terminal is asked, and Enter tries again until it works", async () => {
    const command = await beginProcess({ atTerminal: true })
    await signInInVain(command)
    await command.said("These credentials may not call secretsmanager:DescribeSecret")
    await command.said("Nothing is lost: the tokens are in the memory of this command.")
    await command.said("to give up. ")
    command.type("\r")
    await command.said("These credentials may not call")
    await command.said("to give up. ")
    secrets.outage = undefined
    command.type("\r")
    await command.said("Stored: version")
    expect((await end(command)).exitCode).toBe(0)
    expect(await stored()).toMatchObject({ system_token: systemToken })
  })

  it.each([
    ["Ctrl-C", "\x03", 130],
    ["Ctrl-D", "\x04", 1],
  ])("somebody at a terminal may give up with %s", async (_name, key, status) => {
    const command = await beginProcess({ atTerminal: true })
    await signInInVain(command)
    await command.said("to give up. ")
    command.type(key)
    expect((await end(command)).exitCode).toBe(status)
    secrets.outage = undefined
    expect(await stored()).toBeUndefined()
  })

  it("nobody is asked without a terminal: it says what is lost, and the command that repeats it", async () => {
    const command = await begin({ options: ["--with-refresh-token"] })
    await signInInVain(command)
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toContain("These credentials may not call secretsmanager:DescribeSecret")
    expect(stderr).toMatch(
      /The tokens of this sign-in were not stored, .* npm run consent -- --stage local --tenant Cust26759 --port \d+ --with-refresh-token\n$/,
    )
    secrets.outage = undefined
    expect(await stored()).toBeUndefined()
  })

  it("a secret that became another's while somebody signed in is not overwritten", async () => {
    const command = await begin()
    const callback = await signIn(command)
    secrets.put(secretId, '{"client_secret":"of another"}')
    await fetch(callback)
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toContain("contains something else than the tokens of a tenant, and is not overwritten")
    expect(await stored()).toEqual({ client_secret: "of another" })
  })
})

describe("consent", () => {
  it("encrypts a new secret with the deployment's key, and leaves one that exists its own", async () => {
    const secretKmsKeyArn = "arn:aws:kms:eu-west-1:000000000000:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d"
    const settings = { secretKmsKeyArn, region: "eu-west-1" }
    expect((await consent({ settings })).stdout).toContain(`  encryption key: ${secretKmsKeyArn}\n`)
    expect((await consent({ settings })).stdout).toContain(
      "  encryption key: kept, because the secret exists\n",
    )
  })
})
