import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeCertificate, type Certificate } from "../../harness/certificate.ts"
import type { Node } from "../nodes.ts"
import { farMs } from "../plan.ts"
import { benchFolder } from "../rows.ts"
import { startStandIn, type StandIn } from "../stand-in/start.ts"
import { pageScript } from "./bundles.ts"
import { readCors } from "./cors.ts"
import { documentOf } from "./document.ts"
import { startFront, type Front } from "./front.ts"
import { startFunction, type FunctionProcess } from "../function.ts"
import type { PageRow } from "./rows.ts"
import { startSite } from "./site.ts"

/** From the browser to each front. */
export const frontOneWayMs = 20

/** The browser looks none of them up. The first two are of one site, as the cookie of the helper needs. */
const hosts = {
  page: "app.example.com",
  api: "login.example.com",
  classic: "classic.example.com",
}

/** A row's page and what is behind it. */
export interface Stack {
  readonly page: string
  readonly front: Front
}

export interface Stacks {
  readonly byRow: Readonly<Record<PageRow["name"], Stack>>
  readonly standIn: StandIn
  readonly certificate: Certificate
  readonly close: () => Promise<void>
}

/** Starts everything that the pages call: functions, fronts, SuperOffice and Secrets Manager. */
export async function startStacks(node: Node): Promise<Stacks> {
  const standIn = await startStandIn({ latencyMs: farMs, signsIn: true })
  const certificate = makeCertificate(Object.values(hosts))
  const site = await startSite(hosts.page, certificate)
  const configuration = await readCors()
  const processes: FunctionProcess[] = []
  const fronts: Front[] = []

  function start(bundle: string, env: Readonly<Record<string, string>>): FunctionProcess["invoke"] {
    const started = startFunction({ bundle, node: node.path, env: { ...standIn.env, ...env } })
    processes.push(started)
    return started.invoke
  }

  /** The HTTP API in front of functions. */
  async function startApi(delivery: string, names: readonly string[]): Promise<Front> {
    const env = { ALLOWED_ORIGINS: site.origin, REFRESH_TOKEN_DELIVERY: delivery }
    const routes = names.map((name) => [`/${name}`, start(bundleOf(name), env)] as const)
    return await startFrontAt(hosts.api, {
      routes: Object.fromEntries(routes),
      cors: { origin: site.origin, configuration },
    })
  }

  async function startFrontAt(
    hostName: string,
    options: Pick<Parameters<typeof startFront>[0], "routes" | "cors">,
  ): Promise<Front> {
    const front = await startFront({ hostName, certificate, oneWayMs: frontOneWayMs, ...options })
    fronts.push(front)
    return front
  }

  async function stackOfFunctions(
    name: PageRow["name"],
    delivery: string,
    functions: readonly string[],
  ): Promise<Stack> {
    const front = await startApi(delivery, functions)
    const login = standIn.env.LOCAL_PROVIDER_URL ?? ""
    const path = `/${name}`
    site.documents.set(path, documentOf(await pageScript(name, { api: front.url, login })))
    return { page: `${site.origin}${path}`, front }
  }

  async function stackOfServer(): Promise<Stack> {
    const script = join(standIn.env.HOME ?? "", "page.js")
    await writeFile(script, await pageScript("classic"))
    const server = start(`${benchFolder}page/classic.cjs`, { PAGE_SCRIPT: script })
    const paths = ["/", "/login", "/callback", "/token"]
    const routes = Object.fromEntries(paths.map((path) => [path, server]))
    const front = await startFrontAt(hosts.classic, { routes })
    return { page: `${front.url}/`, front }
  }

  return {
    byRow: {
      product: await stackOfFunctions("product", "cookie", ["start-login", "token"]),
      "oidc-client-ts": await stackOfFunctions("oidc-client-ts", "sealed", ["token"]),
      classic: await stackOfServer(),
    },
    standIn,
    certificate,
    close: async () => {
      for (const one of [...processes, ...fronts, site]) one.close()
      await standIn.close()
    },
  }
}

function bundleOf(name: string): string {
  return fileURLToPath(new URL(`../../dist/functions/${name}.cjs`, import.meta.url))
}
