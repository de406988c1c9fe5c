interface PolicyOptions {
  /** Sites that may show the page in a frame; none unless given. */
  readonly frameAncestors?: readonly string[]
  /** The origin of SuperOffice's REST API, e.g. `https://*.superoffice.com`; not called unless given. */
  readonly superOffice?: string
  /** Where images may come from; the page's own origin unless given. */
  readonly images?: string
}

/**
 * The example page's Content Security Policy: scripts and styles from its own origin, requests to itself and to the
 * functions, and nothing else. Worth copying, because script that is injected into a page can request tokens.
 */
export function contentSecurityPolicy(
  apiUrl: string,
  { frameAncestors = [], superOffice = "", images = "'self'" }: PolicyOptions = {},
): string {
  const directives = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": images,
    "connect-src": `'self' ${new URL(apiUrl).origin} ${superOffice}`.trim(),
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": frameAncestors.length > 0 ? frameAncestors.join(" ") : "'none'",
  }
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ")
}
