import { createHash, randomBytes } from "node:crypto"
import { expect } from "vitest"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import recordedErrors from "../../fixtures/recorded-errors.json" with { type: "json" }
import { authorizationUrl, credentials, provider, redirectUri, type Form } from "./application.ts"

/** SuperOffice's words for a code and for a refresh token that it rejects. */
export const [rejectedCode, rejectedRefresh] = recordedErrors

interface TokenAnswer {
  access_token: string
  refresh_token: string
  id_token: string
}

/** Signs in with PKCE (RFC 7636, S256) and returns the token request that redeems the code. */
export async function newCodeGrant(user: string, parameters: Form = {}): Promise<Form> {
  const verifier = randomBytes(32).toString("base64url")
  const url = authorizationUrl({
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  })
  const callback = await signInWithoutBrowser(url, user)
  return { ...codeGrant(callback.searchParams.get("code") ?? ""), code_verifier: verifier }
}

function codeGrant(code: string): Form {
  return { grant_type: "authorization_code", ...credentials(), code, redirect_uri: redirectUri }
}

export function refreshGrant(refreshToken: string): Form {
  return { grant_type: "refresh_token", ...credentials(), refresh_token: refreshToken }
}

export async function exchangedCode(user: string, parameters?: Form) {
  const grant = await newCodeGrant(user, parameters)
  const response = await postToken(grant)
  expect(response.status).toBe(200)
  return { grant, body: (await response.json()) as TokenAnswer }
}

export async function refresh(refreshToken: string) {
  const response = await postToken(refreshGrant(refreshToken))
  return { status: response.status, body: (await response.json()) as TokenAnswer }
}

export function postToken(form: Form, at = provider): Promise<Response> {
  return fetch(`${at.url}/login/common/oauth/tokens`, { method: "POST", body: new URLSearchParams(form) })
}

/** A refused token request in the form of the recorded ones. */
export async function rejection(form: Form) {
  const response = await postToken(form)
  return {
    grant: form.grant_type,
    status: response.status,
    contentType: response.headers.get("content-type"),
    body: await response.text(),
  }
}
