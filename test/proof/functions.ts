import { authenticateSystemUser } from "../../lib/operations/authenticate-system-user.ts"
import { health } from "../../lib/operations/health.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { wellKnown } from "../../lib/operations/well-known.ts"
import type { DocumentsSpec } from "../../lib/request/documents.ts"
import type { FunctionSpec } from "../../lib/request/handler.ts"

/** Every function of the service, whatever its request looks like. */
export const everyFunction = [
  ...[exchangeCode, refreshToken, token, startLogin, revokeToken],
  ...[authenticateSystemUser, health("0.0.0"), wellKnown],
] as readonly (FunctionSpec<unknown> | DocumentsSpec)[]
