import { parseArgs, type ParseArgsConfig } from "node:util"
import { CommandFailure } from "./failure.ts"
import { keptByNpm, shellWord } from "./shell.ts"

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

/**
 * Refuses options that npm kept for itself, as variables, because no `--` stood before them. `command` is the command line up to
 * its options.
 */
export function refuseKeptByNpm(command: string, names: readonly string[], values: object): void {
  const given = new Set(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  )
  for (const name of names) {
    const kept = process.env[`npm_config_${name.replaceAll("-", "_")}`]
    if (!kept || given.has(name)) continue
    // npm says `true` where the value does not follow an equals sign.
    const value = kept === "true" ? name.toUpperCase() : shellWord(kept)
    throw new CommandFailure(keptByNpm(name, `${command} --${name} ${value}`))
  }
}

/** The options of these names as a command line has them, for the next command: `--stage online`. */
export function optionWords<Name extends string>(
  names: readonly Name[],
  values: Readonly<Partial<Record<Name, string | undefined>>>,
): string {
  const words = names.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [`--${name} ${shellWord(value)}`]
  })
  return words.join(" ")
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
