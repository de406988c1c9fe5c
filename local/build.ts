import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expectWritable } from "./writable.ts"

/** A build of the functions' bundles, as `npm run build` makes it. */
export interface Build {
  /** Rejects when it failed or was ended. What is wrong stands on stderr. */
  readonly done: Promise<void>
  /** Ends it if it still runs. */
  close(): Promise<void>
}

const root = fileURLToPath(new URL("..", import.meta.url))

/** Throws a sentence if `npm start` cannot write the bundles here. */
export async function expectBuildable(checkout = root): Promise<void> {
  for (const folder of [checkout, join(checkout, "dist")]) {
    await expectWritable(
      folder,
      "Nothing was built. Start with --no-build to take the bundles that are in dist, or in a copy that it may write to.",
    )
  }
}

/** Starts a build into a folder; `dist` unless given. */
export function startBuild(folder?: string): Build {
  const script = join(root, "scripts/build.ts")
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
