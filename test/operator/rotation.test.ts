import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { decodeProtectedHeader } from "jose"
import { describe, expect, it } from "vitest"
import { credentialVariables } from "../../local/credentials.ts"
import { secretId } from "../../local/stack.ts"
import { secret } from "../../operator/secret/program.ts"
import { startJourneyHere, type JourneyHere } from "../support/journey-here.ts"
import { origin, type JsonRecord } from "../support/journey.ts"
import { runProgram } from "../support/program.ts"

/** A deployment whose functions read the secret again after some seconds. */
const untilReadAgain = 10
const forgetful = { env: { SECRET_MAX_AGE_SECONDS: String(untilReadAgain) } }

/** Runs `npm run secret` on the journey's secret. */
async function operate({ stack }: JourneyHere, command: string, options: readonly string[] = [], input = "") {
  const { secretsManager, credentials } = stack
  const args = [command, "--secret-id", secretId, "--endpoint", secretsManager.url, "--yes", ...options]
  const { exitCode, stderr } = await runProgram(secret, args, {
    input,
    env: credentialVariables(credentials),
  })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" })
}

/** Signs in, and keeps the cookie as a browser does. */
async function signIn({ stack, ...journey }: JourneyHere) {
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
    /** The id of the key that sealed its session. Undefined when the cookie is cleared. */
    get kid() {
      const sealed = cookie.slice(cookie.indexOf("=") + 1)
      return sealed === "" ? undefined : decodeProtectedHeader(sealed).kid
    },
  }
}

/** A journey with a page that is signed in. */
async function start(options?: Parameters<typeof startJourneyHere>[0]) {
  const journey = await startJourneyHere(options)
  return { journey, provider: journey.provider, page: await signIn(journey) }
}

/** What a new code is exchanged for. */
async function exchange(journey: JourneyHere, more: object = {}): Promise<JsonRecord> {
  return await journey.invoke("exchange-code", { ...(await journey.authorize()), ...more })
}

const refused = { status: 400, body: { error: "invalid_grant", code: "grant_rejected", retryable: false } }
const ended = { status: 400, body: { error: "invalid_grant", code: "session_expired", retryable: false } }
const refreshed = { status: 200, body: { token_type: "Bearer" } }

function lastOutcome({ log }: JourneyHere): JsonRecord {
  return JSON.parse(log.at(-1) ?? "{}") as JsonRecord
}

describe("a client secret that is replaced at SuperOffice, and then here", () => {
  it("is refused in between, keeps every session, and works at the next refresh without a restart (C61)", async () => {
    const { journey, provider, page } = await start()
    const { refresh_token } = await exchange(journey)
    expect(await page.refresh()).toMatchObject(refreshed)

    provider.replaceClientSecret("the-new-one")
    expect(await page.refresh()).toMatchObject(refused)
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
    expect(await exchange(journey)).toMatchObject(refused.body)

    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    expect(await page.refresh()).toMatchObject(refreshed)
    expect(lastOutcome(journey)).toMatchObject({ code: "ok", posts: 2, client_secret_replaced: 1 })
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
    expect(lastOutcome(journey)).toMatchObject({ code: "ok", posts: 1 })
    expect(await exchange(journey)).toHaveProperty("access_token")
  })

  it("is suspected by the fifth refresh in a row that is refused, and no more once it is replaced (C61)", async () => {
    const { journey, provider, page } = await start()
    const pages = [page]
    while (pages.length < 5) pages.push(await signIn(journey))
    provider.replaceClientSecret("the-new-one")
    // A page that is loaded again and again counts as one.
    for (let refusals = 1; refusals <= 5; refusals += 1) expect(await page.refresh()).toMatchObject(refused)
    expect(lastOutcome(journey)).not.toHaveProperty("client_secret_suspected")
    for (const [index, other] of pages.entries()) {
      expect(await other.refresh()).toMatchObject(refused)
      expect(lastOutcome(journey).client_secret_suspected).toBe(index < 4 ? undefined : 1)
    }
    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    // The reads past the copy are spent by now, so the new secret is seen when the next one is allowed.
    expect(await page.refresh()).toMatchObject(refused)
    journey.pass(10)
    expect(await page.refresh()).toMatchObject(refreshed)
    expect(lastOutcome(journey)).not.toHaveProperty("client_secret_suspected")
  })

  it("may be replaced here first: environments that are running go on with the old one (C61)", async () => {
    const { journey, provider, page } = await start()
    expect(await page.refresh()).toMatchObject(refreshed)
    await operate(journey, "replace", ["--stdin"], "the-new-one\n")
    expect(await page.refresh()).toMatchObject(refreshed)
    provider.replaceClientSecret("the-new-one")
    expect(await page.refresh()).toMatchObject(refreshed)
  })
})

