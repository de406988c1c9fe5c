import { afterEach, vi } from "vitest"
import { credentialVariables } from "../../local/credentials.ts"
import {
  functionArn,
  storeClientSecret,
  systemUserSecretIds,
  tenantSecretId,
  type Stack,
} from "../../local/stack.ts"
import { origin, shareJourney, type Journey } from "../support/journey.ts"
import { systemUser } from "../support/system-user.ts"

const share = shareJourney()

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  // Ends the Lambda environment that an example has run in.
  vi.resetModules()
})

/**
 * The stack that the tests of a file share, or one of a test's own, with this process's environment as that of a Lambda function beside it. The
 * tenant's system token is what `npm run consent` stores, and the client secret is where a job reads it.
 */
export async function startBeside(own?: Journey): Promise<Journey> {
  const journey = own ?? (await share())
  const { stack } = journey
  const { lambda, secretsManager, credentials } = stack
  const arn = (name: string) => functionArn(name, credentials)
  for (const [name, value] of Object.entries({
    ...credentialVariables(credentials),
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    STAGE: "local",
    APP_TOKEN_SECRET_ID: systemUserSecretIds.appToken,
    AUTHENTICATE_SYSTEM_USER_ARN: arn("authenticate-system-user"),
    EXCHANGE_CODE_ARN: arn("exchange-code"),
    REDIRECT_URI: `${origin}/callback`,
    SUPEROFFICE_URL: "",
  })) {
    vi.stubEnv(name, value)
  }
  storeSystemToken(stack, systemUser.system_token)
  replaceClientSecret(journey, "canary-first")
  return journey
}

/** As SuperOffice's portal and then an operator do it. */
export function replaceClientSecret({ stack, provider }: Journey, clientSecret: string): void {
  provider.replaceClientSecret(clientSecret)
  storeClientSecret(stack, { clientId: provider.clientId, clientSecret })
}

export function storeSystemToken({ secretsManager }: Stack, system_token: string): void {
  const { tenant } = systemUser
  secretsManager.put(tenantSecretId(tenant), JSON.stringify({ tenant, system_token }))
}
