import { CommandFailure } from "../failure.ts"

/** One word of visible ASCII characters, because it is sent as the value of a header. */
export function isCredential(text: unknown): text is string {
  return typeof text === "string" && /^[!-~]{1,1024}$/.test(text)
}

/** Throws `CommandFailure` for a client id or a client secret that SuperOffice cannot have given. */
export function checkCredential(what: "client id" | "client secret", text: string): void {
  if (!isCredential(text)) {
    throw new CommandFailure(
      `A ${what} is one word of visible ASCII characters, without spaces: nothing was changed.`,
    )
  }
  if (isPlaceholder(text)) {
    throw new CommandFailure(
      `The ${what} is a placeholder, as documentation has them: copy the real one from SuperOffice's developer portal. Nothing was changed.`,
    )
  }
}

/**
 * True for a value that stands for another in documentation and examples. No value of SuperOffice's is one: they are
 * hexadecimal.
 *
 * - dots that leave something out, or brackets around a name: `0123...cdef`, `<client-id>`, `${SECRET}`
 * - one character again and again, or the digits in their order: `xxxxxxxx`, `0123456789abcdef`
 * - a word for "put yours here": `YOUR_CLIENT_ID`, `changeme`, `example-secret`, `client_secret`
 */
export function isPlaceholder(text: unknown): boolean {
  if (typeof text !== "string") return false
  return (
    /…|\.\.|^[<{[(%$].*[>}\])%]$/.test(text) ||
    /^(.)\1*$/.test(text) ||
    /^(0?123456789(abcdef)?0?)+$/i.test(text) ||
    /(?<![a-z])(your|change-?_?me|replace-?_?me|example|placeholder|dummy|insert|redacted)(?![a-z])/i.test(
      text,
    ) ||
    /^(the|my|a)?[-_]?(client|app|application|super-?office)?[-_]?(id|secret|password|token|test|todo|tbd|none|null|undefined)$/i.test(
      text,
    )
  )
}
