import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeCertificate } from "../../../harness/certificate.ts"
import { obtainAuthorizationCode } from "../../../local/authorization-code.ts"
import { startFunction, type FunctionOptions, type LocalFunction } from "../../../local/lambda.ts"
import { freePort } from "../../../local/loopback.ts"
import { startStackWithProvider } from "../../../local/stack.ts"
import { secretText, type StoredKey } from "../../support/api-token.ts"
import { origin } from "../../support/journey.ts"
import type { Trusted } from "./verifiers.ts"

export type Issuer = Awaited<ReturnType<typeof startIssuer>>

const audience = "https://partner.example/api"
const keysSecretId = "superoffice/local-api-keys"

/** The built functions behind the local HTTP API over https, which issue and publish with these keys. */
export async function startIssuer(...keys: readonly StoredKey[]) {
  const folder = await mkdtemp(join(tmpdir(), "issuer-"))
  const tls = makeCertificate(["127.0.0.1"])
  const certificate = join(folder, "certificate.pem")
  await writeFile(certificate, tls.cert)
  const port = await freePort()
  const issuer = `https://127.0.0.1:${port}`
  const functions: Restartable[] = []
  const stack = await startStackWithProvider({
    origins: [origin],
    port,
    tls,
    env: {
      API_TOKEN_AUDIENCE: audience,
      API_TOKEN_ISSUER: issuer,
      API_TOKEN_KEYS_SECRET_ID: keysSecretId,
    },
    startFunction: (options) => {
      const made = restartable(options)
      functions.push(made)
      return made
    },
  })
  stack.secretsManager.put(keysSecretId, secretText(...keys))
  return {
    trusted: { issuer, audience, certificate } satisfies Trusted,
    clientId: stack.provider.clientId,
    /** Signs a user in by the function `token`, and gives our token beside SuperOffice's ID Token. */
    async issue() {
      const code = await obtainAuthorizationCode(stack.provider, { origin })
      const fields = { ...code, grant_type: "authorization_code", include: ["api_token"] }
      const result = await stack.functions.token?.invoke(fields)
      const { api_token, id_token } = result?.payload as Readonly<Record<string, unknown>>
      return { apiToken: String(api_token), idToken: String(id_token) }
    },
    /** The secret as an operator has changed it, and functions that have read it. */
    async useKeys(...changed: readonly StoredKey[]) {
      stack.secretsManager.put(keysSecretId, secretText(...changed))
      await Promise.all(functions.map((one) => one.restart()))
    },
    async close() {
      await Promise.all([stack.close(), rm(folder, { recursive: true })])
    },
  }
}

type Restartable = LocalFunction & { restart(): Promise<void> }

/** A function whose next call is a cold start once it was restarted. */
function restartable(options: FunctionOptions): Restartable {
  let current = startFunction(options)
  return {
    name: options.name,
    get pid() {
      return current.pid
    },
    invoke: (event) => current.invoke(event),
    close: () => current.close(),
    async restart() {
      await current.close()
      current = startFunction(options)
    },
  }
}
