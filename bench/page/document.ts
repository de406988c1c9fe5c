/** A page that is nothing but its script, which is in the document, so that no row waits for a file more than another. */
export function documentOf(script: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,"><script type="module">${script}</script>`
}
