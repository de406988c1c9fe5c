import { requestInvalid } from "../errors.ts"

/** A request as an object, whatever door it came through: names to values not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>

/** Most bytes (UTF-8) that a field may have. */
export const fieldLimits = { token: 8 * 1024, other: 2 * 1024 } as const

/** A field that may be absent; throws `request_invalid` unless it is a non-empty string within its limit. */
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

/** A field that must be there; throws `request_invalid` otherwise. */
export function requiredText(fields: Fields, name: string, limit?: number): string {
  const value = optionalText(fields, name, limit)
  if (value === undefined) throw requestInvalid(`"${name}" is required.`)
  return value
}

/** The secret is ours to know: a caller that sends one has it where it must not be. */
export function refuseClientSecret(fields: Fields): void {
  if (Object.hasOwn(fields, "client_secret")) throw requestInvalid('"client_secret" must not be sent.')
}
