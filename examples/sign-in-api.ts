/** A handler of your own API: redeems the code that your page brings, and keeps the refresh token in a secret. */
import { Lambda } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import type { APIGatewayProxyEventV2 } from "aws-lambda"
import type { ErrorResponse, TokenResponse } from "../lib/contract.ts"

// A code works once: the SDK must not repeat an invocation by itself.
const lambda = new Lambda({ maxAttempts: 1 })
const secretsManager = new SecretsManager()

export async function handler({ body = "{}" }: Pick<APIGatewayProxyEventV2, "body">) {
  const { code, code_verifier } = JSON.parse(body) as Record<string, unknown>
  const answer = await exchange({ code, code_verifier, redirect_uri: process.env.REDIRECT_URI })
  // It says nothing that a page may not know. Retryable: the code is still good. If not: the user must sign in again.
  if ("error" in answer) {
    const statusCode = answer.retryable ? 503 : answer.error === "server_error" ? 502 : 400
    return { statusCode, body: JSON.stringify(answer) }
  }
  // A user is a tenant and an associate there: the same e-mail (`sub`) can occur in several tenants.
  const { ctx, associateid, sub, company_name } = answer.claims
  if (answer.refresh_token) await keep(`superoffice/users/${ctx}/${associateid ?? sub}`, answer.refresh_token)
  return { statusCode: 200, body: JSON.stringify({ ctx, associateid, company_name }) }
}

async function exchange(request: object): Promise<TokenResponse | ErrorResponse> {
  const FunctionName = process.env.EXCHANGE_CODE_ARN
  const { FunctionError, Payload } = await lambda.invoke({ FunctionName, Payload: JSON.stringify(request) })
  if (FunctionError || !Payload) throw new Error("exchange-code gave no answer: the code may be spent")
  return JSON.parse(Payload.transformToString()) as TokenResponse | ErrorResponse
}

async function keep(name: string, SecretString: string): Promise<void> {
  try {
    await secretsManager.putSecretValue({ SecretId: name, SecretString })
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error
    await secretsManager.createSecret({ Name: name, SecretString })
  }
}
