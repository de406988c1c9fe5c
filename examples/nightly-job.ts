/**
 * A Lambda function that works in one tenant as the application's system user, with nobody signed in. When the sign-in
 * fails it answers what authenticate-system-user did, for whoever runs it to decide (step-functions.asl.json).
 */
import { Lambda } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import type { AuthenticateSystemUserResponse, ErrorResponse } from "../lib/contract.ts"

const lambda = new Lambda()
const secretsManager = new SecretsManager()

export async function handler({ tenant }: { readonly tenant: string }) {
  const { system_token } = await readSecret(`superoffice/tenants/${tenant}`)
  const answer = await authenticate({ tenant, system_token })
  if ("error" in answer) return answer

  // SuperOffice's REST API wants the client secret beside a ticket. An access token (Bearer) stands alone.
  const { client_secret = "" } = await readSecret(process.env.CLIENT_SECRET_ID)
  const response = await fetch(new URL("v1/User/currentPrincipal", answer.claims.webapi_url), {
    headers: { authorization: `SOTicket ${answer.ticket}`, "so-apptoken": client_secret },
  })
  if (!response.ok) throw new Error(`SuperOffice's REST API answered ${response.status}`)
  const { UserType } = (await response.json()) as { readonly UserType: string }
  return { tenant, worked_as: UserType }
}

/** Fails by its answer; `FunctionError` is set only for what no answer was foreseen for. */
async function authenticate(request: object): Promise<AuthenticateSystemUserResponse | ErrorResponse> {
  const FunctionName = process.env.AUTHENTICATE_SYSTEM_USER_ARN
  const { FunctionError, Payload } = await lambda.invoke({ FunctionName, Payload: JSON.stringify(request) })
  if (FunctionError || !Payload) throw new Error("authenticate-system-user gave no answer")
  return JSON.parse(Payload.transformToString()) as AuthenticateSystemUserResponse | ErrorResponse
}

async function readSecret(SecretId: string | undefined): Promise<Readonly<Record<string, string>>> {
  const { SecretString = "" } = await secretsManager.getSecretValue({ SecretId })
  return JSON.parse(SecretString) as Record<string, string>
}
