import { createServer, type IncomingHttpHeaders } from "node:http"
import { describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback, withHostName } from "../../../local/loopback.ts"
import { startStackWithProvider, type Stack } from "../../../local/stack.ts"
import type { CheckResult } from "../../../operator/doctor/check.ts"
import { pageChecks } from "../../../operator/doctor/page-checks.ts"
import type { Page } from "../../../operator/doctor/page-request.ts"
import { addressOf, afterwards, examine, examineUrl } from "./examine.ts"

const origin = "http://localhost:5173"
const toldToBrowsers =
  "This page is on another site, where its cookie could not be kept: REFRESH_TOKEN_DELIVERY must be partitioned or sealed."

async function startStack(env: Readonly<Record<string, string>> = {}, origins = [origin]): Promise<Stack> {
  const stack = await startStackWithProvider({ origins, env })
  afterwards(() => stack.close())
  return stack
}

async function examinePage(stack: Stack, page: Partial<Page> & Pick<Page, "origin">): Promise<CheckResult[]> {
  return await pageChecks({
    url: addressOf(stack),
    requestHeaders: [],
    redirectUris: [],
    delivery: undefined,
    ...page,
  })
}

function states(checks: readonly CheckResult[]): string[] {
  return checks.map(({ name, state }) => `${name}: ${state}`)
}

const allOk = ["CORS: ok", "page's door: ok", "delivery: ok"]

