import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { decodeProtectedHeader } from "jose"
import { describe, expect, it } from "vitest"
import { credentialVariables } from "../../local/credentials.ts"
import { secretId } from "../../local/stack.ts"
import { runCommand } from "../support/command.ts"
import { origin, startJourney, type Journey, type JsonRecord } from "../support/journey.ts"

/** A deployment whose functions read the secret again after a second, so that a test need not wait five minutes. */
const forgetful = { env: { SECRET_MAX_AGE_SECONDS: "1" } }

async function untilReadAgain(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100))
}

/** Runs `npm run secret` on the journey's secret. */
async function operate({ stack }: Journey, command: string, options: readonly string[] = [], input = "") {
  const { secretsManager, credentials } = stack
  const { exitCode, stderr } = await runCommand(
    "secret",
    [command, "--secret-id", secretId, "--endpoint", secretsManager.url, "--yes", ...options],
    {
      input,
      env: credentialVariables(credentials),
    },
  )
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" })
}

/** A page that is signed in, and keeps its cookie as a browser does. */
interface Page {
  refresh(): Promise<{ readonly status: number; readonly body: JsonRecord }>
  /** The id of the key that sealed its session. Undefined when the cookie is cleared. */
  readonly kid: string | undefined
}

async function signIn({ stack, ...journey }: Journey): Promise<Page> {
  let cookie = ""
  const post = async (path: string, fields: object) => {
    const headers = { origin, cookie, "content-type": "application/json", "x-csrf": "1" }
    const init = { method: "POST", headers, body: JSON.stringify(fields) }
    const response = await fetch(stack.url + path, init)
    for (const line of response.headers.getSetCookie()) cookie = line.split(";")[0] ?? ""
    return { status: response.status, body: (await response.json()) as JsonRecord }
  }
  expect(await post("/exchange-code", await journey.authorize())).toMatchObject({ status: 200 })
  return {
    refresh: () => post("/refresh-token", {}),
    get kid() {
      const sealed = cookie.slice(cookie.indexOf("=") + 1)
      return sealed === "" ? undefined : decodeProtectedHeader(sealed).kid
    },
  }
}

const refused = { status: 400, body: { error: "invalid_grant", code: "grant_rejected", retryable: false } }
const ended = { status: 400, body: { error: "invalid_grant", code: "session_expired", retryable: false } }
const refreshed = { status: 200, body: { token_type: "Bearer" } }

function lastOutcome(log: readonly string[]): JsonRecord {
  return JSON.parse(log.at(-1) ?? "{}") as JsonRecord
}

describe("a client secret that is replaced at SuperOffice, and then here", () => {
  it("is refused in between, keeps every session, and works at the next refresh without a restart (C61)", async () => {
    const journey = await startJourney()
    const { stack, provider, log } = journey
    const page = await signIn(journey)
    const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
    expect(await page.refresh()).toMatchObject(refreshed)
    const { pid } = stack.functions["refresh-token"] ?? {}

    provider.replaceClientSecret("the-new-one")
    expect(await page.refresh()).toMatchObject(refused)
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
    expect(await journey.invoke("exchange-code", await journey.authorize())).toMatchObject(refused.body)

    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    expect(await page.refresh()).toMatchObject(refreshed)
    expect(lastOutcome(log)).toMatchObject({ code: "ok", posts: 2, client_secret_replaced: 1 })
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
    expect(lastOutcome(log)).toMatchObject({ code: "ok", posts: 1 })
    expect(stack.functions["refresh-token"]?.pid).toBe(pid)
    expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
  })

  it("is suspected by the fifth refresh in a row that is refused, and no more once it is replaced (C61)", async () => {
    const journey = await startJourney()
    const { provider, log } = journey
    const pages: Page[] = []
    while (pages.length < 5) pages.push(await signIn(journey))
    const [page] = pages as [Page]
    provider.replaceClientSecret("the-new-one")
    // A page that is loaded again and again counts as one.
    for (let refusals = 1; refusals <= 5; refusals += 1) expect(await page.refresh()).toMatchObject(refused)
    expect(lastOutcome(log)).not.toHaveProperty("client_secret_suspected")
    for (const [index, other] of pages.entries()) {
      expect(await other.refresh()).toMatchObject(refused)
      expect(lastOutcome(log).client_secret_suspected).toBe(index < 4 ? undefined : 1)
    }
    // The reads past the copy are spent by now, so the new secret is seen when the next one is allowed.
    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    await expect.poll(() => page.refresh(), { interval: 1_000, timeout: 30_000 }).toMatchObject(refreshed)
    expect(lastOutcome(log)).not.toHaveProperty("client_secret_suspected")
  }, 60_000)

  it("may be replaced here first: environments that are running go on with the old one (C61)", async () => {
    const journey = await startJourney()
    const page = await signIn(journey)
    expect(await page.refresh()).toMatchObject(refreshed)
    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    expect(await page.refresh()).toMatchObject(refreshed)
    journey.provider.replaceClientSecret("the-new-one")
    expect(await page.refresh()).toMatchObject(refreshed)
  })
})