describe("a client id that is regenerated", () => {
  it.each([
    ["with the same client secret", undefined],
    ["together with the client secret", "the-new-one"],
  ])(
    "%s is replaced in one step: old sessions and tokens end by their codes, and new sign-ins work",
    async (_what, clientSecret) => {
      const { journey, provider, page } = await start(forgetful)
      const { refresh_token } = await exchange(journey)
      const old = provider.clientId

      const current = provider.regenerateClientId()
      if (clientSecret !== undefined) provider.replaceClientSecret(clientSecret)
      expect(await page.refresh()).toMatchObject(refused)
      expect(await exchange(journey)).toMatchObject(refused.body)

      await operate(journey, "replace", ["--client-id", current, "--stdin"], clientSecret ?? "")
      journey.pass(untilReadAgain)
      expect(await page.refresh()).toMatchObject(ended)
      expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
      expect(await exchange(journey, { client_id: old })).toMatchObject({ code: "request_invalid" })
      expect(await exchange(journey)).toMatchObject({ claims: { aud: current } })
      expect(await (await signIn(journey)).refresh()).toMatchObject(refreshed)
    },
  )

  it("reaches what redeems within one request, and start-login when it reads the secret again", async () => {
    const journey = await startJourneyHere(forgetful)
    const beginAt = async () => {
      const { body } = await journey.postAsPage("/start-login", { redirect_uri: `${origin}/callback` })
      return new URL(String(body.authorization_url)).searchParams.get("client_id")
    }
    await exchange(journey)
    const old = journey.provider.clientId
    expect(await beginAt()).toBe(old)
    const current = journey.provider.regenerateClientId()
    await operate(journey, "replace", ["--client-id", current, "--stdin"])
    expect(await exchange(journey)).toHaveProperty("access_token")
    expect(await beginAt()).toBe(old)
    journey.pass(untilReadAgain)
    expect(await beginAt()).toBe(current)
  })
})

describe("a sealing key that is rotated", () => {
  it("signs nobody out; its predecessor, retired, ends only sessions that have not refreshed since (C61)", async () => {
    const { journey, page: busy } = await start(forgetful)
    const idle = await signIn(journey)
    const oldKid = busy.kid

    await operate(journey, "rotate-sealing-key")
    journey.pass(untilReadAgain)
    expect(await busy.refresh()).toMatchObject(refreshed)
    const fresh = await signIn(journey)
    expect(fresh.kid).toBe(busy.kid)
    expect(busy.kid).not.toBe(oldKid)
    expect(idle.kid).toBe(oldKid)

    await operate(journey, "retire-sealing-key")
    journey.pass(untilReadAgain)
    expect(await idle.refresh()).toMatchObject(ended)
    expect(await busy.refresh()).toMatchObject(refreshed)
    expect(await fresh.refresh()).toMatchObject(refreshed)
  })

  it("opens at once what it sealed, also where the secret has not been read again yet (C61)", async () => {
    const { journey, page: before } = await start()
    expect(await before.refresh()).toMatchObject(refreshed)
    await operate(journey, "rotate-sealing-key")
    // A function that starts now knows the new key; refresh-token has its copy from before.
    journey.restart("exchange-code")
    const after = await signIn(journey)
    expect(after.kid).not.toBe(before.kid)
    expect(await after.refresh()).toMatchObject(refreshed)
  })
})

describe("a version of the secret that was a mistake", () => {
  it("is taken back by its label: a key retired too early opens the sessions of pages that did not come meanwhile (C61)", async () => {
    const { journey, page: came } = await start(forgetful)
    const idle = await signIn(journey)
    await operate(journey, "rotate-sealing-key")
    await operate(journey, "retire-sealing-key")
    journey.pass(untilReadAgain)
    // No key opens this cookie any more, so it is cleared.
    expect(await came.refresh()).toMatchObject(ended)
    expect(came.kid).toBeUndefined()
    await takeBack(journey)
    journey.pass(untilReadAgain)
    expect(await came.refresh()).toMatchObject(ended)
    expect(await idle.refresh()).toMatchObject(refreshed)
  })
})

describe("in an emergency", () => {
  it("every session is ended in one step, also one that refreshes meanwhile; new ones go on (C61)", async () => {
    const { journey, page: meanwhile } = await start(forgetful)
    const idle = await signIn(journey)
    expect(await meanwhile.refresh()).toMatchObject(refreshed)
    const oldKid = meanwhile.kid

    await operate(journey, "rotate-sealing-key", ["--end-sessions"])
    // By a function that still has its copy: no copy has the old key and the new one.
    expect(await meanwhile.refresh()).toMatchObject(refreshed)
    expect(meanwhile.kid).toBe(oldKid)
    journey.pass(untilReadAgain)
    expect(await idle.refresh()).toMatchObject(ended)
    expect(await meanwhile.refresh()).toMatchObject(ended)
    expect(await (await signIn(journey)).refresh()).toMatchObject(refreshed)
  })

  it("a stolen session ends so, while what cloud functions hold is SuperOffice's and goes on (C61)", async () => {
    const journey = await startJourneyHere(forgetful)
    const { refresh_token } = await exchange(journey)
    await operate(journey, "rotate-sealing-key", ["--end-sessions"])
    journey.pass(untilReadAgain)
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject({ refresh_token })
    expect(await journey.invoke("revoke-token", { token: refresh_token })).toMatchObject({ revoked: true })
    expect(await journey.invoke("refresh-token", { refresh_token })).toMatchObject(refused.body)
  })
})