describe("a page on another site than the API", () => {
  it("fails in delivery cookie, with what the browser would be told, and what to do", async () => {
    const page = "https://app.example.com"
    const stack = await startStack({}, [page])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", page])
    expect(stdout).toContain(
      [
        `  ok        CORS           pages of ${page} may call`,
        `  failed    page's door    a browser on ${page} would be told: "${toldToBrowsers}"`,
        "                           Fix: set domainName to a name on the page's site, or refreshTokenDelivery to partitioned, in deployment.yml; then deploy",
        `  failed    delivery       cookie: browsers keep none for pages of ${page}, because the API is on another site`,
      ].join("\n"),
    )
    expect(stdout).toMatch(/\n7 ok, 2 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it("fails for 127.0.0.1 and localhost, with the advice to use one name", async () => {
    const stack = await startStack()
    const { exitCode, stdout } = await examine(["--url", stack.url, "--origin", origin], stack)
    expect(stdout).toContain(`a browser on ${origin} would be told: "${toldToBrowsers}"`)
    expect(stdout).toContain(
      "Fix: to a browser, localhost and 127.0.0.1 are different sites: use the same name",
    )
    expect(exitCode).toBe(1)
  })

  it("fails for http and https of one name, with the advice to use one scheme", async () => {
    const page = "https://localhost:5173"
    const stack = await startStack({}, [page])
    const checks = await examinePage(stack, { origin: page })
    expect(states(checks)).toEqual(["CORS: ok", "page's door: failed", "delivery: failed"])
    expect(checks[1]?.fix).toContain("use the same scheme for page and API")
  })

  it.each(["partitioned", "sealed"])("is ok in delivery %s", async (delivery) => {
    const page = "https://app.example.com"
    const stack = await startStack({ REFRESH_TOKEN_DELIVERY: delivery }, [page])
    const checks = await examinePage(stack, { origin: page, delivery })
    expect(states(checks)).toEqual(allOk)
    expect(checks[2]?.finding).toBe(`${delivery}, which works for cross-site pages of ${page}`)
  })

  it("fails by its cookie where the answer does not say so", async () => {
    const url = await startService({ "set-cookie": "__Host-so-login-1=a; Secure; SameSite=Strict" })
    const page = {
      url,
      origin: "https://app.example.com",
      requestHeaders: [],
      redirectUris: [],
      delivery: "cookie",
    }
    expect(states(await pageChecks(page))).toEqual(["CORS: ok", "page's door: ok", "delivery: failed"])
  })
})

describe("the delivery of the deployment", () => {
  it.each(["cookie", "partitioned", "sealed"])("is seen to be %s", async (delivery) => {
    const stack = await startStack({ REFRESH_TOKEN_DELIVERY: delivery })
    const [, , check] = await examinePage(stack, { origin })
    expect(check).toEqual({
      name: "delivery",
      state: "ok",
      finding: `${delivery}, which works for same-site pages of ${origin}`,
    })
  })

  it("fails when deployment.yml means another", async () => {
    const stack = await startStack()
    for (const delivery of ["partitioned", "sealed"]) {
      const [, , check] = await examinePage(stack, { origin, delivery })
      expect(check).toMatchObject({
        state: "failed",
        finding: `the deployment has cookie, but deployment.yml means ${delivery}`,
      })
    }
  })

  it("is tried with a redirect URI that deployment.yml lists, if possible one of the page", async () => {
    const uris = ["com.example.app:/done", `${origin}/signed-in`]
    const stack = await startStack({ ALLOWED_REDIRECT_URIS: uris.join(",") })
    expect(states(await examinePage(stack, { origin, redirectUris: uris }))).toEqual(allOk)
    expect(states(await examinePage(stack, { origin, redirectUris: uris.slice(0, 1) }))).toEqual(allOk)
  })

  it("fails when the deployment does not allow a redirect URI that deployment.yml lists", async () => {
    const stack = await startStack({ ALLOWED_REDIRECT_URIS: `${origin}/signed-in` })
    const [, , check] = await examinePage(stack, { origin, redirectUris: [`${origin}/new`] })
    expect(check).toMatchObject({
      state: "failed",
      finding: `start-login does not allow ${origin}/new, which deployment.yml lists`,
    })
  })

  it("is skipped when no redirect URI is known that the deployment allows", async () => {
    const stack = await startStack({ ALLOWED_REDIRECT_URIS: `${origin}/signed-in` })
    const [, , check] = await examinePage(stack, { origin })
    expect(check).toMatchObject({
      state: "skipped",
      finding: `start-login does not allow ${origin}/callback: --stage knows which redirect URIs it allows`,
    })
  })
})

describe("a page's requests", () => {
  it("are those of a browser, also in how page and API stand to each other", async () => {
    for (const [host, site] of [
      ["localhost", "same-site"],
      ["127.0.0.1", "cross-site"],
    ] as const) {
      const received: Received[] = []
      const url = await startService({}, received)
      const address = withHostName(url, host)
      await pageChecks({
        url: address,
        origin,
        requestHeaders: ["traceparent", "baggage"],
        redirectUris: [],
        delivery: undefined,
      })
      const browser = { origin, "sec-fetch-site": site, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }
      const json = { "content-type": "application/json", "x-csrf": "1" }
      expect(received.toSorted((a, b) => a.line.localeCompare(b.line))).toMatchObject([
        {
          line: "OPTIONS /exchange-code",
          headers: {
            ...browser,
            "access-control-request-method": "POST",
            "access-control-request-headers": "baggage,content-type,traceparent,x-csrf",
          },
        },
        { line: "POST /exchange-code", headers: { ...browser, ...json } },
        { line: "POST /start-login", headers: { ...browser, ...json } },
      ])
    }
  })

  it("with headers that the gateway does not list fail, with the advice to exclude the API", async () => {
    const stack = await startStack()
    const headers = ["Traceparent", "Baggage", "Accept"].flatMap((name) => ["--request-header", name])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin, ...headers])
    expect(stdout).toContain(
      `  failed    CORS           a browser blocks requests of ${origin} with these headers: traceparent, baggage\n`,
    )
    expect(stdout).toContain("Fix: the gateway's list is fixed (content-type, x-csrf)")
    expect(stdout).toMatch(/\n8 ok, 1 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it("fail when the page may not read the answer", async () => {
    const url = await startService({ "access-control-allow-credentials": "false" })
    const page = { url, origin, requestHeaders: [], redirectUris: [], delivery: undefined }
    const [, door] = await pageChecks(page)
    expect(door?.finding).toContain("does not let the page read the answer")
  })

  it("are checked for every origin that is named", async () => {
    const other = "http://localhost:4200"
    const stack = await startStack({}, [origin, other])
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin, "--origin", other])
    expect(stdout).toContain(`CORS           pages of ${origin} may call\n`)
    expect(stdout).toContain(`CORS           pages of ${other} may call\n`)
    expect(stdout).toMatch(/\n12 ok\n$/)
    expect(exitCode).toBe(0)
  })
})

interface Received {
  readonly line: string
  readonly headers: IncomingHttpHeaders
}

/** A service that accepts every page, and answers with these headers too. */
async function startService(
  headers: Readonly<Record<string, string>>,
  received: Received[] = [],
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    received.push({ line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers })
    response.writeHead(request.method === "OPTIONS" ? 204 : 400, {
      "access-control-allow-origin": request.headers.origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type,x-csrf",
      ...headers,
    })
    const body = { error: "invalid_request", code: "request_invalid", retryable: false, request_id: "1" }
    response.end(request.method === "OPTIONS" ? undefined : JSON.stringify(body))
  })
  afterwards(() => closeServer(server))
  return await listenOnLoopback(server)
}
