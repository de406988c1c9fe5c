import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** A build of the functions' bundles, as `npm run build` makes it. */
export interface Build {
  /** Rejects when it failed or was ended. What is wrong stands on stderr. */
  readonly done: Promise<void>
  /** Ends it if it still runs. */
  close(): Promise<void>
}

/** Starts a build into a folder; `dist` unless given. */
export function startBuild(folder?: string): Build {
  const script = fileURLToPath(new URL("../scripts/build.ts", import.meta.url))
  const args = ["--import", import.meta.resolve("tsx"), script, ...(folder === undefined ? [] : [folder])]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] })
  const ended = once(child, "exit") as Promise<[code: number | null]>
  return {
    done: ended.then(([code]) => {
      if (code !== 0) throw new Error("The functions could not be built.")
    }),
    async close() {
      child.kill()
      await ended
    },
  }
}
