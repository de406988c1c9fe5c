import { describe, expect, it } from "vitest"
import { signInAddress } from "../../support/sign-in-address.ts"
import { begin, consent, end, secretId, secrets, signIn, stored, systemToken } from "./begin.ts"

describe("when the tokens cannot be stored after the sign-in", () => {
  it("somebody at a terminal is asked, and Enter tries again until it works", async () => {
    const command = await begin({ atTerminal: true })
    const url = await signInAddress(command)
    secrets.outage = "denied"
    await fetch(await signIn(url))
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

  it("somebody at a terminal may give up with Ctrl-C or Ctrl-D", async () => {
    for (const [key, status] of [
      ["\x03", 130],
      ["\x04", 1],
    ] as const) {
      const command = await begin({ atTerminal: true })
      const url = await signInAddress(command)
      secrets.outage = "denied"
      await fetch(await signIn(url))
      await command.said("to give up. ")
      command.type(key)
      const { exitCode } = await end(command)
      expect(exitCode).toBe(status)
      secrets.outage = undefined
      expect(await stored()).toBeUndefined()
    }
  })

  it("nobody is asked without a terminal: it says what is lost, and the command that repeats it", async () => {
    const command = await begin({ options: ["--with-refresh-token"] })
    const url = await signInAddress(command)
    secrets.outage = "denied"
    await fetch(await signIn(url))
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toContain("These credentials may not call secretsmanager:DescribeSecret")
    expect(stderr).toMatch(
      /The tokens of this sign-in were not stored, and this command forgets them\. The consent at SuperOffice stays, so it is safe to sign in again: npm run consent -- --stage local --tenant Cust26759 --port \d+ --with-refresh-token\n$/,
    )
    secrets.outage = undefined
    expect(await stored()).toBeUndefined()
  })

  it("a secret that became another's while somebody signed in is not overwritten", async () => {
    const command = await begin()
    const url = await signInAddress(command)
    secrets.put(secretId, '{"client_secret":"of another"}')
    await fetch(await signIn(url))
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toContain("contains something else than the tokens of a tenant, and is not overwritten")
    expect(await stored()).toEqual({ client_secret: "of another" })
  })
})

it("a new secret is encrypted with the deployment's key, and one that exists keeps its own", async () => {
  const secretKmsKeyArn = "arn:aws:kms:eu-west-1:000000000000:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d"
  const settings = { secretKmsKeyArn, region: "eu-west-1" }
  const first = await consent({ settings })
  expect(first.stdout).toContain(`  encryption key: ${secretKmsKeyArn}\n`)
  const second = await consent({ settings })
  expect(second.stdout).toContain("  encryption key: kept, because the secret exists\n")
})
