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
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig, fakeContext, type FakeContext } from "../../support/context.ts"

const newer: ClientCredentials = {
  ...credentials,
  version: "v2",
  sealingKeys: [{ kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }, ...credentials.sealingKeys],
}
const down = new ExchangeError("secret_unavailable", "down")

describe("our credentials", () => {
  it("are read from the cache, and their version is noted", async () => {
    const context = fakeContext()
    expect(await fetchCredentials(undefined, context)).toBe(credentials)
    expect(context.events).toEqual(["secret cached", "secret cached: done"])
    expect(context.requestLog).toMatchObject({ facts: { secretVersion: "v1" }, warnings: new Set() })
    expect(context.requestLog.durations).toHaveProperty("secret")
  })

  it("may be past their age, which is noted", async () => {
    const context = fakeContext({ credentials: () => ({ value: credentials, stale: true }) })
    expect(await fetchCredentials(undefined, context)).toBe(credentials)
    expect(context.requestLog.warnings).toEqual(new Set(["secret_stale"]))
  })

  it("are waited for three seconds, and not beyond the request's own deadline", async () => {
    const usual = fakeContext()
    await fetchCredentials(undefined, usual)
    const hurried = fakeContext({ deadline: { remainingMs: () => 700 } })
    await fetchCredentials(undefined, hurried)
    expect([usual, hurried].map(({ waits }) => Math.round((waits[0]?.ms ?? 0) / 100))).toEqual([30, 7])
  })

  it("are for a caller that names our client id, and for no other", async () => {
    expect(await fetchCredentials(clientId, fakeContext())).toBe(credentials)
    for (const other of ["", clientId.toUpperCase(), `${clientId} `, "0".repeat(32)]) {
      await expect(fetchCredentials(other, fakeContext())).rejects.toMatchObject({
        code: "request_invalid",
      })
    }
  })

  it("that cannot be read are that failure", async () => {
    await expect(fetchCredentials(undefined, fakeContext({ credentials: () => down }))).rejects.toBe(down)
  })
})

describe("what opens sealed values", () => {
  async function sealedWith(sealing: ClientCredentials): Promise<string> {
    const session = { refreshToken: new Secret("r"), sub: "tony", ctx: "Cust12020", signedInAt: signedAt }
    return await sealSession(session, { config: completeConfig(), credentials: sealing, origin: pageOrigin })
  }

  /** What opens these values, and what is known of the key of each. */
  async function toOpen(values: readonly string[], context: FakeContext) {
    const { credentials: opening, sealingKeyOf } = await credentialsToOpen(values, credentials, context)
    return { opening, keys: values.map(sealingKeyOf) }
  }

  it("is what we have, when we know the keys that sealed them", async () => {
    const context = fakeContext()
    expect(await toOpen([await sealedWith(credentials)], context)).toEqual({
      opening: credentials,
      keys: ["known"],
    })
    expect(await toOpen([], context)).toEqual({ opening: credentials, keys: [] })
    expect(context.events).toEqual([])
  })

  it("is what we have, when they were never sealed", async () => {
    const context = fakeContext()
    expect(await toOpen(["not sealed"], context)).toEqual({ opening: credentials, keys: ["known"] })
    expect(context.events).toEqual([])
  })

  it("is read again once when a key is a new one, within a limit of its own", async () => {
    const context = fakeContext({ credentials: () => newer })
    const values = [await sealedWith(credentials), await sealedWith(newer), await sealedWith(newer)]
    expect(await toOpen(values, context)).toMatchObject({
      opening: newer,
      keys: [expect.anything(), "known", "known"],
    })
    expect(context.events).toEqual(["secret reread_to_open", "secret reread_to_open: done"])
    expect(context.requestLog.facts.secretVersion).toBe("v2")
  })

  it("is known to be gone when the secret that was read again lacks the key", async () => {
    const current = { ...credentials, version: "v3" }
    const context = fakeContext({ credentials: () => current })
    const values = [await sealedWith(credentials), await sealedWith(newer)]
    expect(await toOpen(values, context)).toEqual({ opening: current, keys: ["known", "retired"] })
  })

  it.each<[string, ClientCredentials | Error]>([
    ["is down", down],
    ["is unusable", new UnusableSecret("it is not a JSON object")],
    ["has been read too often just now", credentials],
  ])("is what we have, and the key may still exist, when the secret %s", async (_what, answer) => {
    const context = fakeContext({ credentials: () => answer })
    expect(await toOpen([await sealedWith(newer)], context)).toEqual({
      opening: credentials,
      keys: ["unknown"],
    })
  })

  it("is a failure when the secret is gone or denied", async () => {
    const gone = new ExchangeError("configuration_invalid", "a secret is not there")
    const context = fakeContext({ credentials: () => gone })
    await expect(credentialsToOpen([await sealedWith(newer)], credentials, context)).rejects.toBe(gone)
  })
})

describe("the credentials that replaced rejected ones", () => {
  const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }

  it("are read past the cache, with a warning and their version in the log", async () => {
    const context = fakeContext({ credentials: () => replaced })
    expect(await fetchReplacedCredentials(credentials, context)).toBe(replaced)
    expect(context.events).toEqual(["secret reread", "secret reread: done"])
    expect([...context.requestLog.warnings]).toEqual(["client_secret_replaced"])
    expect(context.requestLog.facts.secretVersion).toBe("v2")
  })

  it("may have another client id with the same secret", async () => {
    const otherClient = { ...credentials, version: "v2", clientId: "another-client" }
    const context = fakeContext({ credentials: () => otherClient })
    expect(await fetchReplacedCredentials(credentials, context)).toBe(otherClient)
  })

  it.each<[string, ClientCredentials | Error]>([
    ["is the same version", { ...replaced, version: "v1" }],
    ["is a new version of the same", { ...replaced, clientSecret: new Secret("client-secret-one") }],
    ["cannot be read", down],
    ["cannot be used", new UnusableSecret("it is not a JSON object")],
  ])("are none when the secret %s", async (_what, current) => {
    const context = fakeContext({ credentials: () => current })
    expect(await fetchReplacedCredentials(credentials, context)).toBeUndefined()
    expect(context.requestLog).toMatchObject({ facts: {}, warnings: new Set() })
  })

  it.each([new ExchangeError("configuration_invalid", "gone"), new TypeError("unexpected")])(
    "are a failure when the secret is gone or denied: %s",
    async (failure) => {
      const context = fakeContext({ credentials: () => failure })
      await expect(fetchReplacedCredentials(credentials, context)).rejects.toBe(failure)
    },
  )
})
