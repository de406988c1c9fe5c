import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { secretId } from "./environment.ts"

export interface ClientSecret {
  readonly client_id: string
  readonly client_secret: string
}

const secretsManager = new SecretsManagerClient({})
let held: Promise<ClientSecret> | undefined

/** The client secret, read at the first request and kept as long as the process lives. */
export function clientSecret(): Promise<ClientSecret> {
  held ??= read()
  return held
}

async function read(): Promise<ClientSecret> {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }))
  return JSON.parse(SecretString ?? "") as ClientSecret
}
