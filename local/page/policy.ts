/**
 * The example page's Content Security Policy: scripts and styles from its own origin, requests to itself and to the
 * functions, and nothing else. Script that gets into a page can ask for tokens, so this is worth copying.
 */
export function contentSecurityPolicy(apiUrl: string, frameAncestors: readonly string[] = []): string {
  const directives = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": `'self' ${new URL(apiUrl).origin}`,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": frameAncestors.length > 0 ? frameAncestors.join(" ") : "'none'",
  }
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ")
}
