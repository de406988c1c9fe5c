import { stderr } from "node:process"

const startedAt = performance.now()

/** Says on stderr what is being measured, over the last line where that is a terminal. */
export function say(what: string): void {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  stderr.write(
    `${stderr.isTTY ? "\r\u001b[K" : ""}${String(seconds).padStart(4)} s  ${what}${stderr.isTTY ? "" : "\n"}`,
  )
}
