import { fork, type ChildProcess } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { obtainAuthorizationCode } from "../../../local/authorization-code.ts"
import { makeCertificate } from "../../../harness/certificate.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { startProvider, type LocalProvider } from "../../../local/provider.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../../local/secrets-manager.ts"
import { clientSecretText, randomSealingKey } from "../../../local/stack.ts"
import { pageOrigin } from "../../support/front-door.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

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

/** The built functions in a process of their own, which speak to the local provider over TLS. */
export interface Deployment {
  readonly provider: LocalProvider
  readonly secretsManager: LocalSecretsManager
  readonly clientSecret: string
  /** A code that a user has just brought back, with what redeems it. */
  readonly code: () => Promise<{
    readonly code: string
    readonly redirect_uri: string
    readonly code_verifier: string
  }>
  invoke(name: string, event: object, remainingMs: number): Promise<Reply>
  /** Functions that have never heard of anything take the place of those before. */
  coldStart(): void
  close(): Promise<void>
}

export const secretIds = { client: "superoffice/client", privateKey: "superoffice/private-key" } as const
const sealingKeys = [randomSealingKey("faults")]

export async function deploy(): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), "faults-"))
  const tls = makeCertificate(["127.0.0.1"])
  const certificate = join(folder, "certificate.pem")
  await writeFile(certificate, tls.cert)
  const clientSecret = "the-client-secret"
  const redirectUris = [`${pageOrigin}/callback`]
  const provider = await startProvider({ clientSecret, redirectUris, systemUserKey: publicKey, tls })
  const credentials = randomCredentials()
  const secretsManager = await startSecretsManager({ credentials })
  secretsManager.put(secretIds.client, clientSecretText(provider.clientId, clientSecret, sealingKeys))
  secretsManager.put(secretIds.privateKey, privateKey.export({ type: "pkcs8", format: "pem" }).toString())

  const env = {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: certificate,
    SUPEROFFICE_ENVIRONMENT: "sod",
    CLIENT_SECRET_ID: secretIds.client,
    PRIVATE_KEY_SECRET_ID: secretIds.privateKey,
    ALLOWED_ORIGINS: pageOrigin,
    LOCAL_PROVIDER_URL: provider.secureUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    ...credentialVariables(credentials),
  }
  const waiting = new Map<number, (reply: Reply) => void>()
  let asked = 0
  const worker = startWorker(env, waiting)
  return {
    provider,
    secretsManager,
    clientSecret,
    async code() {
      const { code, redirect_uri, code_verifier } = await obtainAuthorizationCode(provider, {
        origin: pageOrigin,
      })
      return { code, redirect_uri, code_verifier }
    },
    invoke: (name, event, remainingMs) =>
      new Promise((resolve) => {
        const question: Question = { id: (asked += 1), name, event, remainingMs }
        waiting.set(question.id, resolve)
        worker.send(question)
      }),
    coldStart() {
      worker.send("cold start")
    },
    async close() {
      worker.kill()
      await Promise.all([provider.close(), secretsManager.close(), rm(folder, { recursive: true })])
    },
  }
}

function startWorker(env: NodeJS.ProcessEnv, waiting: Map<number, (reply: Reply) => void>): ChildProcess {
  const worker = fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), [], {
    env,
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  worker.on("message", (reply: Reply) => {
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  return worker
}
