import { createCache } from "../../../lib/adapters/cache.ts"
import { createKeySetCache } from "../../../lib/adapters/key-set.ts"
import { loadConfig } from "../../../lib/config.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { createHandler, type Handler } from "../../../lib/request/handler.ts"
import type { Ports } from "../../../lib/ports.ts"
import { token } from "../../../lib/operations/token.ts"
import { apiTokenEnv, signingKeys } from "../../support/api-token.ts"
import { requestId } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"
import { StandInSecretsManager } from "./secrets-manager.ts"
import { StandInSuperOffice } from "./superoffice.ts"

/** One execution environment of the token function in a world whose clock stands still until it is moved. */
export class StandInEnvironment {
  readonly superOffice = new StandInSuperOffice(() => this.now)
  readonly secretsManager = new StandInSecretsManager()
  readonly log: string[] = []
  signingKeysAre: "up" | "down" = "up"
  now = signedAt
  readonly #handler: Handler

  constructor() {
    const config = loadConfig({
      ...apiTokenEnv,
      SECRET_MAX_AGE_SECONDS: "300",
      KEY_SET_MAX_AGE_SECONDS: "3600",
    })
    const now = () => this.now
    const superOffice = this.superOffice.answer
    this.#handler = createHandler(token, config, {
      connect: (good): Ports => ({
        now,
        superOffice,
        credentials: createCache({
          read: this.secretsManager.read,
          now,
          maxAgeMs: good.secretMaxAgeSeconds * 1000,
          staleIfErrorMs: Infinity,
          isPermanent: () => false,
          tooLate: () => new ExchangeError("secret_unavailable", "too late"),
        }),
        keySet: createKeySetCache(good, { superOffice, now }),
        privateKey: () => Promise.reject(new Error("not needed")),
        // Not cached, so that every outage is seen.
        signingKeys: () =>
          this.signingKeysAre === "up"
            ? Promise.resolve({ value: signingKeys, readAt: this.now, stale: false })
            : Promise.reject(new ExchangeError("secret_unavailable", "down")),
        tenant: () => Promise.resolve(undefined),
      }),
      now,
      write: (line) => this.log.push(line),
    })
  }

  async send(event: object): Promise<Readonly<Record<string, unknown>>> {
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => 20_000 }
    return (await this.#handler(event, context)) as Readonly<Record<string, unknown>>
  }

  wait(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000)
  }
}
