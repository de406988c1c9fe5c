import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import {
  credentialsToOpen,
  fetchCredentials,
  fetchReplacedCredentials,
} from "../../../lib/credentials/credentials.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, pageBinding, sessionOf } from "../../support/context.ts"
import { credentials } from "../../support/front-door.ts"
import { clientId } from "../../../harness/id-tokens.ts"

const newKey = { kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }
const newer = { ...credentials, version: "v2", sealingKeys: [newKey, ...credentials.sealingKeys] }
const down = new ExchangeError("secret_unavailable", "down")
const unusable = new UnusableSecret("it is not a JSON object")
const gone = new ExchangeError("configuration_invalid", "a secret is not there")

describe("fetchCredentials", () => {
  it("gives the cached credentials, and notes their version", async () => {
    const context = fakeContext()
    expect(await fetchCredentials(undefined, context)).toBe(credentials)
    expect(context.events).toEqual(["secret cached", "secret cached: done"])
    expect(context.requestLog).toMatchObject({ facts: { secretVersion: "v1" }, warnings: new Set() })
  })

  it("takes a client_id that is ours, and no other", async () => {
    expect(await fetchCredentials(clientId, fakeContext())).toBe(credentials)
    for (const other of ["", clientId.toUpperCase(), `${clientId} `, "0".repeat(32)]) {
      const fetching = fetchCredentials(other, fakeContext())
      await expect(fetching).rejects.toMatchObject({ code: "request_invalid" })
    }
  })
})

describe("credentialsToOpen", () => {
  const sealedWith = (sealing: ClientCredentials) =>
    sealSession(sessionOf(), pageBinding({ credentials: sealing }))

  /** What opens these values, what is known of the key of each, and what was asked for. */
  async function toOpen(values: readonly string[], current?: ClientCredentials | Error) {
    const context = fakeContext(current && { credentials: () => current })
    const { credentials: opening, sealingKeyOf } = await credentialsToOpen(values, credentials, context)
    return { opening, keys: values.map(sealingKeyOf), events: context.events, log: context.requestLog.facts }
  }

  it.each<[string, () => Promise<string[]>]>([
    ["their keys are known", async () => [await sealedWith(credentials)]],
    ["they were never sealed", () => Promise.resolve(["not sealed"])],
    ["there are none", () => Promise.resolve([])],
  ])("reads nothing when %s", async (_what, sealed) => {
    const values = await sealed()
    const keys = values.map(() => "known")
    expect(await toOpen(values, newer)).toEqual({ opening: credentials, keys, events: [], log: {} })
  })

  it("reads the secret again once for keys that are new, within a limit of its own", async () => {
    const values = [await sealedWith(credentials), await sealedWith(newer), await sealedWith(newer)]
    expect(await toOpen(values, newer)).toEqual({
      opening: newer,
      keys: ["known", "known", "known"],
      events: ["secret reread_to_open", "secret reread_to_open: done"],
      log: { secretVersion: "v2" },
    })
  })

  it("knows that a key is retired when the secret that was read again lacks it", async () => {
    const current = { ...credentials, version: "v3" }
    const values = [await sealedWith(credentials), await sealedWith(newer)]
    expect(await toOpen(values, current)).toMatchObject({ opening: current, keys: ["known", "retired"] })
  })

  it.each<[string, ClientCredentials | Error]>([
    ["is down", down],
    ["is unusable", unusable],
    ["has been read too often just now", credentials],
  ])("gives what we have, and does not know about a key, when the secret %s", async (_what, current) => {
    const values = [await sealedWith(newer)]
    expect(await toOpen(values, current)).toMatchObject({ opening: credentials, keys: ["unknown"], log: {} })
  })

  it("fails when the secret is gone or denied", async () => {
    await expect(toOpen([await sealedWith(newer)], gone)).rejects.toBe(gone)
  })
})

describe("fetchReplacedCredentials", () => {
  const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }

  it.each([
    ["client secret", replaced],
    ["client id", { ...credentials, version: "v2", clientId: "another-client" }],
  ])("reads another %s past the cache, with a warning and its version in the log", async (_what, current) => {
    const context = fakeContext({ credentials: () => current })
    expect(await fetchReplacedCredentials(credentials, context)).toBe(current)
    expect(context.events).toEqual(["secret reread", "secret reread: done"])
    expect([...context.requestLog.warnings]).toEqual(["client_secret_replaced"])
    expect(context.requestLog.facts.secretVersion).toBe("v2")
  })

  it.each<[string, ClientCredentials | Error]>([
    ["is the same version", { ...replaced, version: "v1" }],
    ["is a new version of the same", { ...newer, clientSecret: new Secret("client-secret-one") }],
    ["cannot be read", down],
    ["cannot be used", unusable],
  ])("gives none when the secret %s", async (_what, current) => {
    const context = fakeContext({ credentials: () => current })
    expect(await fetchReplacedCredentials(credentials, context)).toBeUndefined()
    expect(context.requestLog).toMatchObject({ facts: {}, warnings: new Set() })
  })

  it.each([gone, new TypeError("odd")])("fails when the secret is gone or denied: %s", async (failure) => {
    const context = fakeContext({ credentials: () => failure })
    await expect(fetchReplacedCredentials(credentials, context)).rejects.toBe(failure)
  })
})
