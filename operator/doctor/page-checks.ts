import { isPlainObject, parseJson } from "../../lib/json.ts"
import { failed, ok, type CheckResult } from "./check.ts"

/** Checks what a page of an origin needs: the gateway's answer to its preflight, and that the function accepts it. */
export async function pageChecks(url: string, origin: string): Promise<CheckResult[]> {
  return await Promise.all([preflight(url, origin), door(url, origin)])
}

const timeoutMs = 25_000

/** Sends what a browser sends before a JSON POST with cookies and `X-CSRF` (Fetch standard, CORS-preflight fetch). */
async function preflight(url: string, origin: string): Promise<CheckResult> {
  const name = "CORS"
  const response = await send(`${url}/exchange-code`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-csrf",
    },
  })
  if (!response) return failed(name, "the preflight got no answer", "check --url")
  if (response.headers.get("access-control-allow-origin") !== origin) {
    return failed(name, `the gateway does not allow pages of ${origin} to call`, addOrigin)
  }
  const missing = [
    ...(response.ok ? [] : [`status ${response.status}`]),
    ...lacks(response, "access-control-allow-credentials", ["true"]),
    ...lacks(response, "access-control-allow-methods", ["post"]),
    ...lacks(response, "access-control-allow-headers", ["content-type", "x-csrf"]),
  ]
  if (missing.length === 0) return ok(name, `pages of ${origin} may call`)
  return failed(
    name,
    `the answer to the preflight is not sufficient for a page: ${missing.join(", ")}`,
    "configure the gateway's CORS as in serverless.yml",
  )
}

const addOrigin =
  "add it to allowedOrigins in deployment.yml, exactly: scheme, host and port, without a slash at the end; then deploy"

function lacks({ headers }: Response, header: string, wanted: readonly string[]): string[] {
  const present = (headers.get(header) ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
  return wanted.filter((word) => !present.includes(word)).map((word) => `${header} lacks ${word}`)
}

/**
 * Sends a request without a code. The function checks the origin first, so `request_invalid` means that it accepts
 * the page. Nothing is sent to SuperOffice.
 */
async function door(url: string, origin: string): Promise<CheckResult> {
  const name = "page's door"
  const response = await send(`${url}/exchange-code`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: "{}",
  })
  const body = parseJson((await response?.text().catch(() => "")) ?? "")
  const code = isPlainObject(body) ? body.code : undefined
  if (code === "request_invalid") return ok(name, "exchange-code accepts the page")
  if (code === "origin_not_allowed") return failed(name, `exchange-code does not allow ${origin}`, addOrigin)
  if (code === "configuration_invalid") {
    return failed(
      name,
      "exchange-code is not configured",
      "correct the problems that its log line lists (field problems)",
    )
  }
  const got = response ? `status ${response.status}` : "no answer"
  return failed(name, `the answer is not from exchange-code (${got})`, "check --url, and see the log")
}

async function send(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) })
  } catch {
    // The advice is the same for every cause.
    return undefined
  }
}
