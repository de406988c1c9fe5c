import { askHidden, readStdin } from "../operator/terminal.ts"

/** Asks for values one after the other. At a terminal, input is not echoed; otherwise each value is one line of stdin. */
export async function askFor<const Names extends readonly string[]>(
  names: Names,
): Promise<{ [Index in keyof Names]: string }> {
  const piped = process.stdin.isTTY ? undefined : (await readStdin()).split("\n")
  const answers: string[] = []
  for (const [index, name] of names.entries()) {
    const answer = piped ? (piped[index] ?? "") : await askHidden(`${name}: `)
    if (answer.trim() === "")
      throw new Error(`${name} is missing. Type it when asked, or pipe the values to stdin, one per line.`)
    answers.push(answer.trim())
  }
  return answers as { [Index in keyof Names]: string }
}
