import type { RefreshTokenDelivery } from "../../../lib/config.ts"
import { authenticateSystemUser } from "../../../lib/operations/authenticate-system-user.ts"
import { token } from "../../../lib/operations/token.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import type { DocumentsSpec } from "../../../lib/request/documents.ts"
import type { FunctionSpec } from "../../../lib/request/handler.ts"
import { apiTokenEnv, signingKeysPort } from "../../support/api-token.ts"
import { openFrontDoor, rejectedAnswer } from "../../support/front-door.ts"
import { pem, privateKeyPort } from "../../support/system-user-door.ts"
import { everyFunction } from "../functions.ts"
import type { Said } from "./check.ts"

/** One function in one delivery, between fake ports. Nothing is kept from one event to the next but its own state. */
export interface Target {
  run(event: unknown, upstream?: HttpAnswer): Promise<Said>
}

/** Every function in every delivery. */
export function allTargets(): readonly Target[] {
  return (["cookie", "partitioned", "sealed"] as const).flatMap((delivery) =>
    everyFunction.map((spec) => createTarget(spec, delivery)),
  )
}

/** The two functions that read what SuperOffice issues, for a caller that invokes them directly. */
export const tokenTargets = {
  token: () => createTarget(token, "cookie"),
  systemUser: () => createTarget(authenticateSystemUser, "cookie"),
}

function createTarget<Request>(
  spec: FunctionSpec<Request> | DocumentsSpec,
  delivery: RefreshTokenDelivery,
): Target {
  let answer = rejectedAnswer
  const door = openFrontDoor(spec, {
    env: { ...apiTokenEnv, REFRESH_TOKEN_DELIVERY: delivery, PRIVATE_KEY_SECRET_ID: "superoffice/key" },
    privateKey: privateKeyPort(pem),
    signingKeys: signingKeysPort(),
    superOffice: () => Promise.resolve(answer),
  })
  return {
    async run(event, upstream) {
      if (upstream) answer = upstream
      for (const seen of [door.requests, door.credentialReads, door.keySetReads, door.log]) seen.length = 0
      return { result: await door.invoke(event), log: [...door.log], mayBePublic: "find" in spec }
    },
  }
}
