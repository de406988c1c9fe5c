import { loadConfig } from "../config.ts"
import { createConnections } from "./connections.ts"

/** The settings of this execution environment. */
export const config = loadConfig(process.env)

/** The connections of this execution environment. */
export const connections = createConnections()
