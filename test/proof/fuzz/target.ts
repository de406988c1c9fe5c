import { generateKeyPairSync } from "node:crypto"
import { createHandler, type FunctionSpec } from "../../../lib/request/handler.ts"
import { loadConfig, type RefreshTokenDelivery } from "../../../lib/config.ts"
import { health } from "../../../lib/operations/health.ts"
import type { HttpAnswer, Ports } from "../../../lib/ports.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { revokeToken } from "../../../lib/operations/revoke-token.ts"
import { startLogin } from "../../../lib/operations/start-login.ts"
import { authenticateSystemUser } from "../../../lib/operations/authenticate-system-user.ts"
import { exchangeCode, refreshToken, token } from "../../../lib/operations/token.ts"
import { completeEnv, credentials, keySetOf, requestId, signingKey } from "../../support/front-door.ts"
import { signedAt } from "../../support/id-tokens.ts"

/** One function in one delivery, between fake ports. Nothing is kept from one event to the next but its own state. */
export interface Target {
  readonly name: string
  /** Gives the answer, and the lines that were logged meanwhile. */
  run(event: unknown, upstream?: HttpAnswer): Promise<{ readonly result: unknown; readonly log: string[] }>
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const applicationKey = parsePrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "v1")
const keySet = keySetOf(signingKey.jwk)

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
  let log: string[] = []
  const now = () => signedAt
  const held = <T>(value: T) => Promise.resolve({ value, stale: false, readAt: signedAt })
  const ports: Ports = {
    now,
    credentials: () => held(credentials),
    privateKey: () => held(applicationKey),
    keySet: () => held(keySet),
    superOffice: () => Promise.resolve(answer),
    tenant: () => Promise.resolve(undefined),
  }
  const env = { ...completeEnv, REFRESH_TOKEN_DELIVERY: delivery, PRIVATE_KEY_SECRET_ID: "superoffice/key" }
  const handler = createHandler(spec, loadConfig(env), {
    connect: () => ports,
    now,
    write: (line) => log.push(line),
  })
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => 20_000 }
  return {
    name: `${spec.name}, delivery ${delivery}`,
    async run(event, upstream) {
      if (upstream) answer = upstream
      log = []
      const result = await handler(event, context)
      return { result, log }
    },
  }
}
