/**
 * A Lambda function that works in one tenant as the application's system user, without a signed-in user. If the sign-in
 * fails, it returns the error, so that its caller can decide what to do: see step-functions.asl.json.
 */
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
// In your own project, import from "superoffice-token-exchange/client".
import { createClient, overLambda } from "../client/cloud.ts"

const functions = { "authenticate-system-user": process.env.AUTHENTICATE_SYSTEM_USER_ARN ?? "" }
const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
const secretsManager = new SecretsManager()

export async function handler({ tenant }: { readonly tenant: string }) {
  const { system_token = "" } = await readSecret(`superoffice/tenants/${tenant}`)
  const result = await tokens.authenticateSystemUser({ tenant, system_token })
  if (!result.ok) return result.error

  // With a ticket, SuperOffice's REST API requires the client secret as well. With an access token (Bearer) it does not.
  const { ticket, claims } = result.value
  const { client_secret = "" } = await readSecret(process.env.CLIENT_SECRET_ID)
  const response = await fetch(new URL("v1/User/currentPrincipal", claims.webapi_url), {
    headers: { authorization: `SOTicket ${ticket}`, "so-apptoken": client_secret },
  })
  if (!response.ok) throw new Error(`SuperOffice's REST API answered ${response.status}`)
  const { UserType } = (await response.json()) as { readonly UserType: string }
  return { tenant, worked_as: UserType }
}

async function readSecret(SecretId: string | undefined): Promise<Readonly<Record<string, string>>> {
  const { SecretString = "" } = await secretsManager.getSecretValue({ SecretId })
  return JSON.parse(SecretString) as Record<string, string>
}
