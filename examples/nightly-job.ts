/**
 * A Lambda function that works in one tenant as the application's system user, without a signed-in user. If the sign-in
 * fails, it returns the error, so that its caller can decide what to do: see step-functions.asl.json.
 */
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
// In your own project, import from "superoffice-token-exchange/client".
import { createClient, overLambda, type Result } from "../client/cloud.ts"

const functions = { "authenticate-system-user": process.env.AUTHENTICATE_SYSTEM_USER_ARN ?? "" }
const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
const secretsManager = new SecretsManager()

/** What a call to the tenant's REST API needs. */
interface Session {
  readonly webApiUrl: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * By tenant, as long as this Lambda environment lives. A ticket is valid for six hours after its last use, and SuperOffice
 * stores a credential for each sign-in, so do not sign in for every call.
 */
const sessions = new Map<string, Session>()

export async function handler({ tenant }: { readonly tenant: string }) {
  const principal = await get(tenant, "v1/User/currentPrincipal")
  if (!principal.ok) return principal.error
  const { UserType } = principal.value as { readonly UserType: string }
  return { tenant, worked_as: UserType }
}

/** Gets a resource of the tenant's REST API. Returns the error of a sign-in; throws if the REST API refuses. */
async function get(tenant: string, path: string): Promise<Result<unknown>> {
  let response = await request(tenant, path)
  // 401: the ticket has expired, or the client secret was replaced. 421: the tenant has moved to another host.
  if (response.ok && [401, 421].includes(response.value.status)) {
    sessions.delete(tenant)
    response = await request(tenant, path)
  }
  if (!response.ok) return response
  if (!response.value.ok) throw new Error(`SuperOffice's REST API answered ${response.value.status}`)
  return { ok: true, value: await response.value.json() }
}

async function request(tenant: string, path: string): Promise<Result<Response>> {
  const kept = sessions.get(tenant)
  const session: Result<Session> = kept ? { ok: true, value: kept } : await signIn(tenant)
  if (!session.ok) return session
  const { webApiUrl, headers } = session.value
  return { ok: true, value: await fetch(new URL(path, webApiUrl), { headers }) }
}

async function signIn(tenant: string): Promise<Result<Session>> {
  const { system_token } = JSON.parse(await readSecret(`superoffice/tenants/${tenant}`)) as {
    readonly system_token: string
  }
  const result = await tokens.authenticateSystemUser({ tenant, system_token })
  if (!result.ok) return result
  const { ticket, claims } = result.value
  // With a ticket, SuperOffice's APIs require the client secret as well. With an access token (Bearer) they do not.
  const headers = {
    "so-apptoken": await readSecret(process.env.APP_TOKEN_SECRET_ID),
    authorization: `SOTicket ${ticket}`,
  }
  const session = { webApiUrl: claims.webapi_url ?? (await askForWebApiUrl(tenant)), headers }
  sessions.set(tenant, session)
  return { ok: true, value: session }
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

async function readSecret(SecretId: string | undefined): Promise<string> {
  const { SecretString = "" } = await secretsManager.getSecretValue({ SecretId })
  return SecretString
}
