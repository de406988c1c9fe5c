import { constants, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from "jose"
import { afterAll, afterEach, beforeAll, expect } from "vitest"
import { startProvider, type LocalProvider } from "../../../local/provider.ts"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import { keepSwitches } from "../../support/provider-switches.ts"

export const redirectUri = "https://app.example.com/callback"
export const clientSecret = "the first secret"
export const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** What the names of claims begin with. */
export const identity = "http://schemes.superoffice.net/identity/"

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
  const { clientId: client_id } = provider
  const usual = { response_type: "code", client_id, redirect_uri: redirectUri, scope: "openid" }
  url.search = new URLSearchParams({ ...usual, ...parameters }).toString()
  return url
}

/** Signs in with PKCE (RFC 7636, S256) and returns the token request that redeems the code. */
export async function newCodeGrant(user: string, parameters: Form = {}): Promise<Form> {
  const code_verifier = randomBytes(32).toString("base64url")
  const code_challenge = createHash("sha256").update(code_verifier).digest("base64url")
  const url = authorizationUrl({ code_challenge, code_challenge_method: "S256", ...parameters })
  const code = (await signInWithoutBrowser(url, user)).searchParams.get("code") ?? ""
  const credentials = { client_id: provider.clientId, client_secret: clientSecret }
  return { grant_type: "authorization_code", ...credentials, code, redirect_uri: redirectUri, code_verifier }
}

export function refreshGrant(refresh_token: string): Form {
  const credentials = { client_id: provider.clientId, client_secret: clientSecret }
  return { grant_type: "refresh_token", ...credentials, refresh_token }
}

export function postToken(form: Form, at = provider): Promise<Response> {
  return fetch(`${at.url}/login/common/oauth/tokens`, { method: "POST", body: new URLSearchParams(form) })
}

/** What a token request brings that must succeed. */
export async function tokens(form: Form) {
  const response = await postToken(form)
  expect(response.status).toBe(200)
  return (await response.json()) as { access_token: string; refresh_token: string; id_token: string }
}

export async function signIn(user: string, parameters?: Form) {
  return await tokens(await newCodeGrant(user, parameters))
}

export async function servedKeys(): Promise<JSONWebKeySet> {
  return (await getJson("/login/.well-known/jwks")).body as unknown as JSONWebKeySet
}

/** The parts of a token, which a key of the served set has signed. */
export async function verified(idToken: string) {
  const { payload } = await compactVerify(idToken, createLocalJWKSet(await servedKeys()))
  return {
    header: decodeProtectedHeader(idToken),
    claims: JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>,
  }
}

export async function getJson(path: string, headers: Form = {}) {
  const response = await fetch(provider.url + path, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const systemUserPath = "/Login/api/PartnerSystemUser/Authenticate"
export const systemToken = "Token Exchange-8k8Q7DmBgo"

/** A system token, signed as SuperOffice asks for it, but for the changes. */
export function signedSystemToken(changes: Partial<typeof asSuperOfficeAsks> = {}): string {
  const { token, at, key, hash, padding, encoding } = { ...asSuperOfficeAsks, at: new Date(), ...changes }
  const text = `${token}.${at.toISOString().replace(/\D/g, "").slice(0, 12)}`
  return `${text}.${sign(hash, Buffer.from(text, encoding), { key, padding }).toString("base64")}`
}

const asSuperOfficeAsks = {
  token: systemToken,
  at: new Date(0),
  key: applicationKey.privateKey,
  hash: "sha256",
  padding: constants.RSA_PKCS1_PADDING,
  encoding: "utf8" as BufferEncoding,
}

export async function authenticate(changes: Form = {}, path = systemUserPath) {
  const usual = {
    SignedSystemToken: signedSystemToken(),
    ApplicationToken: clientSecret,
    ContextIdentifier: "Cust26759",
    ReturnTokenType: "JWT",
  }
  const headers = { "content-type": "application/json" }
  const init = { method: "POST", headers, body: JSON.stringify({ ...usual, ...changes }) }
  const response = await fetch(provider.url + path, init)
  expect(response.status).toBe(200)
  return (await response.json()) as { IsSuccessful: boolean; Token: string; ErrorMessage: string }
}

export async function newTicket(): Promise<string> {
  const { claims } = await verified((await authenticate()).Token)
  return String(claims[`${identity}ticket`])
}
