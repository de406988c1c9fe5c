export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** What a command writes. A test can wait for a part of it. */
export interface OutputRecord {
  readonly soFar: Output
  hear(stream: keyof Output, chunk: string): void
  /** Waits until it has written this, on either stream, after what was waited for before. */
  said(text: string, ended: Promise<unknown>): Promise<void>
}

export function recordOutput(): OutputRecord {
  const soFar = { stdout: "", stderr: "" }
  let heard = ""
  let wake = (): void => undefined
  return {
    soFar,
    hear(stream, chunk) {
      soFar[stream] += chunk
      heard += chunk
      wake()
    },
    async said(text, ended) {
      while (!heard.includes(text)) {
        const more = new Promise<"more">((resolve) => {
          wake = () => {
            resolve("more")
          }
        })
        if ((await Promise.race([more, ended])) !== "more") throw new Error(`it ended, saying ${heard}`)
      }
      heard = heard.slice(heard.indexOf(text) + text.length)
    },
  }
}
