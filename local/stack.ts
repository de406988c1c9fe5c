import { generateKeyPair, randomBytes, type KeyPairKeyObjectResult } from "node:crypto"
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Environment } from "../lib/contract.ts"
import { startCloudFormation, type LocalCloudFormation } from "./cloudformation.ts"
import { credentialVariables, randomCredentials, type LocalCredentials } from "./credentials.ts"
import { listenForHttpApi, readRoutes } from "./http-api.ts"
import { startLambdaApi, type LocalLambdaApi } from "./lambda-api.ts"
import { startFunction, type FunctionOptions, type LocalFunction } from "./lambda.ts"
import type { Tls } from "./loopback.ts"
import { addressFor, outputsOf } from "./outputs.ts"
import { startProvider, type LocalProvider } from "./provider.ts"
import { users } from "./provider/users.ts"
import { startSecretsManager, type LocalSecretsManager } from "./secrets-manager.ts"
import { signingKeysSecretId, signingKeysText } from "./signing-keys.ts"

export { functionArn } from "./outputs.ts"

/** The functions behind a local HTTP API, with the services that they need. */
export interface Stack {
  /** Base of the HTTP API. */
  readonly url: string
  /** Who issues tokens for a partner's own API: the API's address as the stack tells it, and as a deployment would name it. */
  readonly issuer: string
  /** By their names. */
  readonly functions: Readonly<Record<string, LocalFunction>>
  /** For direct invocation with the AWS SDK. */
  readonly lambda: LocalLambdaApi
  readonly secretsManager: LocalSecretsManager
  /** Tells where the API is, as the stack of a deployment does. */
  readonly cloudFormation: LocalCloudFormation
  /** Credentials for signing requests to `/signed/…` and to the local AWS services; random for each stack. */
  readonly credentials: LocalCredentials
  close(): Promise<void>
}

export interface StackOptions {
  readonly environment: Environment
  readonly clientId: string
  readonly clientSecret: string
  /** Replaces SuperOffice. Without it, the functions call SuperOffice itself. */
  readonly provider?: LocalProvider
  readonly origins: readonly string[]
  /** Switches on tokens for an API with this audience. Over plain HTTP, that needs `provider`. Without it, there are none. */
  readonly apiTokenAudience?: string
  /** More settings for the functions (design: settings). */
  readonly env?: Readonly<Record<string, string>>
  readonly port?: number
  /** Without it, plain HTTP. */
  readonly tls?: Tls
  /** Path of each function's bundle; those in `dist/functions` unless given. */
  readonly bundles?: Readonly<Record<string, string>>
  /** The functions' time-out. Default: 20 000. */
  readonly timeoutMs?: number
  /** Makes each function. Default: processes under AWS's own runtime client. */
  readonly startFunction?: (options: FunctionOptions) => LocalFunction
  /** Receives each line that a function writes. */
  readonly onLog?: (line: string) => void
}

/** The name of the client secret in the local Secrets Manager. */
export const secretId = "superoffice/local"

/** The names of the secrets that only the system user needs: the functions' private key, and a job's client secret. */
export const systemUserSecretIds = {
  privateKey: "superoffice/local-private-key",
  appToken: "superoffice/local-app-token",
} as const

/** Where `npm run consent` waits for the answer of a sign-in, unless another port is passed. */
const consentRedirectUri = "http://127.0.0.1:8790/callback"

/** The name of the secret with a tenant's system token, as `tenantSecretId` of the client names it for the stage `local`. */
export function tenantSecretId(tenant: string): string {
  return `superoffice/local/tenants/${tenant}`
}

const root = fileURLToPath(new URL("..", import.meta.url))

/** Starts the stack. Throws an error that says what to do when a bundle is missing or the port is in use. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const serverlessYml = await readFile(`${root}serverless.yml`, "utf8")
  const routes = readRoutes(serverlessYml)
  const names = [...new Set(routes.map((route) => route.functionName))]
  const bundles = await findBundles(names, options.bundles)
  const credentials = randomCredentials()
  const closers: Closable[] = []
  const opened = <Server extends Closable>(server: Server): Server => {
    closers.push(server)
    return server
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all(closers.map((one) => one.close()))
  }
  try {
    const { port = 0, origins, tls } = options
    // First, because the functions name its address in their tokens.
    const api = opened(await listenForHttpApi({ port, ...(tls && { tls }) }))
    const issuer = addressFor(origins, api.url)
    const secretsManager = opened(await startSecretsManager({ credentials }))
    secretsManager.put(secretId, clientSecretText(options.clientId, options.clientSecret))
    if (options.apiTokenAudience !== undefined)
      secretsManager.put(signingKeysSecretId, await signingKeysText())
    const trusted = tls && opened(await writeCertificate(tls))
    const env = functionEnv(options, issuer, secretsManager, credentials, trusted?.path)
    const { timeoutMs, onLog = () => undefined, startFunction: start = startFunction } = options
    const functions = Object.fromEntries(
      bundles.map(({ name, bundle }) => [
        name,
        opened(start({ name, bundle, env, onLog, ...(timeoutMs !== undefined && { timeoutMs }) })),
      ]),
    )
    api.serve({ routes, functions, cors: corsFor(origins), credentials })
    const service = /^service: (\S+)$/m.exec(serverlessYml)?.[1] ?? ""
    const outputs = outputsOf(issuer, routes, credentials)
    const cloudFormation = opened(await startCloudFormation({ service, outputs, credentials }))
    const lambda = opened(await startLambdaApi({ functions, credentials }))
    return {
      url: api.url,
      issuer,
      functions,
      lambda,
      secretsManager,
      cloudFormation,
      credentials,
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

interface Closable {
  close(): Promise<void>
}

/** The secret's text, as an operator would store it. */
export function clientSecretText(
  clientId: string,
  clientSecret: string,
  sealingKeys = defaultSealingKeys,
): string {
  return JSON.stringify({ client_id: clientId, client_secret: clientSecret, sealing_keys: sealingKeys })
}

