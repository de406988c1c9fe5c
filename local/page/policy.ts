interface PolicyOptions {
  /** Origins that the page calls beside its own, e.g. `https://*.superoffice.com`; none unless given. */
  readonly calls?: readonly string[]
  /** Sites that may show the page in a frame; none unless given. */
  readonly frameAncestors?: readonly string[]
}

/**
 * A page's Content Security Policy: scripts and styles from its own origin, requests to itself and to what it calls, and
 * nothing else. Worth copying, because script that is injected into a page can request tokens.
 */
export function contentSecurityPolicy({ calls = [], frameAncestors = [] }: PolicyOptions = {}): string {
  const directives = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": ["'self'", ...calls].join(" "),
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": frameAncestors.length > 0 ? frameAncestors.join(" ") : "'none'",
  }
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ")
}
