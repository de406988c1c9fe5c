import { ExchangeError } from "./errors.ts"
import { isPlainObject, parseJson } from "./json.ts"
import type { ClientCredentials } from "./ports.ts"
import { Secret } from "./secret.ts"

/** A secret that is there but cannot be used. Its values are never named. */
export class UnusableSecret extends ExchangeError {
  constructor(why: string) {
    super("configuration_invalid", `the client secret in Secrets Manager cannot be used: ${why}`)
  }
}

/** Reads the secret's text: a JSON object with `client_id` and `client_secret`. Throws `UnusableSecret`. */
export function readClientSecret(text: string | undefined, version: string): ClientCredentials {
  if (text === undefined) throw new UnusableSecret("it is binary, not text")
  const value = parseJson(text)
  if (!isPlainObject(value)) throw new UnusableSecret("it is not a JSON object")
  const { client_id: clientId, client_secret: clientSecret } = value
  if (typeof clientId !== "string" || clientId === "") throw new UnusableSecret('it lacks "client_id"')
  if (typeof clientSecret !== "string" || clientSecret === "")
    throw new UnusableSecret('it lacks "client_secret"')
  return { version, clientId, clientSecret: new Secret(clientSecret) }
}
