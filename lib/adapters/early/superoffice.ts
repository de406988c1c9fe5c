// Opens the connection to SuperOffice while the AWS SDK and jose are evaluated.
import { config, connections } from "../environment.ts"

if (!("problems" in config)) connections.open(config.endpoints.token)
