import { generateKeyPairSync } from "node:crypto"
import { secretId } from "../../local/stack.ts"
import type { Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { arnOf, startBeside } from "./environment.ts"

/** A stack whose application may sign in as a tenant's system user, and nightly-job's settings and secrets beside it. */
export async function signedUpFor(tenant: string): Promise<Journey> {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const journey = await startBeside(
    { env: { PRIVATE_KEY_SECRET_ID: "superoffice/private-key" } },
    { CLIENT_SECRET_ID: secretId, AUTHENTICATE_SYSTEM_USER_ARN: arnOf("authenticate-system-user") },
  )
  const { stack, provider } = journey
  provider.systemUserKey = key.publicKey
  const pem = key.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  stack.secretsManager.put("superoffice/private-key", pem)
  const systemToken = JSON.stringify({ system_token: systemUser.system_token })
  stack.secretsManager.put(`superoffice/tenants/${tenant}`, systemToken)
  return journey
}
