const colour = process.stdout.isTTY && !process.env.NO_COLOR

/** Styled text, if the terminal supports it. */
export const bold = (text: string): string => styled(1, text)
export const dim = (text: string): string => styled(2, text)
export const green = (text: string): string => styled(32, text)
export const red = (text: string): string => styled(31, text)

function styled(code: number, text: string): string {
  return colour ? `\x1b[${code}m${text}\x1b[0m` : text
}

export function print(text = ""): void {
  process.stdout.write(`${text}\n`)
}

/** The start of a token, and its length. */
export function shorten(token: unknown): string {
  const text = String(token)
  return text.length <= 24 ? text : `${text.slice(0, 20)}… (${text.length} characters)`
}

/** Indented JSON. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/^/gm, "     ")
}
