import { requestInvalid } from "../errors.ts"

/** The fields of a request, from any door. Their values have not been checked. */
export type Fields = Readonly<Record<string, unknown>>

/** The maximum length of a field, in bytes of UTF-8. */
export const fieldLimits = { token: 8 * 1024, other: 2 * 1024 } as const

/** Reads a field that may be absent. Throws `request_invalid` unless it is a non-empty string of at most `limit` bytes. */
export function optionalText(
  fields: Fields,
  name: string,
  limit: number = fieldLimits.other,
): string | undefined {
  // Own fields only, so that nothing is ever read from a prototype.
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined) return undefined
  if (typeof value !== "string" || value === "") throw requestInvalid(`"${name}" must be a non-empty string.`)
  if (Buffer.byteLength(value) > limit) throw requestInvalid(`"${name}" must be at most ${limit} bytes.`)
  if (!value.isWellFormed()) throw requestInvalid(`"${name}" must be well-formed Unicode.`)
  return value
}

/** Reads a field that must be there. Throws `request_invalid` when it is absent, and as `optionalText` does. */
export function requiredText(fields: Fields, name: string, limit?: number): string {
  const value = optionalText(fields, name, limit)
  if (value === undefined) throw requestInvalid(`"${name}" is required.`)
  return value
}

/** Throws `request_invalid` for a client secret, because only this service may have it. */
export function refuseClientSecret(fields: Fields): void {
  if (Object.hasOwn(fields, "client_secret")) throw requestInvalid('"client_secret" must not be sent.')
}
