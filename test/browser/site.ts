import { existsSync } from "node:fs"
import type { Page } from "playwright-core"
import { freePort } from "../../local/loopback.ts"
import { startPage, type LocalPage, type PageOptions } from "../../local/page.ts"
import { paths } from "../../local/provider/paths.ts"
import { startStackWithProvider } from "../../local/stack.ts"

/** The addresses of all pages that are ours, on one stack. */
export interface Site {
  /** The example page, with a notice at its end, as `npm start` has it over http. */
  readonly page: string
  /** The React example, with the notice; nothing answers there if it is left out. */
  readonly react: string
  /** The example page without a notice, on another site than the API, which therefore refuses its requests. */
  readonly elsewhere: string
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
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const page = `http://127.0.0.1:${ports[0]}`
  const react = `http://127.0.0.1:${ports[1]}`
  const elsewhere = `http://localhost:${ports[2]}`
  const stack = await startStackWithProvider({ origins: [page, react, elsewhere] })
  const { clientId, url: provider } = stack.provider
  const authorizationEndpoint = provider + paths.authorize
  const opened: Pick<LocalPage, "close">[] = [stack]
  const serve = async (options: Pick<PageOptions, "port" | "example" | "hostName" | "notice" | "stack">) => {
    const settings = { apiUrl: stack.url, delivery: "cookie", clientId, authorizationEndpoint } as const
    opened.push(await startPage({ ...settings, ...options }))
  }
  const close = async (): Promise<void> => {
    for (const one of opened) await one.close()
  }
  try {
    await serve({ port: ports[0], notice, stack })
    if (!isReactLeftOut) await serve({ port: ports[1], notice, example: "react" })
    await serve({ port: ports[2], hostName: "localhost" })
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
  return { page, react, elsewhere, provider, authorization, close }
}

export async function press(tab: Page, name: string): Promise<void> {
  await tab.getByRole("button", { name, exact: true }).click()
}

export async function openSignedOut(tab: Page, url: string): Promise<void> {
  await tab.goto(url)
  await tab.getByRole("heading", { name: "Sign in" }).waitFor()
}

/** From the signed-out page to the one that the provider returns to. */
export async function signIn(tab: Page): Promise<void> {
  await press(tab, "Sign in with SuperOffice")
  await tab.locator('input[value="Cust12020/anna"]').check()
  await press(tab, "Sign in")
}

export async function openSignedIn(tab: Page, url: string): Promise<void> {
  await openSignedOut(tab, url)
  await signIn(tab)
  await tab.getByRole("heading", { name: "anna@example.com" }).waitFor()
}
