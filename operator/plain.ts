/**
 * Text that somebody else wrote, made safe to print: a server, AWS, a file. Escapes what a terminal would obey or would not
 * show: control characters (C0, DEL, C1) and with them every escape sequence and line break, separators of lines, characters
 * that change the direction of text or take no space, and halves of surrogate pairs. Cuts the text at `maxLength` characters.
 */
export function plain(text: string, maxLength = 200): string {
  let shown = ""
  for (const character of text) {
    const next = unprintable.test(character) ? escaped(character) : character
    if (shown.length + next.length > maxLength) return `${shown}…`
    shown += next
  }
  return shown
}

/** Unicode's category "Other" (control, format, surrogate, private use, unassigned), and separators of lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
