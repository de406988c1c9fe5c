import { fork } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeCertificate } from "../../../harness/certificate.ts"
import { obtainAuthorizationCode } from "../../../local/authorization-code.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { startProvider } from "../../../local/provider.ts"
import { startSecretsManager } from "../../../local/secrets-manager.ts"
import { clientSecretText, randomSealingKey } from "../../../local/stack.ts"
import { secretText, storedKeys } from "../../support/api-token.ts"
import { pageOrigin } from "../../support/front-door.ts"
import { applicationKey, pem } from "../../support/system-user-door.ts"

/** Where the functions issue tokens of their own for. */
export const apiToken = {
  issuer: "https://login.example.com",
  keysSecretId: "signing-keys",
  keys: secretText(...storedKeys),
} as const

/** An event for a function. */
export interface Question {
  readonly id: number
  readonly name: string
  readonly event: object
  /** What Lambda would say is left of the function's time. */
  readonly remainingMs: number
}

export interface Reply {
  readonly id: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly thrown?: string
  /** The line of this request. */
  readonly line: Readonly<Record<string, unknown>>
}

export type Deployment = Awaited<ReturnType<typeof deploy>>

/** The built functions in a process of their own, which speak to the local provider over TLS. */
export async function deploy() {
  const folder = await mkdtemp(join(tmpdir(), "faults-"))
  const tls = makeCertificate(["127.0.0.1"])
  await writeFile(join(folder, "certificate.pem"), tls.cert)
  const clientSecret = "the-client-secret"
  const redirectUris = [`${pageOrigin}/callback`]
  const systemUserKey = applicationKey.publicKey
  const provider = await startProvider({ clientSecret, redirectUris, systemUserKey, tls })
  const credentials = randomCredentials()
  const secretsManager = await startSecretsManager({ credentials })
  secretsManager.put(
    "client",
    clientSecretText(provider.clientId, clientSecret, [randomSealingKey("faults")]),
  )
  secretsManager.put("private-key", pem)
  secretsManager.put(apiToken.keysSecretId, apiToken.keys)

  const waiting = new Map<number, (reply: Reply) => void>()
  const worker = fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), [], {
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem"),
      SUPEROFFICE_ENVIRONMENT: "sod",
      CLIENT_SECRET_ID: "client",
      PRIVATE_KEY_SECRET_ID: "private-key",
      API_TOKEN_AUDIENCE: "https://api.example.com",
      API_TOKEN_ISSUER: apiToken.issuer,
      API_TOKEN_KEYS_SECRET_ID: apiToken.keysSecretId,
      ALLOWED_ORIGINS: pageOrigin,
      LOCAL_PROVIDER_URL: provider.secureUrl,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      ...credentialVariables(credentials),
    },
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  worker.on("message", (reply: Reply) => {
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  let asked = 0
  return {
    provider,
    secretsManager,
    /** A code that a user has just brought back, with what redeems it. */
    async code() {
      const authorized = await obtainAuthorizationCode(provider, { origin: pageOrigin })
      const { code, redirect_uri, code_verifier } = authorized
      return { code, redirect_uri, code_verifier }
    },
    invoke: (name: string, event: object, remainingMs: number): Promise<Reply> =>
      new Promise((resolve) => {
        const question: Question = { id: (asked += 1), name, event, remainingMs }
        waiting.set(question.id, resolve)
        worker.send(question)
      }),
    /** Functions that have never heard of anything take the place of those before. */
    coldStart: () => worker.send("cold start"),
    async close() {
      worker.kill()
      await Promise.all([provider.close(), secretsManager.close(), rm(folder, { recursive: true })])
    },
  }
}
