import type { BrowserContext, Page } from "playwright-core"

/** Whatever script in a page could come to know, collected while the browser runs. */
export interface Watch {
  /** The URL of every request, and of every page on its way. */
  readonly urls: readonly string[]
  /** Holds each answer that this tab gets until its headers and body have been written down. */
  follow(tab: Page): Promise<void>
  /** All URLs, the answers to the tabs that were followed, and what each tab reads in cookies and storages. */
  everything(): Promise<string>
}

/** Watches a browser from now on. */
export function watch(context: BrowserContext): Watch {
  const urls: string[] = []
  const answers: string[] = []
  context.on("request", (request) => urls.push(request.url()))
  context.on("page", (page) => {
    page.on("framenavigated", (frame) => urls.push(frame.url()))
  })

  return {
    urls,
    async follow(tab) {
      const devTools = await context.newCDPSession(tab)
      devTools.on("Fetch.requestPaused", ({ requestId, responseHeaders, responseStatusCode = 0 }) => {
        const isRedirect = responseStatusCode >= 300 && responseStatusCode < 400
        const body = isRedirect ? undefined : devTools.send("Fetch.getResponseBody", { requestId })
        void Promise.resolve(body)
          .then((answer) => {
            const text = Buffer.from(answer?.body ?? "", answer?.base64Encoded ? "base64" : "utf8").toString()
            answers.push(JSON.stringify(responseHeaders) + text)
            return devTools.send("Fetch.continueResponse", { requestId })
          })
          // The tab is gone, or has gone elsewhere: then nobody got this answer.
          .catch(() => undefined)
      })
      await devTools.send("Fetch.enable", { patterns: [{ requestStage: "Response" }] })
    },
    everything: async () => {
      const kept = await Promise.all(
        context
          .pages()
          .map((tab) =>
            tab.evaluate<string>(
              "document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)",
            ),
          ),
      )
      return [...urls, ...answers, ...kept].join("\n")
    },
  }
}
