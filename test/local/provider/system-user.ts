import { constants, sign, type KeyObject } from "node:crypto"
import { expect } from "vitest"
import { applicationKey, clientSecret, provider, type Form } from "./application.ts"
import { identity, verified } from "./signed-tokens.ts"

export const systemUserPath = "/Login/api/PartnerSystemUser/Authenticate"
export const systemToken = "Token Exchange-8k8Q7DmBgo"

interface SystemUserAnswer {
  readonly IsSuccessful: boolean
  readonly Token: string
  readonly ErrorMessage: string
}

export function signedSystemToken({
  systemToken: token = systemToken,
  at = new Date(),
  key = applicationKey.privateKey,
  hash = "sha256",
  padding = constants.RSA_PKCS1_PADDING,
  encoding = "utf8",
}: {
  systemToken?: string
  at?: Date
  key?: KeyObject
  hash?: string
  padding?: number
  encoding?: BufferEncoding
} = {}): string {
  const text = `${token}.${at.toISOString().replace(/\D/g, "").slice(0, 12)}`
  return `${text}.${sign(hash, Buffer.from(text, encoding), { key, padding }).toString("base64")}`
}

export async function authenticate(changes: Form = {}, path = systemUserPath): Promise<SystemUserAnswer> {
  const response = await fetch(provider.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      SignedSystemToken: signedSystemToken(),
      ApplicationToken: clientSecret,
      ContextIdentifier: "Cust26759",
      ReturnTokenType: "JWT",
      ...changes,
    }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as SystemUserAnswer
}

export async function newTicket(): Promise<string> {
  const { claims } = await verified((await authenticate()).Token)
  return String(claims[`${identity}ticket`])
}
