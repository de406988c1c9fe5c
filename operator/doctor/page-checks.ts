import { plain } from "../plain.ts"
import { failed, ok, type CheckResult } from "./check.ts"
import { deliveryCheck, fixOfSite, isRefusedForSite } from "./delivery-check.ts"
import { postAsPage, sendPreflight, type Page, type PageAnswer } from "./page-request.ts"
import { fetchSite } from "./site.ts"

/**
 * Checks what a page of an origin needs: the gateway's answer to its preflight, that the function accepts it, and that its
 * browser keeps the cookies. Sends what a browser sends for that page.
 */
export async function pageChecks(page: Page): Promise<CheckResult[]> {
  return await Promise.all([preflight(page), door(page), deliveryCheck(page)])
}

const ownHeaders = ["content-type", "x-csrf"]

/** Headers that need no preflight (Fetch standard, CORS-safelisted request-header). */
const safelisted = ["accept", "accept-language", "content-language"]

async function preflight(page: Page): Promise<CheckResult> {
  const name = "CORS"
  const { origin } = page
  const added = page.requestHeaders.filter((header) => ![...ownHeaders, ...safelisted].includes(header))
  const answer = await sendPreflight(page, [...new Set([...ownHeaders, ...added])])
  if ("finding" in answer) return failed(name, answer.finding, answer.fix)
  if (answer.headers.get("access-control-allow-origin") !== origin) {
    return failed(name, `the gateway does not allow pages of ${origin} to call`, addOrigin)
  }
  const missing = [
    ...(answer.ok ? [] : [`status ${answer.status}`]),
    ...lacks(answer, "access-control-allow-credentials", ["true"]),
    ...lacks(answer, "access-control-allow-methods", ["post"]),
    ...lacks(answer, "access-control-allow-headers", ownHeaders),
  ]
  if (missing.length > 0) {
    return failed(
      name,
      `the answer to the preflight is not sufficient for pages of ${origin}: ${missing.join(", ")}`,
      "configure the gateway's CORS as in serverless.yml",
    )
  }
  const refused = added.filter((header) => lacks(answer, "access-control-allow-headers", [header]).length > 0)
  if (refused.length === 0) return ok(name, `pages of ${origin} may call`)
  return failed(
    name,
    `a browser blocks requests of ${origin} with these headers: ${refused.join(", ")}`,
    `the gateway's list is fixed (${ownHeaders.join(", ")}): exclude the API's address where the library is told which requests get the header`,
  )
}

const addOrigin =
  "add it to allowedOrigins in deployment.yml, exactly: scheme, host and port, without a slash at the end; then deploy"

function lacks({ headers }: PageAnswer, header: string, wanted: readonly string[]): string[] {
  const present = (headers.get(header) ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
  return wanted.filter((word) => !present.includes(word)).map((word) => `${header} lacks ${word}`)
}

/**
 * Sends a request without a code. The function checks origin and site first, so any other `request_invalid` means that it
 * accepts the page. Nothing is sent to SuperOffice.
 */
async function door(page: Page): Promise<CheckResult> {
  const name = "page's door"
  const { origin, url } = page
  const answer = await postAsPage(page, "exchange-code", {})
  if ("finding" in answer) return failed(name, answer.finding, answer.fix)
  const { code, description, status } = answer
  if (isRefusedForSite(answer)) {
    return failed(name, `a browser on ${origin} would be told: "${plain(description)}"`, fixOfSite(page))
  }
  if (code === "request_invalid") {
    const missing = [
      ...lacks(answer, "access-control-allow-origin", [origin]),
      ...lacks(answer, "access-control-allow-credentials", ["true"]),
    ]
    if (missing.length === 0)
      return ok(name, `exchange-code accepts ${fetchSite(origin, url)} pages of ${origin}`)
    const finding = `a browser on ${origin} does not let the page read the answer: ${missing.join(", ")}`
    return failed(name, finding, "configure the gateway's CORS as in serverless.yml")
  }
  if (code === "origin_not_allowed") return failed(name, `exchange-code does not allow ${origin}`, addOrigin)
  if (code === "configuration_invalid") {
    return failed(
      name,
      "exchange-code is not configured",
      "correct the problems that its log line lists (field problems)",
    )
  }
  return failed(
    name,
    `the answer is not from exchange-code (status ${status})`,
    "check --url, and see the log",
  )
}
