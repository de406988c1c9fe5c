import { generateKeyPairSync } from "node:crypto"
import { clientSecretText, secretId } from "../../local/stack.ts"
import type { Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"
import { arnOf, startBeside } from "./environment.ts"

export const appTokenSecretId = "superoffice/app-token"

const stage = "sod"

/** A stack whose application may sign in as a tenant's system user, and nightly-job's settings and secrets beside it. */
export async function signedUpFor(tenant: string): Promise<Journey> {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const journey = await startBeside(
    { env: { PRIVATE_KEY_SECRET_ID: "superoffice/private-key" } },
    {
      STAGE: stage,
      APP_TOKEN_SECRET_ID: appTokenSecretId,
      AUTHENTICATE_SYSTEM_USER_ARN: arnOf("authenticate-system-user"),
      SUPEROFFICE_URL: "",
    },
  )
  const { stack, provider } = journey
  storeClientSecret(journey, "canary-first")
  provider.systemUserKey = key.publicKey
  const pem = key.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  stack.secretsManager.put("superoffice/private-key", pem)
  storeSystemToken(journey, tenant, systemUser.system_token)
  return journey
}

/** What `npm run consent` stores about a tenant. */
export function storeSystemToken({ stack }: Journey, tenant: string, system_token: string): void {
  stack.secretsManager.put(`superoffice/${stage}/tenants/${tenant}`, JSON.stringify({ tenant, system_token }))
}

/** The client secret as SuperOffice has it, as the functions read it, and alone as the job reads it. */
export function storeClientSecret({ stack, provider }: Journey, clientSecret: string): void {
  provider.replaceClientSecret(clientSecret)
  stack.secretsManager.put(secretId, clientSecretText(provider.clientId, clientSecret))
  stack.secretsManager.put(appTokenSecretId, clientSecret)
}