describe("a client id that is regenerated", () => {
  it.each([
    ["with the same client secret", undefined],
    ["together with the client secret", "the-new-one"],
  ])(
    "%s is replaced in one step: old sessions and tokens end by their codes, and new sign-ins work",
    async (_what, secret) => {
      const journey = await startJourney(forgetful)
      const { provider } = journey
      const page = await signIn(journey)
      const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
      const old = provider.clientId

      const current = provider.regenerateClientId()
      if (secret !== undefined) provider.replaceClientSecret(secret)
      expect(await page.refresh()).toMatchObject(refused)
      expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
      expect(await journey.invoke("exchange-code", await journey.authorize())).toMatchObject(refused.body)

      await operate(journey, "replace", ["--client-id", current, "--stdin"], secret ?? "")
      await untilReadAgain()
      expect(await page.refresh()).toMatchObject(ended)
      expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
      const named = { ...(await journey.authorize()), client_id: old }
      expect(await journey.invoke("exchange-code", named)).toMatchObject({ code: "request_invalid" })
      const begun = await journey.postAsPage("/start-login", { redirect_uri: `${origin}/callback` })
      expect(String(begun.body.authorization_url)).toContain(`client_id=${current}`)
      expect(await journey.invoke("exchange-code", await journey.authorize())).toMatchObject({
        claims: { aud: current },
      })
      const fresh = await signIn(journey)
      expect(await fresh.refresh()).toMatchObject(refreshed)
    },
  )

  it("reaches what redeems within one request, and start-login when it reads the secret again", async () => {
    const journey = await startJourney()
    const start = () => journey.postAsPage("/start-login", { redirect_uri: `${origin}/callback` })
    await journey.invoke("exchange-code", await journey.authorize())
    await start()
    const old = journey.provider.clientId
    const current = journey.provider.regenerateClientId()
    await operate(journey, "replace", ["--client-id", current, "--stdin"])
    expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
    expect(String((await start()).body.authorization_url)).toContain(`client_id=${old}`)
    await restart(journey, "start-login")
    expect(String((await start()).body.authorization_url)).toContain(`client_id=${current}`)
  })
})

describe("a sealing key that is rotated", () => {
  it("signs nobody out; its predecessor, retired, ends only sessions that have not refreshed since (C61)", async () => {
    const journey = await startJourney(forgetful)
    const [busy, idle] = [await signIn(journey), await signIn(journey)]
    const oldKid = busy.kid

    await operate(journey, "rotate-sealing-key")
    await untilReadAgain()
    expect(await busy.refresh()).toMatchObject(refreshed)
    const fresh = await signIn(journey)
    expect(fresh.kid).toBe(busy.kid)
    expect([busy.kid, idle.kid]).toEqual([expect.not.stringContaining(oldKid ?? "") as string, oldKid])

    await operate(journey, "retire-sealing-key")
    await untilReadAgain()
    expect(await idle.refresh()).toMatchObject(ended)
    expect(await busy.refresh()).toMatchObject(refreshed)
    expect(await fresh.refresh()).toMatchObject(refreshed)
  })

  it("opens at once what it sealed, also where the secret has not been read again yet (C61)", async () => {
    const journey = await startJourney()
    const before = await signIn(journey)
    expect(await before.refresh()).toMatchObject(refreshed)
    await operate(journey, "rotate-sealing-key")
    // A function that starts now knows the new key; refresh-token has its copy from before.
    await restart(journey, "exchange-code")
    const after = await signIn(journey)
    expect(after.kid).not.toBe(before.kid)
    expect(await after.refresh()).toMatchObject(refreshed)
  })
})

