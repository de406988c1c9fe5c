import { createServer, type IncomingHttpHeaders } from "node:http"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { closeServer, listenOnLoopback, withHostName } from "../../../local/loopback.ts"
import { startStackWithProvider, type Stack } from "../../../local/stack.ts"
import { pageChecks } from "../../../operator/doctor/page-checks.ts"
import type { Page } from "../../../operator/doctor/page-request.ts"
import { functionHere } from "../../support/function-here.ts"
import { addressOf, allowing, examineUrl } from "./examine.ts"

const origin = "http://localhost:5173"
const otherSite = "https://app.example.com"

async function startStack(env: Readonly<Record<string, string>> = {}, origins = [origin]): Promise<Stack> {
  const stack = await startStackWithProvider({ origins, env, startFunction: functionHere })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await stack.close()
  })
  return stack
}

/** The checks of a page, as `name: state`, and those of its door and of the delivery. */
async function check(url: string, page: Partial<Page> = {}) {
  const all = { url, origin, requestHeaders: [], redirectUris: [], delivery: undefined, ...page }
  const checks = await pageChecks(all)
  const [, door, delivery] = checks
  return { states: checks.map(({ name, state }) => `${name}: ${state}`), door, delivery }
}

const allOk = ["CORS: ok", "page's door: ok", "delivery: ok"]

describe("a page on another site than the API", () => {
  it("fails in delivery cookie, with what the browser would be told, and what to do", async () => {
    const stack = await startStack({}, [otherSite])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", otherSite])
    expect(stdout).toContain(
      `  failed    page's door    a browser on ${otherSite} would be told: "This page is `,
    )
    expect(stdout).toContain("Fix: set domainName to a name on the page's site, or refreshTokenDelivery to ")
    expect(stdout).toContain(
      `  failed    delivery       cookie: browsers keep none for pages of ${otherSite}, `,
    )
    expect(exitCode).toBe(1)
  })

  it("fails for 127.0.0.1 and localhost, with the advice to use one name, and so it does for http and https", async () => {
    const secure = "https://localhost:5173"
    const stack = await startStack({}, [origin, secure])
    const named = await check(stack.url)
    expect(named.states).toEqual(["CORS: ok", "page's door: failed", "delivery: failed"])
    expect(named.door?.fix).toContain("localhost and 127.0.0.1 are different sites: use the same name")
    expect((await check(addressOf(stack), { origin: secure })).door?.fix).toContain("use the same scheme")
  })

  it("fails by its cookie where the answer does not say so", async () => {
    const url = await startService({ "set-cookie": "__Host-so-login-1=a; Secure; SameSite=Strict" })
    const { states } = await check(url, { origin: otherSite, delivery: "cookie" })
    expect(states).toEqual(["CORS: ok", "page's door: ok", "delivery: failed"])
  })
})

describe("the delivery of the deployment", () => {
  it.each(["partitioned", "sealed"])(
    "is seen to be %s, which works for pages of any site",
    async (delivery) => {
      const stack = await startStack({ REFRESH_TOKEN_DELIVERY: delivery }, [origin, otherSite])
      for (const [page, site] of [
        [origin, "same-site"],
        [otherSite, "cross-site"],
      ] as const) {
        const { states, delivery: seen } = await check(addressOf(stack), { origin: page, delivery })
        expect(states).toEqual(allOk)
        expect(seen?.finding).toBe(`${delivery}, which works for ${site} pages of ${page}`)
      }
    },
  )

  it("is tried with a redirect URI that deployment.yml lists, if possible one of the page", async () => {
    const uris = ["com.example.app:/done", `${origin}/signed-in`]
    const url = addressOf(await startStack({ ALLOWED_REDIRECT_URIS: uris.join(",") }))
    expect((await check(url, { redirectUris: uris })).states).toEqual(allOk)
    expect((await check(url, { redirectUris: uris.slice(0, 1) })).states).toEqual(allOk)
    const { delivery: failed } = await check(url, { redirectUris: [`${origin}/new`] })
    expect([failed?.state, failed?.finding]).toEqual([
      "failed",
      expect.stringContaining(`${origin}/new, which`),
    ])
    const { delivery: skipped } = await check(url)
    expect([skipped?.state, skipped?.finding]).toEqual(["skipped", expect.stringContaining("--stage knows ")])
  })
})

describe("the requests of a page", () => {
  it.each([
    ["localhost", "same-site"],
    ["127.0.0.1", "cross-site"],
  ])("to %s are those of a browser: %s", async (host, site) => {
    const received: Received[] = []
    const url = await startService({}, received)
    await check(withHostName(url, host), { requestHeaders: ["traceparent", "baggage"] })
    const browser = { origin, "sec-fetch-site": site, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }
    const json = { "content-type": "application/json", "x-csrf": "1" }
    const asked = {
      "access-control-request-method": "POST",
      "access-control-request-headers": "baggage,content-type,traceparent,x-csrf",
    }
    expect(received.toSorted((a, b) => a.line.localeCompare(b.line))).toMatchObject([
      { line: "OPTIONS /exchange-code", headers: { ...browser, ...asked } },
      { line: "POST /exchange-code", headers: { ...browser, ...json } },
      { line: "POST /start-login", headers: { ...browser, ...json } },
    ])
  })

  it("with headers that the gateway does not list fail, with the advice to exclude the API", async () => {
    const stack = await startStack()
    const headers = ["Traceparent", "Baggage", "Accept"].flatMap((name) => ["--request-header", name])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin, ...headers])
    const said =
      / failed {4}CORS .* with these headers: traceparent, baggage\n +Fix: the gateway's list is fixed /
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it("fail when the page may not read the answer", async () => {
    const url = await startService({ "access-control-allow-credentials": "false" })
    expect((await check(url)).door?.finding).toContain("does not let the page read the answer")
  })

  it("are checked for every origin that is named", async () => {
    const other = "http://localhost:4200"
    const stack = await startStack({}, [origin, other])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin, "--origin", other])
    for (const page of [origin, other]) expect(stdout).toContain(`CORS           pages of ${page} may call\n`)
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/\n12 ok\n$/)])
  })
})

interface Received {
  readonly line: string
  readonly headers: IncomingHttpHeaders
}

/** A service that accepts every page, and answers with these headers too. */
async function startService(headers: Readonly<Record<string, string>>, received: Received[] = []) {
  const server = createServer((request, response) => {
    request.resume()
    received.push({ line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers })
    const all = { ...allowing(request.headers.origin ?? ""), ...headers }
    response.writeHead(request.method === "OPTIONS" ? 204 : 400, all)
    const body = { error: "invalid_request", code: "request_invalid", retryable: false, request_id: "1" }
    response.end(request.method === "OPTIONS" ? undefined : JSON.stringify(body))
  })
  onTestFinished(() => closeServer(server))
  return await listenOnLoopback(server)
}
