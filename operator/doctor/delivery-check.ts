import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { plain } from "../plain.ts"
import { failed, ok, skipped, type CheckResult } from "./check.ts"
import { postAsPage, type Page, type PageAnswer } from "./page-request.ts"
import { fetchSite } from "./site.ts"

const name = "delivery"

/**
 * Checks how the deployment delivers refresh tokens to pages: begins a sign-in, and looks at the cookie. Nothing is kept of it,
 * because all that a sign-in needs is in that cookie. Nothing is sent to SuperOffice.
 */
export async function deliveryCheck(page: Page): Promise<CheckResult> {
  const redirectUri =
    page.redirectUris.find((uri) => URL.canParse(uri) && new URL(uri).origin === page.origin) ??
    page.redirectUris[0] ??
    `${page.origin}/callback`
  const answer = await postAsPage(page, "start-login", { redirect_uri: redirectUri })
  if ("finding" in answer) return failed(name, answer.finding, answer.fix)
  const delivery = deliveryOf(answer)
  return delivery === undefined ? unknownDelivery(page, redirectUri, answer) : compare(page, delivery)
}

/** True for the answer of a deployment with delivery `cookie` to a page of another site (lib/request/caller.ts). */
export function isRefusedForSite({ code, description }: PageAnswer): boolean {
  return code === "request_invalid" && description.includes("on another site")
}

/** What makes the browser of a page keep the cookies. */
export function fixOfSite({ origin, url }: Page): string {
  const hosts = [origin, url].map((text) => new URL(text).hostname)
  if (hosts[0] === hosts[1]) {
    return "to a browser, http: and https: are different sites: use the same scheme for page and API"
  }
  if (hosts.includes("localhost") && hosts.includes("127.0.0.1")) {
    return "to a browser, localhost and 127.0.0.1 are different sites: use the same name for page and API"
  }
  return "set domainName to a name on the page's site, or refreshTokenDelivery to partitioned, in deployment.yml; then deploy"
}

function deliveryOf(answer: PageAnswer): RefreshTokenDelivery | undefined {
  if (isRefusedForSite(answer)) return "cookie"
  if (answer.code === "request_invalid" && answer.description.includes("sets no cookies")) return "sealed"
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith("__Host-so-login-")) ?? ""
  const attributes = cookie.split(";").map((attribute) => attribute.trim().toLowerCase())
  if (attributes.includes("samesite=none") && attributes.includes("partitioned")) return "partitioned"
  return attributes.includes("samesite=strict") ? "cookie" : undefined
}

function compare(page: Page, delivery: RefreshTokenDelivery): CheckResult {
  if (page.delivery !== undefined && page.delivery !== delivery) {
    return failed(
      name,
      `the deployment has ${delivery}, but deployment.yml means ${page.delivery}`,
      "set refreshTokenDelivery in deployment.yml to what you mean, and deploy",
    )
  }
  const site = fetchSite(page.origin, page.url)
  if (delivery === "cookie" && site === "cross-site") {
    const finding = `cookie: browsers keep none for pages of ${page.origin}, because the API is on another site`
    return failed(name, finding, fixOfSite(page))
  }
  return ok(name, `${delivery}, which works for ${site} pages of ${page.origin}`)
}

function unknownDelivery(page: Page, redirectUri: string, answer: PageAnswer): CheckResult {
  const { code, description, status } = answer
  if (code === "request_invalid" && description.includes('"redirect_uri"')) {
    return page.redirectUris.includes(redirectUri)
      ? failed(
          name,
          `start-login does not allow ${redirectUri}, which deployment.yml lists`,
          "deploy, so that it does",
        )
      : skipped(
          name,
          `start-login does not allow ${redirectUri}: --stage knows which redirect URIs it allows`,
        )
  }
  if (code === "configuration_invalid") {
    return failed(
      name,
      "start-login is not configured, so no page can sign in",
      "correct what its log line names: the settings (field problems), or the secret",
    )
  }
  const got = typeof code === "string" ? plain(code, 64) : `status ${status}`
  return skipped(name, `not known, because start-login set no cookie (${got})`)
}
