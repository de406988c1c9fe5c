// A function file imports this first: the connection to SuperOffice is opened before the AWS SDK and jose are evaluated.
import type { Config, InvalidConfig } from "../../config.ts"
import type { Connections } from "../connections.ts"
import { config, connections } from "../environment.ts"

openSuperOffice(config, connections)

/** Opens a connection to SuperOffice, if the settings are right. */
export function openSuperOffice(
  config: Config | InvalidConfig,
  connections: Pick<Connections, "open">,
): void {
  if (!("problems" in config)) connections.open(config.endpoints.token)
}
