import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { startHttpApi, type LocalHttpApi } from "./http-api.ts"
import { createJwtAuthorizer } from "./http-api/jwt.ts"
import { readKeySetAddress } from "./http-api/key-set.ts"
import { startFunction } from "./lambda.ts"
import type { Tls } from "./loopback.ts"
import type { LocalProvider } from "./provider.ts"
import { startStackWithProvider, type Stack } from "./stack.ts"

/** What tokens for the example API are issued for. A name, at which nothing has to answer. */
export const ownApiAudience = "https://api.example.com"

/** The path of the one route that the example API has. */
export const ownApiPath = "/me"

export interface OwnApiOptions {
  /** The address of the functions that issue the tokens, as the tokens name it. */
  readonly issuer: string
  /** Pages that may call. */
  readonly origins: readonly string[]
  /** Of this API and of the issuer. Without it, both are on plain HTTP. */
  readonly tls?: Tls
  readonly onLog?: (line: string) => void
}

/**
 * Starts the API that an example page has for itself (`examples/own-api.ts`): another HTTP API, whose JWT authorizer takes our
 * tokens. The issuer must answer, as it must when API Gateway makes an authorizer.
 */
export async function startOwnApi({ issuer, origins, tls, onLog }: OwnApiOptions): Promise<LocalHttpApi> {
  const issuedBy = { url: issuer, ...(tls && { ca: tls.cert }) }
  await readKeySetAddress(issuedBy)
  const folder = await mkdtemp(join(tmpdir(), "own-api-"))
  const bundle = join(folder, "own-api.cjs")
  const ownApi = startFunction({ name: "own-api", bundle, env: {}, ...(onLog && { onLog }) })
  const closeFunction = async (): Promise<void> => {
    await ownApi.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await bundleHandler(bundle)
    const api = await startHttpApi({
      routes: [{ method: "GET", path: ownApiPath, functionName: "own-api", authorizer: "jwt" }],
      functions: { "own-api": ownApi },
      cors: {
        allowedOrigins: origins,
        allowedMethods: ["GET"],
        allowedHeaders: ["authorization"],
        allowCredentials: false,
        maxAge: 7200,
      },
      jwtAuthorizer: createJwtAuthorizer({ issuer: issuedBy, audience: [ownApiAudience] }),
      ...(tls && { tls }),
    })
    return {
      url: api.url,
      close: async () => {
        await Promise.all([api.close(), closeFunction()])
      },
    }
  } catch (error) {
    await closeFunction()
    throw error
  }
}

async function bundleHandler(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("../examples/own-api.ts", import.meta.url))],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  })
}

/** The local provider, the stack with tokens for the example API, and this API. */
export type StackWithOwnApi = Stack & { readonly provider: LocalProvider; readonly ownApi: LocalHttpApi }

export async function startStackWithOwnApi(
  options: Omit<Parameters<typeof startStackWithProvider>[0], "apiTokenAudience">,
): Promise<StackWithOwnApi> {
  const { origins, tls, onLog } = options
  const stack = await startStackWithProvider({ ...options, apiTokenAudience: ownApiAudience })
  try {
    const ownApi = await startOwnApi({
      issuer: stack.issuer,
      origins,
      ...(tls && { tls }),
      ...(onLog && { onLog }),
    })
    return {
      ...stack,
      ownApi,
      close: async () => {
        await Promise.all([ownApi.close(), stack.close()])
      },
    }
  } catch (error) {
    await stack.close()
    throw error
  }
}
