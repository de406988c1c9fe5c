import { decodeJwt } from "jose"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { bodyOf, httpEvent } from "../../support/events.ts"
import { secretText, storedKeys } from "../../support/api-token.ts"
import { answerIn, prepareCallers, type FaultCaller, type MakeCallers } from "./callers.ts"
import { apiToken, deploy, type Deployment } from "./deployment.ts"

let deployment: Deployment
/** Callers who ask for a token for the partner's API, and those who do not. */
let asking: MakeCallers
let others: MakeCallers

beforeAll(async () => {
  deployment = await deploy()
  asking = await prepareCallers(deployment, { include: "api_token" })
  others = await prepareCallers(deployment)
})
afterAll(() => deployment.close())

const { keysSecretId } = apiToken
const putKeys = (text: string) => () => {
  deployment.secretsManager.put(keysSecretId, text)
}
const failWith = (outage: "down" | "throttled" | "denied" | "slow") => () => {
  deployment.secretsManager.fail(keysSecretId, outage)
}

afterEach(restoreKeys)

function restoreKeys(): void {
  deployment.secretsManager.fail(keysSecretId, undefined)
  putKeys(apiToken.keys)()
}

const patient = { timeout: 15_000 }

/** What befalls the secret with the signing keys, and what is answered where they are needed. */
const faults: readonly (readonly [what: string, commit: () => void, code: string])[] = [
  [
    "is missing",
    () => {
      deployment.secretsManager.remove(keysSecretId)
    },
    "configuration_invalid",
  ],
  ["may not be read", failWith("denied"), "configuration_invalid"],
  ["is no JSON", putKeys("not JSON"), "configuration_invalid"],
  ["has no keys", putKeys(secretText()), "configuration_invalid"],
  ["has a key that is cut off", putKeys(secretText(cutOff())), "configuration_invalid"],
  ["is slow", failWith("slow"), "secret_unavailable"],
  ["is throttled", failWith("throttled"), "secret_unavailable"],
  ["cannot be read", failWith("down"), "secret_unavailable"],
]

describe.each(faults)("when the secret with the signing keys %s,", (_what, commit, code) => {
  it("who asks for an api_token is told so before anything is posted, and the code stays good", async () => {
    const callers = await asking("code", "refresh")
    commit()
    deployment.coldStart()
    const { requests } = deployment.provider
    const before = requests.token
    for (const [{ name }, reply] of await callAll(callers)) {
      const { code: told, retryable } = answerIn(reply)
      expect.soft({ told, retryable }, name).toEqual({ told: code, retryable: code === "secret_unavailable" })
      expect.soft(reply.line, name).toMatchObject({ code, posts: 0 })
      expect.soft(String(reply.result?.cookies), name).not.toContain("Max-Age=0")
    }
    expect(requests.token).toBe(before)

    restoreKeys()
    deployment.coldStart()
    for (const [{ name }, reply] of await callAll(callers)) {
      const { api_token: token } = answerIn(reply)
      expect.soft(decodeJwt(String(token)), name).toMatchObject({ iss: apiToken.issuer, sub: "Cust12020/5" })
    }
  })

  it("everybody else is served as ever, without waiting for it", async () => {
    const callers = await others()
    commit()
    deployment.coldStart()
    for (const [{ name }, reply] of await callAll(callers)) {
      expect.soft(reply.line, name).toMatchObject({ code: "ok" })
      expect.soft(answerIn(reply), name).not.toHaveProperty("error")
    }
  })

  it("well-known says so for the key set alone, and nobody keeps that (C84)", async () => {
    commit()
    deployment.coldStart()
    // It waits for a second at most, which a busy machine needs for a cold start.
    await expect
      .poll(() => get("jwks.json"), patient)
      .toMatchObject({ cacheControl: "no-store", body: { code } })
    expect(await get("openid-configuration")).toMatchObject({ body: { issuer: apiToken.issuer } })

    restoreKeys()
    deployment.coldStart()
    const keys = storedKeys.map(({ kid }) => ({ kid }))
    await expect.poll(() => get("jwks.json"), patient).toMatchObject({ body: { keys } })
  })
})

async function callAll(callers: readonly FaultCaller[]) {
  const called = callers.map(async (caller) => {
    return [caller, await deployment.invoke(caller.functionName, caller.event, 20_000)] as const
  })
  return await Promise.all(called)
}

async function get(name: string) {
  const event = httpEvent({ method: "GET", path: `/.well-known/${name}` })
  const { result = {} } = await deployment.invoke("well-known", event, 20_000)
  const { "cache-control": cacheControl } = result.headers as Readonly<Record<string, unknown>>
  return { cacheControl, body: bodyOf(result) }
}

/** A key whose copy ended too early. */
function cutOff() {
  const [{ kid, key }] = storedKeys
  return { kid, key: key.slice(0, -20) }
}
