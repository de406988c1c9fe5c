import { createHash } from "node:crypto"

/** A page that the browser shows at the end of the sign-in. Its texts are fixed: nothing of a request is in it. */
export interface Page {
  readonly title: string
  readonly text: string
}

/** The page as HTML: without script, in light and dark, down to 320 pixels. */
export function htmlOf({ title, text }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
}

const style = `
:root { color-scheme: light dark; --page: #eef2f2; --card: #fff; --text: #1d2b2b }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e1515; --card: #162020; --text: #e6eeee }
}
* { box-sizing: border-box }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 8vh auto; padding: 1.5rem clamp(.75rem, 5vw, 2rem) 2rem; background: var(--card); border-radius: .5rem; box-shadow: 0 1px 4px #0003 }
h1 { margin: 0; font-size: 1.5rem }
p { overflow-wrap: anywhere }
`

const policy = {
  "default-src": "'none'",
  "style-src": `'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src": "data:",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
}

/** Of every answer: the address of a callback has the code, and must not stay anywhere. */
export const headers: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join("; "),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
}