describe("a version of the secret that was a mistake", () => {
  it("is taken back by its label: a key retired too early opens the sessions of pages that did not come meanwhile (C61)", async () => {
    const journey = await startJourney(forgetful)
    const [came, idle] = [await signIn(journey), await signIn(journey)]
    await operate(journey, "rotate-sealing-key")
    await operate(journey, "retire-sealing-key")
    await untilReadAgain()
    // No key opens this cookie any more, so it is cleared.
    expect(await came.refresh()).toMatchObject(ended)
    expect(came.kid).toBeUndefined()
    await takeBack(journey)
    await untilReadAgain()
    expect(await came.refresh()).toMatchObject(ended)
    expect(await idle.refresh()).toMatchObject(refreshed)
  })
})

describe("in an emergency", () => {
  it("every session is ended in one step, also one that refreshes meanwhile; new ones go on (C61)", async () => {
    const journey = await startJourney(forgetful)
    const [idle, meanwhile] = [await signIn(journey), await signIn(journey)]
    expect(await meanwhile.refresh()).toMatchObject(refreshed)
    const oldKid = meanwhile.kid

    await operate(journey, "rotate-sealing-key", ["--end-sessions"])
    // By a function that still has its copy, if that is not a second old yet: no copy has the old key and the new one. One
    // that has the new key alone clears the cookie.
    await meanwhile.refresh()
    expect([oldKid, undefined]).toContain(meanwhile.kid)
    await untilReadAgain()
    expect(await idle.refresh()).toMatchObject(ended)
    expect(await meanwhile.refresh()).toMatchObject(ended)

    const fresh = await signIn(journey)
    expect(fresh.kid).not.toBe(oldKid)
    expect(await fresh.refresh()).toMatchObject(refreshed)
  })

  it("a stolen session ends so, while what cloud functions hold is SuperOffice's and goes on (C61)", async () => {
    const journey = await startJourney(forgetful)
    const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
    await operate(journey, "rotate-sealing-key", ["--end-sessions"])
    await untilReadAgain()
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
    expect(await journey.invoke("revoke-token", { token: refresh_token })).toMatchObject({ revoked: true })
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
  })
})

describe("a signing key that SuperOffice rolls", () => {
  it("needs nobody: sign-ins and sessions go on", async () => {
    const journey = await startJourney()
    const page = await signIn(journey)
    for (let roll = 1; roll <= 2; roll += 1) {
      await journey.provider.rollSigningKey()
      expect(await page.refresh()).toMatchObject(refreshed)
      expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
    }
  })

  it("and that cannot be read: no token leaves until it can, and the session is kept", async () => {
    const journey = await startJourney()
    const page = await signIn(journey)
    expect(await page.refresh()).toMatchObject(refreshed)
    await journey.provider.rollSigningKey()
    journey.provider.faults["key set"] = "status 500"
    expect(await page.refresh()).toMatchObject({
      status: 503,
      body: { code: "key_set_unavailable", retryable: true },
    })
    journey.provider.faults["key set"] = undefined
    await expect.poll(() => page.refresh(), { interval: 1_000, timeout: 30_000 }).toMatchObject(refreshed)
  }, 60_000)
})

