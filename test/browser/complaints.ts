import type { BrowserContext } from "playwright-core"

/** What the API answers when a page looks for a session and there is none. */
export const noSession = "/token: 400 (Bad Request)"

/** The errors and warnings in a browser's console, from now on. Each answer from 400 on is one, an icon's too. */
export function complaintsOf(context: BrowserContext): readonly string[] {
  const complaints: string[] = []
  context.on("weberror", (error) => complaints.push(error.error().message))
  context.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return
    const { url } = message.location()
    const text = message
      .text()
      .replace(/^Failed to load resource: (the server responded with a status of )?/, "")
    const path = URL.canParse(url) ? new URL(url).pathname.replace(/[\w-]{43}$/, "…") : url
    complaints.push(`${path}: ${text}`)
  })
  return complaints
}
