import { parseArgs, type ParseArgsConfig } from "node:util"
import { CommandFailure } from "./failure.ts"

/** Reads the command line. Throws `CommandFailure`, whose message quotes names of options but no values. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig["options"]>>(options: Options) {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    const [said] =
      /^(Unknown option|Option) '[^']*'( argument (missing|is ambiguous))?/.exec(messageOf(error)) ?? []
    throw new CommandFailure(`${said ?? "The options cannot be read"}: --help lists them.`, { cause: error })
  }
}

/** A URL to send secrets or signed requests to: https, or http on this machine. */
export function readSafeUrl(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(url?.hostname ?? "")
  const isPlain = url !== undefined && !url.username && !url.password && url.search === "" && url.hash === ""
  if (isPlain && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    return url.href.replace(/\/$/, "")
  }
  throw new CommandFailure(`${name} must be an https: URL, or an http: one on this machine.`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ""
}
