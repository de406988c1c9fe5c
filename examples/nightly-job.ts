/**
 * A Lambda function that works in one tenant as the application's system user, without a signed-in user. If the sign-in
 * fails, it returns the error, so that its caller can decide what to do: see step-functions.asl.json.
 */
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
// In your own project, import from "superoffice-token-exchange/client".
import {
  cacheTickets,
  createClient,
  overLambda,
  tenantSecretId,
  type Result,
  type TenantSecret,
} from "../client/cloud.ts"

const functions = { "authenticate-system-user": process.env.AUTHENTICATE_SYSTEM_USER_ARN ?? "" }
const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
const secretsManager = new SecretsManager()

// A ticket is valid for six hours after its last use, and SuperOffice stores a credential for each sign-in.
const tickets = cacheTickets(tokens)

/** What this Lambda environment has read, by secret. */
const secrets = new Map<string, string>()

export async function handler({ tenant }: { readonly tenant: string }) {
  const principal = await get(tenant, "v1/User/currentPrincipal")
  if (!principal.ok) return principal.error
  const { UserType } = principal.value as { readonly UserType: string }
  return { tenant, worked_as: UserType }
}

/** Gets a resource of the tenant's REST API. Returns the error of a sign-in; throws if the REST API refuses. */
async function get(tenant: string, path: string): Promise<Result<unknown>> {
  let response = await request(tenant, path)
  if (response.ok && isRefused(response.value)) response = await request(tenant, path)
  if (!response.ok) return response
  if (!response.value.ok) throw new Error(`SuperOffice's REST API answered ${response.value.status}`)
  return { ok: true, value: await response.value.json() }
}

async function request(tenant: string, path: string): Promise<Result<Response>> {
  // `npm run consent` has stored it there. The policy TenantSecretsPolicy lets this job read it.
  const secretId = tenantSecretId({ stage: process.env.STAGE ?? "", tenant })
  if (!secretId.ok) return secretId
  const { system_token = "" } = JSON.parse(await readSecret(secretId.value)) as TenantSecret
  const signedIn = await tickets.get({ tenant, system_token })
  if (!signedIn.ok) {
    secrets.clear()
    return signedIn
  }
  const { ticket, claims } = signedIn.value
  const webApiUrl = claims.webapi_url ?? (await askForWebApiUrl(tenant))
  // With a ticket, SuperOffice's APIs require the client secret as well. With an access token (Bearer) they do not.
  const headers = {
    "so-apptoken": await readSecret(process.env.APP_TOKEN_SECRET_ID ?? ""),
    authorization: `SOTicket ${ticket}`,
  }
  const response = await fetch(new URL(path, webApiUrl), { headers })
  if (isRefused(response)) {
    tickets.invalidate(ticket)
    secrets.clear()
  }
  return { ok: true, value: response }
}

/** 401: the ticket has expired, or the client secret was replaced. 421: the tenant has moved to another host. */
function isRefused({ status }: Response): boolean {
  return status === 401 || status === 421
}

/** SuperOffice may leave `webapi_url` out of the token. Its state endpoint, which needs no sign-in, has it as `Api`. */
async function askForWebApiUrl(tenant: string): Promise<string> {
  const environment = process.env.SUPEROFFICE_URL
  if (!environment) {
    throw new Error(
      "The token has no webapi_url: set SUPEROFFICE_URL, for example to https://online.superoffice.com",
    )
  }
  const response = await fetch(new URL(`api/state/${tenant}`, environment))
  const { Api } = response.ok ? ((await response.json()) as { readonly Api?: string }) : {}
  if (!Api) throw new Error(`SuperOffice does not tell where the REST API of ${tenant} is`)
  return Api.endsWith("/") ? Api : `${Api}/`
}

async function readSecret(SecretId: string): Promise<string> {
  const kept = secrets.get(SecretId)
  if (kept !== undefined) return kept
  const { SecretString = "" } = await secretsManager.getSecretValue({ SecretId })
  secrets.set(SecretId, SecretString)
  return SecretString
}
