import { afterEach, beforeEach } from "vitest"
import { startProvider, type LocalProvider } from "../../../local/provider.ts"

export const redirectUri = "https://app.example.com/callback"
export const clientSecret = "the first secret"

/** A provider of its own for every test. */
export let provider: LocalProvider

beforeEach(async () => {
  provider = await startProvider({ clientSecret, redirectUris: [redirectUri] })
})

afterEach(() => provider.close())

export type Form = Record<string, string>

export function authorizationUrl(parameters: Form): URL {
  const url = new URL("/login/common/oauth/authorize", provider.url)
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: "openid",
    ...parameters,
  }).toString()
  return url
}

/** What it authenticates itself by at the token endpoint. */
export function credentials(): Form {
  return { client_id: provider.clientId, client_secret: clientSecret }
}

export async function getJson(path: string, headers: Form = {}) {
  const response = await fetch(provider.url + path, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
