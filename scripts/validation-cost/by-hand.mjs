import { readGrant, readIncludes } from "../../lib/exchange/grant.ts"

/** The checks as they are; a signed request needs no settings. */
export function accepts(fields) {
  try {
    readGrant(fields, { door: "signed" }, {})
    readIncludes(fields)
    return true
  } catch {
    return false
  }
}
