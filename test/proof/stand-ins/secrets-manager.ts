import { createSecretKey } from "node:crypto"
import { ExchangeError } from "../../../lib/errors.ts"
import type { ClientCredentials } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { clientId } from "../../../harness/id-tokens.ts"

const sealingKeys = [{ kid: "k1", key: createSecretKey(Buffer.alloc(32, 7)) }]

/** Secrets Manager with the one secret that counts. */
export class StandInSecretsManager {
  clientSecret = "secret-0"
  is: "up" | "down" | "slow" = "up"
  /** The secret as it was last read. */
  lastRead: string | undefined
  #version = 0

  replace(clientSecret: string): void {
    this.clientSecret = clientSecret
    this.#version += 1
  }

  readonly read = async (): Promise<ClientCredentials> => {
    if (this.is === "down") throw new ExchangeError("secret_unavailable", "down")
    const [secret, version] = [this.clientSecret, `v${this.#version}`]
    if (this.is === "slow") await new Promise((resolve) => setTimeout(resolve, 3))
    this.lastRead = secret
    return { version, clientId, clientSecret: new Secret(secret), sealingKeys }
  }
}