describe("while SuperOffice is down", () => {
  it.each([
    ["answers 503", "status 503"],
    ["cuts connections", "reset before the work"],
  ] as const)(
    "and %s, users are told to wait, sessions are kept, and sign-ins work again afterwards",
    async (_what, fault) => {
      const journey = await startJourney()
      const { provider } = journey
      const page = await signIn(journey)
      const grant = await journey.authorize()
      provider.faults.token = fault
      const refresh = await page.refresh()
      const sent = await journey.invoke("exchange-code", grant)
      expect(refresh).toMatchObject({
        status: 503,
        body: { error: "temporarily_unavailable", code: "upstream_unavailable", retryable: true },
      })
      // It may have arrived, so the user has to sign in again.
      expect(sent).toMatchObject({ code: "upstream_unavailable", retryable: false })
      provider.faults.token = undefined
      expect(await page.refresh()).toMatchObject(refreshed)
      expect(await journey.invoke("exchange-code", await journey.authorize())).toHaveProperty("access_token")
    },
  )

  it("and a function has no key set yet, a code is not spent", async () => {
    const journey = await startJourney()
    const { provider } = journey
    const grant = await journey.authorize()
    provider.faults["key set"] = "status 503"
    expect(await journey.invoke("exchange-code", grant)).toMatchObject({
      code: "key_set_unavailable",
      retryable: true,
    })
    expect(provider.requests.token).toBe(0)
    provider.faults["key set"] = undefined
    expect(await journey.invoke("exchange-code", grant)).toHaveProperty("access_token")
  })
})

describe("in the wrong environment", () => {
  it("no token of another environment leaves, and the log names the rule", async () => {
    const journey = await startJourney({ env: { SUPEROFFICE_ENVIRONMENT: "online" } })
    const answer = await journey.invoke("exchange-code", await journey.authorize())
    expect(answer).toMatchObject({ error: "server_error", code: "id_token_invalid", retryable: false })
    expect(answer).not.toHaveProperty("access_token")
    expect(lastOutcome(journey.log)).toMatchObject({
      environment: "online",
      message: expect.stringContaining("iss") as string,
    })
  })

  it("an application that is not registered there is refused as a wrong secret is", async () => {
    const journey = await startJourney()
    const { secretsManager } = journey.stack
    const ofAnother = { client_id: "f".repeat(32), client_secret: "another", sealing_keys: [] }
    secretsManager.put(secretId, JSON.stringify(ofAnother))
    await operate(journey, "rotate-sealing-key")
    expect(await journey.invoke("exchange-code", await journey.authorize())).toMatchObject(refused.body)
  })

  it("a name that SuperOffice does not use is told, with the right one", async () => {
    const journey = await startJourney({ env: { SUPEROFFICE_ENVIRONMENT: "stage" } })
    expect(await journey.invoke("exchange-code", {})).toMatchObject({ code: "configuration_invalid" })
    expect(lastOutcome(journey.log)).toMatchObject({
      problems: ["SUPEROFFICE_ENVIRONMENT must be sod, qaonline or online: this one is called qaonline"],
    })
  })
})

/** Makes the previous version the current one, as `aws secretsmanager update-secret-version-stage` does. */
async function takeBack({ stack }: Journey): Promise<void> {
  const { secretsManager, credentials } = stack
  const { region } = credentials
  const client = new SecretsManager({ endpoint: secretsManager.url, region, credentials })
  const { VersionIdsToStages = {} } = await client.describeSecret({ SecretId: secretId })
  const holder = (stage: string) =>
    Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage))
  await client.updateSecretVersionStage({
    SecretId: secretId,
    VersionStage: "AWSCURRENT",
    MoveToVersionId: holder("AWSPREVIOUS"),
    RemoveFromVersionId: holder("AWSCURRENT"),
  })
  client.destroy()
}

/** Ends a function's process; the next call starts one anew. */
async function restart({ stack }: Journey, name: string): Promise<void> {
  const { pid } = stack.functions[name] ?? {}
  if (pid === undefined) throw new Error(`${name} is not running`)
  process.kill(pid, "SIGKILL")
  await expect.poll(() => isRunning(pid)).toBe(false)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
