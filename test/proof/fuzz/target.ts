import { generateKeyPairSync } from "node:crypto"
import type { RefreshTokenDelivery } from "../../../lib/config.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { authenticateSystemUser } from "../../../lib/operations/authenticate-system-user.ts"
import { health } from "../../../lib/operations/health.ts"
import { revokeToken } from "../../../lib/operations/revoke-token.ts"
import { startLogin } from "../../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../../lib/operations/token.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import type { FunctionSpec } from "../../../lib/request/handler.ts"
import { completeEnv, openFrontDoor } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

/** One function in one delivery, between fake ports. Nothing is kept from one event to the next but its own state. */
export interface Target {
  /** Gives the answer, and the lines that were logged meanwhile. */
  run(event: unknown, upstream?: HttpAnswer): Promise<{ readonly result: unknown; readonly log: string[] }>
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const applicationKey = parsePrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "v1")

/** Every function in every delivery. */
export function allTargets(): readonly Target[] {
  return (["cookie", "partitioned", "sealed"] as const).flatMap((delivery) => [
    createTarget(exchangeCode, delivery),
    createTarget(refreshToken, delivery),
    createTarget(token, delivery),
    createTarget(startLogin, delivery),
    createTarget(revokeToken, delivery),
    createTarget(authenticateSystemUser, delivery),
    createTarget(health("fuzz"), delivery),
  ])
}

/** The two functions that read what SuperOffice issues, for a caller that invokes them directly. */
export const tokenTargets = {
  token: () => createTarget(token, "cookie"),
  systemUser: () => createTarget(authenticateSystemUser, "cookie"),
}

function createTarget<Request>(spec: FunctionSpec<Request>, delivery: RefreshTokenDelivery): Target {
  let answer: HttpAnswer = { status: 400, retryAfterSeconds: undefined, body: '{"error":"access_denied"}' }
  const door = openFrontDoor(spec, {
    env: { ...completeEnv, REFRESH_TOKEN_DELIVERY: delivery, PRIVATE_KEY_SECRET_ID: "superoffice/key" },
    privateKey: () => Promise.resolve({ value: applicationKey, stale: false, readAt: signedAt }),
    superOffice: () => Promise.resolve(answer),
  })
  return {
    async run(event, upstream) {
      if (upstream) answer = upstream
      for (const seen of [door.requests, door.credentialReads, door.keySetReads, door.log]) seen.length = 0
      return { result: await door.invoke(event), log: [...door.log] }
    },
  }
}
