import { existsSync } from "node:fs"
import { mkdir, rmdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Launcher } from "./cold.ts"

/** Lambda gives a function of this memory one core; of less, in proportion. */
const megabytesOfOneCore = 1769

const periodUs = 20_000

/** Starts processes that get no more CPU than Lambda gives to a function of some memory. */
export interface Throttle {
  readonly launcher: Launcher
  readonly close: () => Promise<void>
}

/** Makes a control group, or gives undefined where this machine does not allow it: then nothing is emulated. */
export async function openThrottle(memoryMb: number): Promise<Throttle | undefined> {
  const quotaUs = Math.round((periodUs * memoryMb) / megabytesOfOneCore)
  const isVersion2 = existsSync("/sys/fs/cgroup/cgroup.controllers")
  const folder = join("/sys/fs/cgroup", isVersion2 ? "" : "cpu", `bench-${process.pid}-${memoryMb}`)
  const settings: readonly (readonly [file: string, value: string])[] = isVersion2
    ? [["cpu.max", `${quotaUs} ${periodUs}`]]
    : [
        ["cpu.cfs_period_us", String(periodUs)],
        ["cpu.cfs_quota_us", String(quotaUs)],
      ]
  try {
    await mkdir(folder)
    for (const [file, value] of settings) await writeFile(join(folder, file), value)
  } catch {
    await rmdir(folder).catch(() => undefined)
    return undefined
  }
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
  return {
    launcher: (node, parameters) => ["/bin/sh", "-c", enter, folder, node, ...parameters],
    close: () => rmdir(folder),
  }
}

/** The share of one core that Lambda gives. */
export function coreShare(memoryMb: number): number {
  return Math.min(1, memoryMb / megabytesOfOneCore)
}
