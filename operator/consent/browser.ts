import { spawn } from "node:child_process"

/** Opens the address in the operator's browser. Where there is none, nothing happens: the address is printed, too. */
export function openBrowser(url: string): void {
  const [program, ...args] = browserCommand(url)
  const child = spawn(program, args, { stdio: "ignore", detached: true })
  child.on("error", () => undefined)
  child.unref()
}

/** Without a shell, to which the address would mean more than an address. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform = process.platform,
): readonly [program: string, ...args: string[]] {
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url]
  return [platform === "darwin" ? "open" : "xdg-open", url]
}
