import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export interface StandInOptions {
  /** Of a round trip on the wire. */
  readonly latencyMs: number
  /** In the key set. */
  readonly keys: number
  /** Whether pages can sign in: there is a login page that asks nobody, and the secret has a sealing key. */
  readonly signsIn: boolean
  /** Whether the product makes a token for the partner's own API in each answer. */
  readonly signsApiTokens: boolean
}

/** What the token endpoint answered last, where pages can sign in. */
export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Requests that arrived. */
export interface Calls {
  secret: number
  keySet: number
  token: number
}

/** SuperOffice and Secrets Manager, in a process of their own. */
export interface StandIn {
  /** How many secrets a cold start reads. */
  readonly secrets: number
  /** What a process needs in its environment to find them and trust them; nothing else is in it. */
  readonly env: Readonly<Record<string, string>>
  /** What arrived since the last call. */
  readonly calls: () => Promise<Calls>
  readonly lastIssued: () => Promise<Issued>
  readonly close: () => Promise<void>
}

const usual: StandInOptions = { latencyMs: 0, keys: 1, signsIn: false, signsApiTokens: false }

const apiTokenVariables = {
  BENCH_INCLUDE: "api_token",
  API_TOKEN_AUDIENCE: "https://api.example.com",
  API_TOKEN_ISSUER: "https://login.example.com",
  API_TOKEN_KEYS_SECRET_ID: "superoffice/signing-keys",
} as const

export async function startStandIn(options: Partial<StandInOptions> = {}): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"))
  const child = fork(
    fileURLToPath(new URL("process.ts", import.meta.url)),
    [JSON.stringify({ ...usual, ...options } satisfies StandInOptions)],
    { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "inherit", "ipc"] },
  )
  const [places] = (await once(child, "message")) as [Record<Place, string>]
  const certificate = join(folder, "certificate.pem")
  await writeFile(certificate, places.certificate)
  let before: Calls = { secret: 0, keySet: 0, token: 0 }
  return {
    secrets: options.signsApiTokens ? 2 : 1,
    env: {
      HOME: folder,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "AKIALOCAL",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_SESSION_TOKEN: "local",
      AWS_LAMBDA_FUNCTION_NAME: "exchange-code",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: places.secretsManager,
      LOCAL_PROVIDER_URL: places.superOffice,
      SUPEROFFICE_ENVIRONMENT: "sod",
      CLIENT_SECRET_ID: "superoffice/sod",
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...(options.signsApiTokens && apiTokenVariables),
    },
    calls: async () => {
      child.send("calls")
      const [now] = (await once(child, "message")) as [Calls]
      const since = {
        secret: now.secret - before.secret,
        keySet: now.keySet - before.keySet,
        token: now.token - before.token,
      }
      before = now
      return since
    },
    lastIssued: async () => {
      child.send("issued")
      const [issued] = (await once(child, "message")) as [Issued]
      return issued
    },
    close: async () => {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Place = "secretsManager" | "superOffice" | "certificate"
