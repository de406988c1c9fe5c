/**
 * Counts the elements that JavaScript's built-in functions touch while something runs: members of arrays and objects,
 * characters of text. A copy of a list of 1,000 counts 1,000. A count is the same on every machine, which a time is not.
 */
export async function countWork(run: () => unknown): Promise<number> {
  let touched = 0
  const count = (elements: number): void => {
    touched += elements
  }
  const restore = builtIns.flatMap(([owners, names, sizeOf]) =>
    owners.flatMap((owner) =>
      names.filter((name) => name in owner).map((name) => replace(owner, name, sizeOf, count)),
    ),
  )
  try {
    await run()
  } finally {
    for (const undo of restore) undo()
  }
  return touched
}

/** How much a call touched. It is asked after the call, with its result. */
type Size = (self: unknown, args: readonly unknown[], result: unknown, lastIndex: number) => number

const one: Size = () => 1
const ofThis: Size = (self) => lengthOf(self)
const ofFirst: Size = (_self, [first]) => lengthOf(first)
/** The text that a regular expression went through, up to the end of what it found. Backtracking is not seen. */
const upToMatch: Size = (_self, [text], result, lastIndex) => {
  const match = result as RegExpExecArray | null
  return (match ? match.index + match[0].length : lengthOf(text)) - lastIndex + 1
}

const arrayIterator = Object.getPrototypeOf([][Symbol.iterator]()) as object

/** What of the built-in functions takes longer the more there is, with how much each call touches. */
const builtIns: readonly (readonly [owners: readonly object[], names: readonly string[], sizeOf: Size])[] = [
  [[Array.prototype], methodsOf(Array.prototype), ofThis],
  [[arrayIterator], ["next"], one],
  [[String.prototype], ["toLowerCase", "toUpperCase", "trim", "normalize"], ofThis],
  [[String.prototype], ["indexOf", "includes", "startsWith", "isWellFormed"], one],
  // The other methods of expressions, and those of text that take one, call this one.
  [[RegExp.prototype], ["exec"], upToMatch],
  [[Map.prototype, Set.prototype], ["get", "set", "has", "add", "delete"], one],
  [[Object], ["keys", "values", "entries", "fromEntries", "assign"], ofFirst],
  [[JSON], ["parse"], ofFirst],
  [[Buffer], ["from", "byteLength", "concat"], ofFirst],
]

function methodsOf(owner: object): string[] {
  return Object.getOwnPropertyNames(owner).filter(
    // `push` and `pop` touch one element, whatever the length is.
    (name) => !["constructor", "length", "push", "pop", "at", "keys", "values", "entries"].includes(name),
  )
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value) || Buffer.isBuffer(value)) return value.length
  return typeof value === "object" && value !== null ? ownKeys(value).length : 1
}

const { ownKeys } = Reflect

type Method = (this: unknown, ...args: readonly unknown[]) => unknown

/** Puts a counting function in the place of a built-in one. Returns what undoes it. */
function replace(owner: object, name: string, sizeOf: Size, count: (elements: number) => void): () => void {
  const property = Object.getOwnPropertyDescriptor(owner, name)
  const original = property?.value as Method | undefined
  if (property === undefined || original === undefined) throw new Error(`there is no ${name}`)
  const { apply } = Reflect
  Object.defineProperty(owner, name, {
    ...property,
    value: function (this: unknown, ...args: readonly unknown[]) {
      const lastIndex = this instanceof RegExp && this.global ? this.lastIndex : 0
      const result: unknown = apply(original, this, args)
      count(sizeOf(this, args, result, lastIndex))
      return result
    },
  })
  return () => Object.defineProperty(owner, name, property)
}
