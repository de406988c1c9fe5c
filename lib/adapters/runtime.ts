import { parseClientSecret } from "../credentials/client-secret.ts"
import type { Config } from "../config.ts"
import { deadlineIn, timing } from "../deadline.ts"
import type { Cache, Needs, Ports, Runtime } from "../ports.ts"
import type { Connections } from "./connections.ts"
import { createKeySetCache } from "./key-set.ts"
import { createSecretsManagerClient } from "./secrets-manager.ts"
import { createSuperOfficeClient } from "./superoffice.ts"
import { createTenantCache } from "./tenants.ts"

/** What every function runs on: the AWS SDK, `node:https`, the clock and standard output. */
export function createLambdaRuntime(connections: Connections): Runtime {
  return {
    connect: (config, needs) => connect(config, needs, connections),
    now,
    write: (line) => process.stdout.write(`${line}\n`),
  }
}

const now = (): Date => new Date()

/** Connects the ports, once per execution environment, and at once begins to read what the first request needs. */
function connect(config: Config, needs: Needs, connections: Connections): Ports {
  const superOffice = createSuperOfficeClient(connections)
  const secretsManager = createSecretsManagerClient(connections)
  const { secretMaxAgeSeconds: maxAgeSeconds, privateKeySecretId } = config
  const ports: Ports = {
    credentials: secretsManager.createSecretCache({
      secretId: config.clientSecretId,
      maxAgeSeconds,
      parse: (text, version) => parseClientSecret(text, version, config.allowedOrigins.size > 0),
      now,
    }),
    privateKey:
      needs.privateKey && privateKeySecretId !== undefined
        ? secretsManager.createSecretCache({
            secretId: privateKeySecretId,
            maxAgeSeconds,
            parse: needs.privateKey,
            now,
          })
        : () => Promise.reject(new Error("this function needs no private key")),
    signingKeys:
      needs.signingKeys && config.apiToken
        ? secretsManager.createSecretCache({
            secretId: config.apiToken.keysSecretId,
            maxAgeSeconds,
            parse: needs.signingKeys,
            now,
          })
        : () => Promise.reject(new Error("this function signs no tokens")),
    keySet: createKeySetCache(config, { superOffice, now }),
    superOffice,
    tenant: createTenantCache(config, { superOffice, now }),
    now,
  }
  if (needs.clientSecret) warmUp(ports.credentials)
  if (needs.keySet) warmUp(ports.keySet)
  if (needs.privateKey) warmUp(ports.privateKey)
  if (needs.signingKeys && config.apiToken) warmUp(ports.signingKeys)
  return ports
}

/** Starts a read while the module loads. An outage must not fail the init: the first request tries again. */
function warmUp(read: Cache<unknown>): void {
  read("cached", deadlineIn(timing.secretMs)).catch(() => undefined)
}
