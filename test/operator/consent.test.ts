import { chmod, copyFile, readFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { signInAddress } from "../support/sign-in-address.ts"
import { lacksPosixShell } from "../support/windows.ts"
import * as local from "./consent/begin.ts"
import { consent, stored, systemToken, tenant } from "./consent/begin.ts"
import { folderWith } from "./folder-with.ts"

local.prepareConsent()

const time = expect.any(String) as string

/** Changes claims of the ID Token, by their names at SuperOffice. Undefined leaves one out. */
function changeClaims(changes: Readonly<Record<string, string | undefined>>): void {
  const named = Object.entries(changes).map(
    ([name, value]) => [`http://schemes.superoffice.net/identity/${name}`, value] as const,
  )
  local.provider.changeClaims = (claims) => ({ ...claims, ...Object.fromEntries(named) })
}

describe("consent", () => {
  it("stores the system token of the tenant in a new secret, and shows who consented", async () => {
    const { exitCode, stdout, stderr } = await consent()
    expect(exitCode, stdout + stderr).toBe(0)
    const value = await stored()
    expect(value).toEqual({ tenant, system_token: systemToken, consented_at: time, consented_by: 8 })
    expect(Math.abs(Date.parse(String(value?.consented_at)) - Date.now())).toBeLessThan(60_000)
    expect(stdout).toContain(`Secret ${local.secretId} in eu-west-1 is created.\n`)
    expect(stdout).toMatch(/liv@example\.com, associate 8 of Cust26759 .*, not an administrator\.\n/)
    expect(stdout).toContain("Warning: SuperOffice does not call this user an administrator")
  })

  it("does not warn of an administrator", async () => {
    changeClaims({ is_administrator: "True" })
    const { exitCode, stdout } = await consent()
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("), an administrator.\n")])
    expect(stdout).not.toContain("Warning")
  })

  it("ends the browser at an address without the code, on a page that nobody keeps", async () => {
    const command = local.begin()
    const callback = await local.signIn(command)
    const sent = await fetch(callback, { redirect: "manual" })
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/done"])
    const page = await fetch(new URL("/done", callback))
    const html = (await sent.text()) + (await page.text())
    expect(html).toContain("<h1>The answer has arrived</h1>")
    for (const canary of callback.searchParams.values()) expect(html).not.toContain(canary)
    for (const { headers } of [sent, page]) {
      expect(headers.get("cache-control")).toBe("no-store")
      expect(headers.get("referrer-policy")).toBe("no-referrer")
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-\S+';/)
    }
    expect((await local.end(command)).exitCode).toBe(0)
  })

  it("stores the refresh token only if it is asked for, and then it works", async () => {
    expect((await consent({ options: ["--with-refresh-token"] })).exitCode).toBe(0)
    const { refresh_token, ...others } = (await stored()) ?? {}
    expect(others).toMatchObject({ tenant, system_token: systemToken })
    const refreshed = await local.stack.functions["refresh-token"]?.invoke({ refresh_token })
    expect(refreshed?.payload).toMatchObject({ claims: { ctx: tenant } })
  })

  it("keeps the members that it does not write, in a new version of a secret that exists", async () => {
    const old = { tenant, system_token: "old", refresh_token: "kept", note: { of: "somebody" } }
    local.secrets.put(local.secretId, JSON.stringify(old))
    expect((await consent()).stdout).toContain(`${local.secretId} in eu-west-1 gets a new version.\n`)
    expect(await stored()).toMatchObject({ ...old, system_token: systemToken, consented_by: 8 })
  })

  it("encrypts a new secret with the deployment's key, and leaves one that exists its own", async () => {
    const secretKmsKeyArn = "arn:aws:kms:eu-west-1:000000000000:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d"
    const settings = { secretKmsKeyArn, region: "eu-west-1" }
    expect((await consent({ settings })).stdout).toContain(`  encryption key: ${secretKmsKeyArn}\n`)
    expect((await consent({ settings })).stdout).toContain("  encryption key: kept, because the secret")
  })

  it("takes a tenant in any case of letters, and the name of a secret", async () => {
    const options = ["--tenant", "cUST26759", "--secret-id", "elsewhere"]
    expect((await consent({ options })).exitCode).toBe(0)
    expect(await stored()).toBeUndefined()
    expect(await stored("elsewhere")).toMatchObject({ tenant, system_token: systemToken })
  })

  it("begins the sign-in as pages do: at the tenant, with PKCE, state and nonce, until Ctrl-C", async () => {
    const command = local.beginProcess()
    const url = await signInAddress(command)
    const random = expect.stringMatching(/^[\w-]{43}$/) as string
    expect(url.href).toContain(`${local.provider.url}/login/common/oauth/authorize?`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: local.provider.clientId,
      redirect_uri: local.redirectUri(),
      scope: "openid",
      state: random,
      nonce: random,
      code_challenge: random,
      code_challenge_method: "S256",
      acr_values: `tenant:${tenant}`,
    })
    command.signal("SIGINT")
    const { exitCode, stderr } = await local.end(command)
    expect([exitCode, stderr]).toEqual([130, "\nNothing was changed.\n"])
  })

  it("leads to SuperOffice itself without a local provider", async () => {
    const command = local.begin({ env: { LOCAL_PROVIDER_URL: undefined } })
    const { origin, pathname, searchParams } = await signInAddress(command)
    expect(origin + pathname).toBe("https://sod.superoffice.com/login/common/oauth/authorize")
    await fetch(`${local.redirectUri()}?error=access_denied&state=${searchParams.get("state") ?? ""}`)
    expect((await local.end(command)).exitCode).toBe(1)
  })

  it.skipIf(lacksPosixShell)("opens the browser at a terminal, unless told not to", async () => {
    const folder = folderWith('#!/bin/sh\nprintf %s "$1" > "$(dirname "$0")/opened"\n', "open")
    await chmod(join(folder, "open"), 0o755)
    await copyFile(join(folder, "open"), join(folder, "xdg-open"))
    const env = { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` }
    const command = local.beginProcess({ env, atTerminal: true, opens: true })
    const { href } = await signInAddress(command)
    await vi.waitFor(async () => {
      expect(await readFile(join(folder, "opened"), "utf8")).toBe(href)
    })
    command.type("\x03")
    expect((await local.end(command)).exitCode).toBe(130)
  })
})

describe("consent stores nothing, and ends with 1", () => {
  it("when somebody signs in to another tenant, which it names", async () => {
    changeClaims({ ctx: "Cust12020" })
    const { exitCode, stdout, stderr } = await consent()
    expect(stdout).toContain("associate 8 of Cust12020")
    expect(stderr).toContain("The sign-in was to Cust12020, not to Cust26759: nothing was stored.")
    expect([exitCode, await stored()]).toEqual([1, undefined])
  })

  it("when there is no system token, and says what is missing", async () => {
    const { exitCode, stderr } = await consent({ options: ["--tenant", "Cust12020"] }, "Cust12020/anna")
    expect(stderr).toMatch(/^SuperOffice sent no system token: .* Nothing was stored\.\n$/)
    expect([exitCode, await stored("superoffice/local/tenants/Cust12020")]).toEqual([1, undefined])
  })

  it("when SuperOffice rejects the code, which is sent once", async () => {
    const command = local.begin()
    const callback = await local.signIn(command)
    callback.searchParams.set("code", "x".repeat(64))
    const before = local.provider.requests.token
    await fetch(callback)
    const { exitCode, stderr } = await local.end(command)
    expect(stderr).toMatch(/^exchange-code answered grant_rejected .* Nothing was stored\. The code cannot/)
    expect([exitCode, local.provider.requests.token - before, await stored()]).toEqual([1, 1, undefined])
  })

  it.each([
    ["access_denied", /^The sign-in was cancelled, .* \(access_denied\): nothing was changed\./],
    ["\x1b[2J<b>", /^SuperOffice answered .* an error \(\\u\{1b\}\[2J<b>\): nothing was changed\./],
  ])("when the administrator declines, and prints what came escaped: %j", async (error, said) => {
    const command = local.begin()
    const state = (await signInAddress(command)).searchParams.get("state") ?? ""
    const page = await fetch(`${local.redirectUri()}?${new URLSearchParams({ error, state }).toString()}`)
    expect(page.url).toBe(new URL("/done", local.redirectUri()).href)
    expect(await page.text()).not.toContain("<b>")
    const { exitCode, stderr } = await local.end(command)
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(said)])
  })
})

describe("consent stores what came", () => {
  it("and ends with 1 when only the refresh token came, which was asked for", async () => {
    const options = ["--tenant", "Cust12020", "--with-refresh-token"]
    const { exitCode, stdout } = await consent({ options }, "Cust12020/anna")
    expect(stdout).toMatch(/Warning: SuperOffice sent no system token: .* Only the refresh token is /)
    expect(exitCode).toBe(1)
    expect(await stored("superoffice/local/tenants/Cust12020")).toEqual({
      tenant: "Cust12020",
      consented_at: time,
      consented_by: 2,
      refresh_token: expect.any(String) as string,
    })
  })

  it("as far as SuperOffice says it: without an associate, a name or an administrator", async () => {
    const unknown = ["associateid", "upn", "company_name", "is_administrator"]
    changeClaims(Object.fromEntries(unknown.map((name) => [name, undefined])))
    const { exitCode, stdout } = await consent()
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("liv@example.com of Cust26759.\n")])
    expect(await stored()).toEqual({ tenant, system_token: systemToken, consented_at: time })
  })
})

/** Signs in while the tokens cannot be stored. */
async function signInInVain(command: Parameters<typeof local.signIn>[0]): Promise<void> {
  const callback = await local.signIn(command)
  local.secrets.outage = "denied"
  await fetch(callback)
}

describe("when the tokens cannot be stored after the sign-in", () => {
  it("somebody at a terminal is asked, and Enter tries again until it works", async () => {
    const command = local.beginProcess({ atTerminal: true })
    await signInInVain(command)
    await command.said("These credentials may not call secretsmanager:DescribeSecret")
    await command.said("Nothing is lost: the tokens are in the memory of this command.")
    await command.said("to give up. ")
    command.type("\r")
    await command.said("These credentials may not call")
    await command.said("to give up. ")
    local.secrets.outage = undefined
    command.type("\r")
    await command.said("Stored: version")
    expect((await local.end(command)).exitCode).toBe(0)
    expect(await stored()).toMatchObject({ system_token: systemToken })
  })

  it.each([
    ["Ctrl-C", "\x03", 130],
    ["Ctrl-D", "\x04", 1],
  ])("somebody at a terminal may give up with %s", async (_name, key, status) => {
    const command = local.beginProcess({ atTerminal: true })
    await signInInVain(command)
    await command.said("to give up. ")
    command.type(key)
    expect((await local.end(command)).exitCode).toBe(status)
    local.secrets.outage = undefined
    expect(await stored()).toBeUndefined()
  })

  it("nobody is asked without a terminal: it says what is lost, and the command that repeats it", async () => {
    const command = local.begin({ options: ["--with-refresh-token"] })
    await signInInVain(command)
    const { exitCode, stderr } = await local.end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^These credentials may not call secretsmanager:DescribeSecret/)
    expect(stderr).toMatch(
      / run consent -- --stage local --tenant Cust26759 --port \d+ --with-refresh-token\n$/,
    )
    local.secrets.outage = undefined
    expect(await stored()).toBeUndefined()
  })

  it("a secret that became another's while somebody signed in is not overwritten", async () => {
    const command = local.begin()
    const callback = await local.signIn(command)
    local.secrets.put(local.secretId, '{"client_secret":"of another"}')
    await fetch(callback)
    const { exitCode, stderr } = await local.end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toContain("contains something else than the tokens of a tenant, and is not overwritten")
    expect(await stored()).toEqual({ client_secret: "of another" })
  })
})
