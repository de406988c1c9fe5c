import { existsSync } from "node:fs"
import { freePort } from "../../local/loopback.ts"
import { startStackWithOwnApi } from "../../local/own-api.ts"
import { startPage, type LocalPage, type PageOptions } from "../../local/page.ts"
import { paths } from "../../local/provider/paths.ts"

/** The addresses of all pages that are ours, on one stack. */
export interface Site {
  /** The example page, with a notice at its end, as `npm start` has it over http. */
  readonly page: string
  /** The React example, with the notice; nothing answers there if it is left out. */
  readonly react: string
  /** The provider, and a request to its authorization endpoint. */
  readonly provider: string
  readonly authorization: string
  close(): Promise<void>
}

/** True when the React example is not installed and need not be: `REQUIRE_BROWSER` makes its tests fail instead. */
export const isReactLeftOut =
  !existsSync(new URL("../../examples/react/node_modules", import.meta.url)) && !process.env.REQUIRE_BROWSER

const notice =
  "Safari keeps no cookie of an http address, so a sign-in cannot succeed there: see https://www.example.com:8788."

export async function startSite(): Promise<Site> {
  const ports = [await freePort(), await freePort()] as const
  const page = `http://127.0.0.1:${ports[0]}`
  const react = `http://127.0.0.1:${ports[1]}`
  const stack = await startStackWithOwnApi({ origins: [page, react] })
  const { clientId, url: provider } = stack.provider
  const authorizationEndpoint = provider + paths.authorize
  const opened: Pick<LocalPage, "close">[] = [stack]
  const serve = async (options: Pick<PageOptions, "port" | "example" | "stack">) => {
    const settings = {
      apiUrl: stack.url,
      ownApiUrl: stack.ownApi.url,
      delivery: "cookie",
      clientId,
      authorizationEndpoint,
      notice,
    } as const
    opened.push(await startPage({ ...settings, ...options }))
  }
  const close = async (): Promise<void> => {
    for (const one of opened) await one.close()
  }
  try {
    await serve({ port: ports[0], stack })
    if (!isReactLeftOut) await serve({ port: ports[1], example: "react" })
  } catch (error) {
    await close()
    throw error
  }
  const request = {
    client_id: clientId,
    redirect_uri: `${page}/callback`,
    response_type: "code",
    scope: "openid",
  }
  const authorization = `${authorizationEndpoint}?${new URLSearchParams(request).toString()}`
  return { page, react, provider, authorization, close }
}
