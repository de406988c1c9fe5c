import { readClientSecret } from "../credentials/client-secret.ts"
import type { Config } from "../config.ts"
import { deadlineIn, timing } from "../deadline.ts"
import type { Needs, Ports, World } from "../ports.ts"
import { readPrivateKey } from "../credentials/private-key.ts"
import { keepConnections } from "./connections.ts"
import { holdKeySet } from "./key-set.ts"
import { connectSecretsManager } from "./secrets-manager.ts"
import { speakToSuperOffice } from "./superoffice.ts"
import { askForTenants } from "./tenants.ts"

/** The real world. */
export const world: World = {
  connect,
  now: () => new Date(),
  write: (line) => process.stdout.write(`${line}\n`),
}

/** Connects the ports, once per execution environment, and at once begins to read what the first request needs. */
function connect(config: Config, needs: Needs): Ports {
  const { now } = world
  const connections = keepConnections()
  const superOffice = speakToSuperOffice(connections)
  const holdSecret = connectSecretsManager(connections, { now })
  const maxAgeSeconds = config.secretMaxAgeSeconds
  const ports: Ports = {
    credentials: holdSecret({
      secretId: config.clientSecretId,
      maxAgeSeconds,
      read: (text, version) => readClientSecret(text, version, config.allowedOrigins.size > 0),
    }),
    privateKey: holdSecret({
      secretId: config.privateKeySecretId ?? "",
      maxAgeSeconds,
      read: readPrivateKey,
    }),
    keySet: holdKeySet(config, { superOffice, now }),
    superOffice,
    tenant: askForTenants(config, { superOffice, now }),
    now,
  }
  warmUp(ports.credentials)
  if (needs.keySet) warmUp(ports.keySet)
  if (needs.privateKey) warmUp(ports.privateKey)
  return ports
}

/** Starts a read while the module loads. An outage must not fail the init: the first request tries again. */
function warmUp(read: Ports["credentials"] | Ports["keySet"] | Ports["privateKey"]): void {
  read("cached", deadlineIn(timing.secretMs)).catch(() => undefined)
}
