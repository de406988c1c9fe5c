import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from "jose"
import { provider } from "./application.ts"

/** What the names of claims begin with. */
export const identity = "http://schemes.superoffice.net/identity/"

export async function servedKeys(): Promise<JSONWebKeySet> {
  const response = await fetch(`${provider.url}/login/.well-known/jwks`)
  return (await response.json()) as JSONWebKeySet
}

/** The parts of a token, which a key of the served set has signed. */
export async function verified(idToken: string) {
  const { payload } = await compactVerify(idToken, createLocalJWKSet(await servedKeys()))
  return {
    header: decodeProtectedHeader(idToken),
    claims: JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>,
  }
}
