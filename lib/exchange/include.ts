import type { Include } from "../contract.ts"
import { requestInvalid } from "../errors.ts"
import type { Fields } from "../request/fields.ts"

/** Reads what an answer shall carry beside the tokens: a list, in a form separated by spaces. */
export function readIncludes(fields: Fields): ReadonlySet<Include> {
  const value = Object.hasOwn(fields, "include") ? fields.include : undefined
  if (value === undefined) return new Set()
  const names: readonly unknown[] =
    typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : [value]
  if (!names.every((name) => name === "tenant")) throw requestInvalid('"include" must be a list of: tenant.')
  return new Set(names)
}