/** A key for sealing sessions, as `sealing_keys` holds it. */
export function randomSealingKey(kid: string): { readonly kid: string; readonly key: string } {
  return { kid, key: randomBytes(32).toString("base64url") }
}

const defaultSealingKeys = [randomSealingKey("local")]

/** One key for all stacks of a process, because making it takes a while. */
let applicationKey: Promise<KeyPairKeyObjectResult> | undefined

/**
 * A local provider for pages on `origins`, and the stack in front of it. The application has a private key, and the local
 * Secrets Manager what a job needs that works as the system user.
 */
export async function startStackWithProvider(
  options: Omit<StackOptions, "environment" | "clientId" | "clientSecret" | "provider"> & {
    /** More than `/callback` of each origin. */
    readonly redirectUris?: readonly string[]
  },
): Promise<Stack & { readonly provider: LocalProvider }> {
  const environment = "sod"
  const clientSecret = randomBytes(16).toString("hex")
  const redirectUris = options.origins
    .map((origin) => `${origin}/callback`)
    .concat(consentRedirectUri, options.redirectUris ?? [])
  const { publicKey, privateKey } = await (applicationKey ??= promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
  }))
  const { tls } = options
  const provider = await startProvider({
    environment,
    clientSecret,
    redirectUris,
    systemUserKey: publicKey,
    ...(tls && { tls }),
  })
  try {
    const stack = await startStack({
      ...options,
      environment,
      clientId: provider.clientId,
      clientSecret,
      provider,
      env: { PRIVATE_KEY_SECRET_ID: systemUserSecretIds.privateKey, ...options.env },
    })
    const { secretsManager } = stack
    const privateKeyText = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    secretsManager.put(systemUserSecretIds.privateKey, privateKeyText)
    secretsManager.put(systemUserSecretIds.appToken, clientSecret)
    for (const { tenant, systemToken } of users) {
      if (systemToken === undefined) continue
      const content = { tenant: tenant.ctx, system_token: systemToken }
      secretsManager.put(tenantSecretId(tenant.ctx), JSON.stringify(content))
    }
    return {
      ...stack,
      provider,
      close: async () => {
        await Promise.all([stack.close(), provider.close()])
      },
    }
  } catch (error) {
    await provider.close()
    throw error
  }
}

/** Stores the client secret that replaced another one, for the functions and for a job. */
export function storeClientSecret(
  { secretsManager }: Stack,
  { clientId, clientSecret }: Pick<StackOptions, "clientId" | "clientSecret">,
): void {
  secretsManager.put(secretId, clientSecretText(clientId, clientSecret))
  secretsManager.put(systemUserSecretIds.appToken, clientSecret)
}

async function findBundles(
  names: readonly string[],
  given: StackOptions["bundles"],
): Promise<{ name: string; bundle: string }[]> {
  return await Promise.all(
    names.map(async (name) => {
      const bundle = given?.[name] ?? `${root}dist/functions/${name}.cjs`
      await access(bundle).catch(() => {
        throw new Error(`The bundle of ${name} is missing. Run \`npm run build\`, or leave out --no-build.`)
      })
      return { name, bundle }
    }),
  )
}

/** Writes the certificate where the functions' processes can read it, to trust the provider. */
async function writeCertificate({ cert }: Tls): Promise<{ readonly path: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "local-stack-"))
  const path = join(folder, "certificate.pem")
  await writeFile(path, cert)
  return { path, close: () => rm(folder, { recursive: true, force: true }) }
}

function functionEnv(
  options: StackOptions,
  issuer: string,
  secretsManager: LocalSecretsManager,
  credentials: LocalCredentials,
  trustedCertificate: string | undefined,
): Record<string, string> {
  const { provider, apiTokenAudience } = options
  return {
    SUPEROFFICE_ENVIRONMENT: options.environment,
    CLIENT_SECRET_ID: secretId,
    ALLOWED_ORIGINS: options.origins.join(","),
    // Tenants' addresses are of the same scheme, because Safari lets a page on https call nothing on http, loopback included.
    ...(provider && { LOCAL_PROVIDER_URL: provider.secureUrl ?? provider.url }),
    ...(trustedCertificate !== undefined && { NODE_EXTRA_CA_CERTS: trustedCertificate }),
    ...(apiTokenAudience !== undefined && {
      API_TOKEN_AUDIENCE: apiTokenAudience,
      API_TOKEN_ISSUER: issuer,
      API_TOKEN_KEYS_SECRET_ID: signingKeysSecretId,
    }),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    ...credentialVariables(credentials),
    ...options.env,
  }
}

/** The gateway's CORS configuration, made from the same list as the functions' (serverless.yml does the same). */
function corsFor(allowedOrigins: readonly string[]) {
  return {
    allowedOrigins,
    allowedMethods: ["POST"],
    allowedHeaders: ["content-type", "x-csrf"],
    allowCredentials: true,
    maxAge: 600,
  }
}
