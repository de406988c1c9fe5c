import { escapeHtml } from "./escape.ts"

/** A whole page. `head` is what its head has beside the title. */
export function htmlPage({ title, head, body }: Record<"title" | "head" | "body", string>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
${head}
</head>
<body>
${body}
</body>
</html>
`
}
