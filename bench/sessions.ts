import { createHash } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type { IncomingMessage } from "node:http"
import { get } from "node:https"
import { fileURLToPath } from "node:url"
import { clientId } from "../harness/id-tokens.ts"
import type { Curve } from "./curve.ts"
import type { Node } from "./nodes.ts"
import { startFunction } from "./function.ts"
import type { Plan } from "./plan.ts"
import { say } from "./progress.ts"
import type { Row } from "./rows.ts"
import { startStandIn, type StandIn } from "./stand-in/start.ts"
import { invocationsToWarmUp, measure, startWarm } from "./warm.ts"
import { httpEvent } from "./work.ts"

const origin = "https://app.example.com"
const redirectUri = `${origin}/callback`
const codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
const tenants = ["Cust10001", "Cust10002", "Cust10003", "Cust10004"]

const product: Row = {
  name: "product",
  label: "this product",
  kind: "product",
  door: "http",
  bundle: fileURLToPath(new URL("../dist/functions/token.cjs", import.meta.url)),
}

/** What a page's refresh costs, by how many tenants its browser is signed in to: up to four, as the product keeps. */
export async function refreshBySessions(node: Node, plan: Plan): Promise<Curve> {
  const open = await startStandIn({ signsIn: true })
  const standIn: StandIn = { ...open, env: { ...open.env, ALLOWED_ORIGINS: origin } }
  const process = startWarm(product, node, standIn)
  try {
    const cookies = await signIn(standIn, node)
    const points = []
    for (const value of tenants.keys()) {
      say(`growth of a refresh with sessions: ${value + 1}`)
      const event = pageEvent({ grant_type: "refresh_token", ctx: tenants[0] }, cookies.slice(0, value + 1))
      if (value === 0) await process.run({ event, concurrency: 1, invocations: invocationsToWarmUp })
      const runs: number[] = []
      for (let round = 0; round < plan.growthRounds; round += 1) {
        const task = { event, concurrency: 1, invocations: plan.warmInvocations }
        const { cpuUs, isValid } = await measure(product, process, standIn, task)
        if (!isValid) throw new Error(`a refresh fails with ${value + 1} sessions`)
        runs.push(cpuUs)
      }
      points.push({ value: value + 1, costs: new Map([["product" as const, runs]]) })
    }
    return {
      input: "tenants that the browser is signed in to",
      cost: "warm CPU of a page's refresh, µs",
      points,
    }
  } finally {
    process.close()
    await open.close()
  }
}

/** Signs in to each tenant. Gives the cookies of the sessions. */
async function signIn(standIn: StandIn, node: Node): Promise<string[]> {
  const token = startFunction({ bundle: product.bundle, node: node.path, env: standIn.env })
  const cookies: string[] = []
  try {
    for (const tenant of tenants) {
      const grant = {
        grant_type: "authorization_code",
        code: await codeFor(tenant, standIn),
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      }
      const answer = (await token.invoke(pageEvent(grant, cookies))) as {
        readonly cookies?: readonly string[]
      }
      const [cookie = ""] = answer.cookies?.[0]?.split(";") ?? []
      if (cookie === "") throw new Error(`nobody is signed in to ${tenant}`)
      cookies.push(cookie)
    }
  } finally {
    token.close()
  }
  return cookies
}

/** An authorization code, from a login page that asks nobody. */
async function codeFor(tenant: string, { env }: StandIn): Promise<string> {
  const url = new URL("/login/common/oauth/authorize", env.LOCAL_PROVIDER_URL)
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    acr_values: `tenant:${tenant}`,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
  }).toString()
  const request = get(url, { ca: readFileSync(env.NODE_EXTRA_CA_CERTS ?? "") })
  const [answer] = (await once(request, "response")) as [IncomingMessage]
  answer.resume()
  return new URL(answer.headers.location ?? "").searchParams.get("code") ?? ""
}

function pageEvent(body: object, cookies: readonly string[]): object {
  const event = httpEvent(JSON.stringify(body), "/token")
  return { ...event, headers: { ...event.headers, origin, "x-csrf": "1" }, cookies }
}
