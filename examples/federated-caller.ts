/**
 * A caller outside AWS, which has no AWS key. AWS STS exchanges the web identity token of the caller's platform for
 * credentials that last an hour, of the role in deploy/fragments/federated-caller.yml. See web-identity-tokens.ts for the
 * platforms.
 */
import { fromWebToken } from "@aws-sdk/credential-providers"
// In your own project, import from "superoffice-token-exchange/client".
import { createClient, overHttps, type Client } from "../client/cloud.ts"

export interface FederatedCaller {
  /** The output ApiUrl of the token exchange. */
  readonly url: string
  readonly region: string
  /** The output RoleArn of the caller's own stack. */
  readonly roleArn: string
  /** Is called whenever new credentials are needed, because web identity tokens expire too. */
  readonly webIdentityToken: () => Promise<string>
}

type Credentials = Awaited<ReturnType<ReturnType<typeof fromWebToken>>>

/** Creates the one client of a process. It keeps the credentials until shortly before they expire. */
export function createFederatedClient(caller: FederatedCaller): Pick<Client, "refreshToken"> {
  const { url, region } = caller
  const credentials = cached(() => assumeRole(caller))
  const tokens = createClient(overHttps({ url, region, credentials }))
  return {
    async refreshToken(request, options) {
      // The client says only that there are no credentials. Get them here, where the error says why.
      await credentials()
      return await tokens.refreshToken(request, options)
    },
  }
}

async function assumeRole({ region, roleArn, webIdentityToken }: FederatedCaller): Promise<Credentials> {
  const token = await webIdentityToken()
  const roleSessionName = "token-exchange-caller"
  try {
    return await fromWebToken({
      webIdentityToken: token,
      roleArn,
      roleSessionName,
      clientConfig: { region },
    })()
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown"
    const reason = reasons[name] ?? "AWS STS did not issue credentials"
    // Without the error as its cause, so that nothing of the exchange gets into a log.
    throw new Error(`${reason} (${name}, role ${roleArn})`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  InvalidIdentityTokenException:
    "AWS has no OIDC provider with the issuer and the audience of the token, or its signature is wrong",
  ExpiredTokenException: "The web identity token has expired",
  AccessDenied: "The role does not exist, or does not trust the audience or the subject of the token",
  IDPCommunicationErrorException: "AWS could not fetch the keys of the token's issuer; try again",
}

const renewBeforeMs = 5 * 60_000

/** Calls the provider again shortly before its credentials expire. Concurrent calls share one. */
function cached(provider: () => Promise<Credentials>): () => Promise<Credentials> {
  let current: Promise<Credentials> | undefined
  let renewAt = 0
  return async () => {
    if (current && Date.now() < renewAt) return await current
    renewAt = Infinity
    current = provider()
    try {
      const credentials = await current
      renewAt = (credentials.expiration?.getTime() ?? 0) - renewBeforeMs
      return credentials
    } catch (error) {
      current = undefined
      throw error
    }
  }
}
