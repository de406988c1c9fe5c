import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext } from "playwright-core"

/** An engine, and where its programs are. */
export interface Installation {
  readonly name: string
  readonly programs: readonly string[]
  /** What installs them on Debian. */
  readonly packages: string
}

/** Which cookies the user of a browser allows. */
export type AllowedCookies = "all" | "first-party" | "none"

interface OwnBrowser {
  readonly context: BrowserContext
  readonly close: () => Promise<void>
}

/** An engine that Playwright drives, and all that tests need to know of it. */
export interface Engine extends Installation {
  /** A browser whose contexts share nothing, and keep third-party cookies for each site alone. */
  launch(): Promise<Browser>
  /** Another browser, whose user has changed which cookies are allowed. */
  launchWith(cookies: AllowedCookies): Promise<OwnBrowser>
  /** What Playwright says of the partition that a cookie is in. */
  partitionOf(site: string): { readonly partitionKey?: string }
  /** The address of a frame whose page refuses it. */
  readonly refusedFrame: RegExp
  /** What some tests need and this engine does not have, with the reason. */
  readonly lacks: Partial<Readonly<Record<Feature, string>>>
}

export type Feature =
  | "answers to be held"
  | "frames to be denied storage"
  | "partitioned cookies to be blocked with those of other sites"

/** The programs that are missing. */
export function missing({ programs }: Installation): readonly string[] {
  return programs.filter((program) => !existsSync(program))
}

/** How to get an engine whose programs are missing. */
export function howToInstall(engine: Installation): string {
  return `no ${engine.name} at ${missing(engine).join(", ")}: apt-get install ${engine.packages}`
}

/** A browser with a folder of its own, which goes with it. */
export async function inOwnFolder(launch: (folder: string) => Promise<BrowserContext>): Promise<OwnBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "browser-"))
  const context = await launch(folder)
  const close = async (): Promise<void> => {
    await context.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return { context, close }
}
