/** A context identifier, e.g. `Cust12345`. */
export const tenantPattern = /^[A-Za-z0-9]{1,32}$/

/** Makes one spelling of a context identifier. SuperOffice writes `Cust12345` and `cust12345` for the same tenant. */
export function canonicalTenant(ctx: string): string {
  // ASCII letters alone, because other letters have lower cases in ASCII.
  return ctx.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Writes a context identifier as SuperOffice's portal does, e.g. `Cust12345`. */
export function capitalizedTenant(ctx: string): string {
  return ctx.slice(0, 1).toUpperCase() + canonicalTenant(ctx.slice(1))
}

/** True when two context identifiers name the same tenant. */
export function isSameTenant(a: string, b: string): boolean {
  return canonicalTenant(a) === canonicalTenant(b)
}