describe("a signing key that SuperOffice rolls", () => {
  it("needs nobody: sign-ins and sessions go on", async () => {
    const { journey, provider, page } = await start()
    for (let roll = 1; roll <= 2; roll += 1) {
      await provider.rollSigningKey()
      expect(await page.refresh()).toMatchObject(refreshed)
      expect(await exchange(journey)).toHaveProperty("access_token")
    }
  })

  it("and that cannot be read: no token leaves until it can, and the session is kept", async () => {
    const { journey, provider, page } = await start()
    expect(await page.refresh()).toMatchObject(refreshed)
    await provider.rollSigningKey()
    provider.faults["key set"] = "status 500"
    const unavailable = { status: 503, body: { code: "key_set_unavailable", retryable: true } }
    expect(await page.refresh()).toMatchObject(unavailable)
    provider.faults["key set"] = undefined
    journey.pass(10)
    expect(await page.refresh()).toMatchObject(refreshed)
  })
})

describe("while SuperOffice is down", () => {
  it("and answers 503, users are told to wait, sessions are kept, and sign-ins work again afterwards", async () => {
    const { journey, provider, page } = await start()
    provider.faults.token = "status 503"
    expect(await page.refresh()).toMatchObject({
      status: 503,
      body: { error: "temporarily_unavailable", code: "upstream_unavailable", retryable: true },
    })
    // It may have arrived, so the user has to sign in again.
    expect(await exchange(journey)).toMatchObject({ code: "upstream_unavailable", retryable: false })
    provider.faults.token = undefined
    expect(await page.refresh()).toMatchObject(refreshed)
    expect(await exchange(journey)).toHaveProperty("access_token")
  })

  it("and a function has no key set yet, a code is not spent", async () => {
    const journey = await startJourneyHere()
    const { provider } = journey
    const grant = await journey.authorize()
    provider.faults["key set"] = "status 503"
    const unavailable = { code: "key_set_unavailable", retryable: true }
    expect(await journey.invoke("exchange-code", grant)).toMatchObject(unavailable)
    expect(provider.requests.token).toBe(0)
    provider.faults["key set"] = undefined
    expect(await journey.invoke("exchange-code", grant)).toHaveProperty("access_token")
  })
})

describe("in the wrong environment", () => {
  it("no token of another environment leaves, and the log names the rule", async () => {
    const journey = await startJourneyHere({ env: { SUPEROFFICE_ENVIRONMENT: "online" } })
    const answer = await exchange(journey)
    expect(answer).toMatchObject({ error: "server_error", code: "id_token_invalid", retryable: false })
    expect(answer).not.toHaveProperty("access_token")
    const { environment, message } = lastOutcome(journey)
    expect([environment, message]).toEqual(["online", expect.stringContaining("iss")])
  })

  it("an application that is not registered there is refused as a wrong secret is", async () => {
    const journey = await startJourneyHere()
    const ofAnother = { client_id: "f".repeat(32), client_secret: "another", sealing_keys: [] }
    journey.stack.secretsManager.put(secretId, JSON.stringify(ofAnother))
    await operate(journey, "rotate-sealing-key")
    expect(await exchange(journey)).toMatchObject(refused.body)
  })

  it("a name that SuperOffice does not use is told, with the right one", async () => {
    const journey = await startJourneyHere({ env: { SUPEROFFICE_ENVIRONMENT: "stage" } })
    expect(await journey.invoke("exchange-code", {})).toMatchObject({ code: "configuration_invalid" })
    const problem = expect.stringMatching(/^SUPEROFFICE_ENVIRONMENT must be .* qaonline$/) as string
    expect(lastOutcome(journey)).toMatchObject({ problems: [problem] })
  })
})

/** Makes the previous version the current one, as `aws secretsmanager update-secret-version-stage` does. */
async function takeBack({ stack }: JourneyHere): Promise<void> {
  const { secretsManager, credentials } = stack
  const { region } = credentials
  const client = new SecretsManager({ endpoint: secretsManager.url, region, credentials })
  const { VersionIdsToStages = {} } = await client.describeSecret({ SecretId: secretId })
  const [RemoveFromVersionId, MoveToVersionId] = ["AWSCURRENT", "AWSPREVIOUS"].map((stage) =>
    Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage)),
  )
  const move = { SecretId: secretId, VersionStage: "AWSCURRENT", MoveToVersionId, RemoveFromVersionId }
  await client.updateSecretVersionStage(move)
  client.destroy()
}
