import type { Config } from "../config.ts"
import { deadlineIn, timing } from "../deadline.ts"
import type { Needs, Ports, World } from "../ports.ts"
import { keepConnections } from "./connections.ts"
import { holdKeySet } from "./key-set.ts"
import { holdCredentials } from "./secrets-manager.ts"
import { speakToSuperOffice } from "./superoffice.ts"

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
  const keySet = holdKeySet(config, { superOffice, now })
  const credentials = holdCredentials(config, connections, { now })
  warmUp(() => credentials("cached", deadlineIn(timing.secretMs)))
  if (needs.keySet) warmUp(() => keySet("cached", deadlineIn(timing.keySetMs)))
  return { credentials, keySet, superOffice, now }
}

/** Starts a read while the module loads. An outage must not fail the init: the first request tries again. */
function warmUp(read: () => Promise<unknown>): void {
  read().catch(() => undefined)
}
