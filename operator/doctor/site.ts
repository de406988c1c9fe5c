import { getDomain } from "tldts"

/** The values of `Sec-Fetch-Site` that a page's own request can have. */
export type FetchSite = "same-origin" | "same-site" | "cross-site"

/**
 * How a page of `origin` stands to a URL, as a browser says it in `Sec-Fetch-Site`. Two addresses are of one site if scheme
 * and registrable domain are the same. The registrable domain is that of the Public Suffix List, with its private section.
 *
 * @see {@link https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header Fetch Metadata §2.4}
 * @see {@link https://html.spec.whatwg.org/multipage/browsers.html#same-site HTML: same site}
 */
export function fetchSite(origin: string, url: string): FetchSite {
  const [page, api] = [new URL(origin), new URL(url)]
  if (page.origin === api.origin) return "same-origin"
  return page.protocol === api.protocol && siteOf(page) === siteOf(api) ? "same-site" : "cross-site"
}

/** An IP address, `localhost` and a public suffix have no registrable domain. There, the host itself counts. */
function siteOf({ hostname }: URL): string {
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname
}
