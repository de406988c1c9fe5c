import { afterEach, describe, expect, it, vi } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { isRejection, retryWithCurrentSecret } from "../../../lib/credentials/current-secret.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { credentials } from "../../support/front-door.ts"
import { fakeInvocation } from "../../support/invocation.ts"

const refused = new ExchangeError("grant_rejected", "refused")
const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }

afterEach(() => {
  vi.useRealTimers()
})

/** Tries with outcomes in order, while the secret is now `current`; a thrown error is the outcome. */
async function heal(outcomes: readonly unknown[], current: ClientCredentials | Error = replaced) {
  const invocation = fakeInvocation({ credentials: () => current })
  const tried: ClientCredentials[] = []
  const outcome = await retryWithCurrentSecret(credentials, invocation, (used) => {
    const next = outcomes[tried.push(used) - 1]
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
  }).catch((error: unknown) => error)
  return {
    outcome,
    tried,
    reads: invocation.events.filter((event) => !event.includes(":")),
    waits: invocation.waits,
    warnings: [...invocation.requestLog.warnings],
    version: invocation.requestLog.secretVersion,
  }
}

const asItWas = { tried: [credentials], warnings: [], version: undefined }

describe("an attempt", () => {
  it("that succeeds is the only one, and nothing is read again", async () => {
    expect(await heal(["done"])).toEqual({ ...asItWas, outcome: "done", reads: [], waits: [] })
  })

  it.each([
    new ExchangeError("upstream_unavailable", "down"),
    new ExchangeError("upstream_timeout", "late"),
    new ExchangeError("upstream_invalid", "odd"),
    new ExchangeError("request_invalid", "odd"),
    new TypeError("unexpected"),
  ])("that fails without a refusal stands: %s", async (failure) => {
    expect(await heal([failure, "done"])).toMatchObject({ ...asItWas, outcome: failure, reads: [] })
  })

  it.each(["grant_rejected", "client_rejected"] as const)(
    "that is refused is made once more with a secret replaced meanwhile: %s",
    async (code) => {
      expect(await heal([new ExchangeError(code, "refused"), "done"])).toMatchObject({
        outcome: "done",
        tried: [credentials, replaced],
        reads: ["secret reread"],
        warnings: ["client_secret_replaced"],
        version: "v2",
      })
    },
  )

  it("that is refused again stands as the second refusal, and is not made a third time", async () => {
    const again = new ExchangeError("client_rejected", "again")
    expect(await heal([refused, again, "done"])).toMatchObject({
      outcome: again,
      tried: [credentials, replaced],
      reads: ["secret reread"],
    })
  })

  it("is made once more for another client id, though the secret be the same", async () => {
    const otherClient = { ...credentials, version: "v2", clientId: "another-client" }
    expect((await heal([refused, "done"], otherClient)).tried).toEqual([credentials, otherClient])
  })

  it.each<[string, ClientCredentials | Error]>([
    ["is the same version", { ...replaced, version: "v1" }],
    ["is a new version of the same", { ...replaced, clientSecret: new Secret("client-secret-one") }],
    ["cannot be read", new ExchangeError("secret_unavailable", "down")],
    ["cannot be used", new UnusableSecret("it is not a JSON object")],
  ])("that is refused stays refused when the secret %s", async (_what, current) => {
    expect(await heal([refused, "done"], current)).toMatchObject({ ...asItWas, outcome: refused })
  })

  it.each([new ExchangeError("configuration_invalid", "gone"), new TypeError("unexpected")])(
    "that is refused ends as what became of the secret: %s",
    async (failure) => {
      expect(await heal([refused, "done"], failure)).toMatchObject({ ...asItWas, outcome: failure })
    },
  )

  it("waits three seconds for the secret", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    expect((await heal([refused, "done"])).waits).toEqual([{ question: "secret reread", ms: 3_000 }])
  })
})

describe("a rejection", () => {
  it.each([
    [new ExchangeError("grant_rejected", "refused"), true],
    [new ExchangeError("client_rejected", "refused"), true],
    [new ExchangeError("session_expired", "old"), false],
    [new ExchangeError("upstream_unavailable", "down"), false],
    [Object.assign(new Error("foreign"), { code: "grant_rejected" }), false],
    [undefined, false],
  ])("is SuperOffice's refusal and nothing else: %s", (error, expected) => {
    expect(isRejection(error)).toBe(expected)
  })
})
