import { isPlainObject, parseJson } from "../../lib/json.ts"
import { failed, ok, type CheckResult } from "./check.ts"

/** Tries what a page of an origin needs: the gateway's answer to the preflight, and the function's open door. */
export async function pageChecks(url: string, origin: string): Promise<CheckResult[]> {
  return await Promise.all([preflight(url, origin), door(url, origin)])
}

const timeoutMs = 25_000

/** As the browser asks before a JSON POST with cookies and `X-CSRF` (Fetch standard, CORS-preflight fetch). */
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
  if (!response) return failed(name, "the preflight got no answer", "look at --url")
  if (response.headers.get("access-control-allow-origin") !== origin) {
    return failed(name, `the gateway does not let pages of ${origin} call`, addOrigin)
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
    `the preflight is not enough for a page: ${missing.join(", ")}`,
    "let the gateway's CORS configuration be the one in serverless.yml",
  )
}

const addOrigin =
  "add it to allowedOrigins in deployment.yml, exactly: scheme, host and port, no slash; then deploy"

function lacks({ headers }: Response, header: string, wanted: readonly string[]): string[] {
  const present = (headers.get(header) ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
  return wanted.filter((word) => !present.includes(word)).map((word) => `${header} lacks ${word}`)
}

/** A request without a code is refused for just that, once the page has been let in; nothing reaches SuperOffice. */
async function door(url: string, origin: string): Promise<CheckResult> {
  const name = "page's door"
  const response = await send(`${url}/exchange-code`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: "{}",
  })
  const body = parseJson((await response?.text().catch(() => "")) ?? "")
  const code = isPlainObject(body) ? body.code : undefined
  if (code === "request_invalid") return ok(name, "exchange-code lets the page in")
  if (code === "origin_not_allowed") return failed(name, `exchange-code does not know ${origin}`, addOrigin)
  if (code === "configuration_invalid") {
    return failed(
      name,
      "exchange-code is not configured",
      "its log line lists every problem (field problems)",
    )
  }
  const got = response ? `status ${response.status}` : "no answer"
  return failed(
    name,
    `exchange-code gave no answer of this service (${got})`,
    "look at --url, and at the log",
  )
}

async function send(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) })
  } catch {
    // Which of the many ways to fail it was does not help to mend it.
    return undefined
  }
}
