/** A handler of your own API. It redeems the code that your page sends, and stores the refresh token in a secret. */
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import type { APIGatewayProxyEventV2 } from "aws-lambda"
// In your own project, import from "superoffice-token-exchange/client".
import { createClient, overLambda } from "../client/cloud.ts"

const functions = { "exchange-code": process.env.EXCHANGE_CODE_ARN ?? "" }
const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
const secretsManager = new SecretsManager()

export async function handler({ body = "{}" }: Pick<APIGatewayProxyEventV2, "body">) {
  const { code, code_verifier } = JSON.parse(body) as {
    readonly code: string
    readonly code_verifier: string
  }
  const redirect_uri = process.env.REDIRECT_URI ?? ""
  const result = await tokens.exchangeCode({ code, code_verifier, redirect_uri })
  // The page may see the error: it contains no secret. If it is not retryable, the user must sign in again.
  if (!result.ok) {
    const isRefused = "error" in result.error && result.error.error !== "server_error"
    const statusCode = result.error.retryable ? 503 : isRefused ? 400 : 502
    return { statusCode, body: JSON.stringify(result.error) }
  }
  // Identify the user by tenant and associate, because the same e-mail address (`sub`) can occur in several tenants.
  const { ctx, associateid, sub, company_name } = result.value.claims
  const { refresh_token } = result.value
  if (refresh_token) await keep(`superoffice/users/${ctx}/${associateid ?? sub}`, refresh_token)
  return { statusCode: 200, body: JSON.stringify({ ctx, associateid, company_name }) }
}

async function keep(name: string, SecretString: string): Promise<void> {
  try {
    await secretsManager.putSecretValue({ SecretId: name, SecretString })
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error
    await secretsManager.createSecret({ Name: name, SecretString })
  }
}
