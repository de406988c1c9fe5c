import { generateKeyPairSync } from "node:crypto"
import { afterAll, afterEach, beforeAll } from "vitest"
import { startProvider, type LocalProvider } from "../../../local/provider.ts"
import { keepSwitches } from "../../support/provider-switches.ts"

export const redirectUri = "https://app.example.com/callback"
export const clientSecret = "the first secret"
export const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** The provider of the tests of a file. */
export let provider: LocalProvider

/** Starts it before the tests of the file that calls this. Each test finds its switches as they were at the start. */
export function shareProvider(): void {
  let restore: () => void
  beforeAll(async () => {
    const systemUserKey = applicationKey.publicKey
    provider = await startProvider({ clientSecret, redirectUris: [redirectUri], systemUserKey })
    restore = keepSwitches(provider)
  })
  afterEach(() => {
    restore()
  })
  afterAll(() => provider.close())
}

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
