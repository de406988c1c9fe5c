/**
 * A handler of your own API. It redeems the code that your page sends, and stores the refresh token in a secret of the user. If
 * an administrator's sign-in brings the tenant's system token, it stores that too, where `npm run consent` would.
 */
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import type { APIGatewayProxyEventV2 } from "aws-lambda"
// In your own project, import from "superoffice-token-exchange/client".
import {
  createClient,
  overLambda,
  tenantSecretId,
  type AllClaims,
  type TenantSecret,
} from "../client/cloud.ts"

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
  const { claims, refresh_token } = result.value
  // Identify the user by tenant and associate, because the same e-mail address (`sub`) can occur in several tenants.
  const { ctx, associateid, sub, company_name } = claims
  if (refresh_token) await keep(`superoffice/users/${ctx}/${associateid ?? sub}`, refresh_token)
  await keepSystemToken(claims)
  return { statusCode: 200, body: JSON.stringify({ ctx, associateid, company_name }) }
}

/** SuperOffice sends it with every sign-in of a tenant that has approved the application's system user. */
async function keepSystemToken({ ctx, associateid, system_token }: AllClaims): Promise<void> {
  if (typeof system_token !== "string") return
  const secretId = tenantSecretId({ stage: process.env.STAGE ?? "", tenant: ctx })
  if (!secretId.ok) throw new Error(secretId.error.error_description)
  const stored = JSON.parse((await read(secretId.value)) ?? "{}") as Partial<TenantSecret>
  // It stays the same until the tenant withdraws the consent, and each version of a secret counts.
  if (stored.system_token === system_token) return
  const content: TenantSecret = {
    ...stored,
    tenant: secretId.value.split("/").at(-1) ?? ctx,
    system_token,
    consented_at: new Date().toISOString(),
    ...(associateid !== undefined && { consented_by: associateid }),
  }
  await keep(secretId.value, JSON.stringify(content))
}

async function read(SecretId: string): Promise<string | undefined> {
  try {
    return (await secretsManager.getSecretValue({ SecretId })).SecretString
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function keep(name: string, SecretString: string): Promise<void> {
  try {
    await secretsManager.putSecretValue({ SecretId: name, SecretString })
  } catch (error) {
    if (!isMissing(error)) throw error
    await secretsManager.createSecret({ Name: name, SecretString })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === "ResourceNotFoundException"
}
