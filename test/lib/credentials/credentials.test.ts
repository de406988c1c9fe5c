import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import {
  credentialsToOpen,
  isOutageOfSecret,
  fetchCredentials,
} from "../../../lib/credentials/credentials.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig, fakeInvocation } from "../../support/invocation.ts"

const newer: ClientCredentials = {
  ...credentials,
  version: "v2",
  sealingKeys: [{ kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }, ...credentials.sealingKeys],
}
const down = new ExchangeError("secret_unavailable", "down")

describe("our credentials", () => {
  it("are read from the copy, and their version is noted", async () => {
    const invocation = fakeInvocation()
    expect(await fetchCredentials(undefined, invocation)).toBe(credentials)
    expect(invocation.events).toEqual(["secret cached", "secret cached: done"])
    expect(invocation.requestLog).toMatchObject({ secretVersion: "v1", warnings: new Set() })
    expect(invocation.requestLog.durations).toHaveProperty("secret")
  })

  it("may be past their age, which is noted", async () => {
    const invocation = fakeInvocation({ credentials: () => ({ value: credentials, stale: true }) })
    expect(await fetchCredentials(undefined, invocation)).toBe(credentials)
    expect(invocation.requestLog.warnings).toEqual(new Set(["secret_stale"]))
  })

  it("are waited for three seconds, and not beyond the request's own deadline", async () => {
    const usual = fakeInvocation()
    await fetchCredentials(undefined, usual)
    const hurried = fakeInvocation({ deadline: { remainingMs: () => 700 } })
    await fetchCredentials(undefined, hurried)
    expect([usual, hurried].map(({ waits }) => Math.round((waits[0]?.ms ?? 0) / 100))).toEqual([30, 7])
  })

  it("are for a caller that names our client id, and for no other", async () => {
    expect(await fetchCredentials(clientId, fakeInvocation())).toBe(credentials)
    for (const other of ["", clientId.toUpperCase(), `${clientId} `, "0".repeat(32)]) {
      await expect(fetchCredentials(other, fakeInvocation())).rejects.toMatchObject({
        code: "request_invalid",
      })
    }
  })

  it("that cannot be read are that failure", async () => {
    await expect(fetchCredentials(undefined, fakeInvocation({ credentials: () => down }))).rejects.toBe(down)
  })
})

describe("what opens a sealed value", () => {
  async function sealedWith(sealing: ClientCredentials): Promise<string> {
    const session = { refreshToken: new Secret("r"), sub: "tony", ctx: "Cust12020", signedInAt: signedAt }
    return await sealSession(session, { config: completeConfig(), credentials: sealing, origin: pageOrigin })
  }

  it("is what we have, when we know the key that sealed it", async () => {
    const invocation = fakeInvocation()
    expect(await credentialsToOpen(await sealedWith(credentials), credentials, invocation)).toBe(credentials)
    expect(invocation.events).toEqual([])
  })

  it("is what we have, when it was never sealed", async () => {
    const invocation = fakeInvocation()
    expect(await credentialsToOpen("not sealed", credentials, invocation)).toBe(credentials)
    expect(invocation.events).toEqual([])
  })

  it("is read again when the key is a new one", async () => {
    const invocation = fakeInvocation({ credentials: () => newer })
    expect(await credentialsToOpen(await sealedWith(newer), credentials, invocation)).toBe(newer)
    expect(invocation.events).toEqual(["secret reread", "secret reread: done"])
    expect(invocation.requestLog.secretVersion).toBe("v2")
  })

  it.each([
    ["down", down],
    ["unusable", new UnusableSecret("it is not a JSON object")],
  ])("is what we have, when the secret is %s", async (_what, failure) => {
    const invocation = fakeInvocation({ credentials: () => failure })
    expect(await credentialsToOpen(await sealedWith(newer), credentials, invocation)).toBe(credentials)
  })

  it("is a failure when the secret is gone or denied", async () => {
    const gone = new ExchangeError("configuration_invalid", "a secret is not there")
    const invocation = fakeInvocation({ credentials: () => gone })
    await expect(credentialsToOpen(await sealedWith(newer), credentials, invocation)).rejects.toBe(gone)
  })
})

it.each<[unknown, boolean]>([
  [down, true],
  [new UnusableSecret("it is binary, not text"), true],
  [new ExchangeError("configuration_invalid", "denied"), false],
  [new ExchangeError("upstream_unavailable", "down"), false],
  [new Error("secret_unavailable"), false],
  [undefined, false],
])("an outage of the secret is one that a copy gets us over: %s", (error, isOne) => {
  expect(isOutageOfSecret(error)).toBe(isOne)
})
