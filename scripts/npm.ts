import { win32 } from "node:path"

/** What decides how npm is started; members of `process`. */
export interface NpmHost {
  readonly platform: NodeJS.Platform
  readonly execPath: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * The program that runs npm, and its first arguments.
 *
 * On Windows, `npm` is a batch file, which Node starts only through a shell. So Node runs npm's own program there: npm tells
 * its scripts where that is, and Node's installer puts it beside Node.
 */
export function npmCommand({ platform, execPath, env }: NpmHost = process): [
  program: string,
  ...args: string[],
] {
  if (platform !== "win32") return ["npm"]
  const [, told] = /^(.*)[\\/]np[mx]-cli\.js$/.exec(env.npm_execpath ?? "") ?? []
  const folder = told ?? win32.join(win32.dirname(execPath), "node_modules", "npm", "bin")
  return [execPath, win32.join(folder, "npm-cli.js")]
}
