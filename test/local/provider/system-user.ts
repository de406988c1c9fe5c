import { constants, sign } from "node:crypto"
import { expect } from "vitest"
import { applicationKey, clientSecret, identity, provider, verified, type Form } from "./application.ts"

export const systemUserPath = "/Login/api/PartnerSystemUser/Authenticate"
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
