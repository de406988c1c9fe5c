import { freePort, withHostName, type Tls } from "./loopback.ts"
import { startStackWithOwnApi, type StackWithOwnApi } from "./own-api.ts"
import { startPage, type LocalPage, type PageOptions } from "./page.ts"
import type { LocalProvider } from "./provider.ts"

/** The example page, its own API and the stack that both need, on free ports. */
export interface LocalExample {
  readonly page: LocalPage
  readonly stack: StackWithOwnApi
  readonly provider: LocalProvider
  close(): Promise<void>
}

export interface ExampleOptions extends Pick<PageOptions, "example" | "delivery" | "frameAncestors"> {
  /** More settings for the functions (design: settings). */
  readonly env?: Readonly<Record<string, string>>
  /** PEM. Without it, page and functions are served over plain HTTP. */
  readonly tls?: Tls
  /** The hosts of page and API, which the browser must resolve to 127.0.0.1; that address unless given. */
  readonly hostNames?: { readonly page: string; readonly api: string }
  readonly onLog?: (line: string) => void
}

export async function startExample({
  env,
  onLog,
  hostNames,
  ...options
}: ExampleOptions): Promise<LocalExample> {
  const { delivery, tls } = options
  // The functions and the provider need the page's origin before the page starts.
  const port = await freePort()
  const stack = await startStackWithOwnApi({
    origins: [withHostName(`${tls ? "https" : "http"}://127.0.0.1:${port}`, hostNames?.page)],
    env: { ...env, REFRESH_TOKEN_DELIVERY: delivery },
    ...(tls && { tls }),
    ...(onLog && { onLog }),
  })
  const { provider } = stack
  try {
    const page = await startPage({
      ...options,
      apiUrl: withHostName(stack.url, hostNames?.api),
      ownApiUrl: stack.ownApi.url,
      port,
      ...(hostNames && { hostName: hostNames.page }),
      clientId: provider.clientId,
      authorizationEndpoint: `${provider.secureUrl ?? provider.url}/login/common/oauth/authorize`,
      stack,
    })
    const close = async (): Promise<void> => {
      await Promise.all([page.close(), stack.close()])
    }
    return { page, stack, provider, close }
  } catch (error) {
    await stack.close()
    throw error
  }
}
