import { expect } from "vitest"
import type { StoredSigningKey } from "../../../operator/secret/signing-key-list.ts"
import type { CommandResult } from "../../support/command.ts"
import { makeStoredKey } from "../../support/api-token.ts"
import { aws, listen, run, textOf } from "./local-secret.ts"

export const keysId = "superoffice/sod-signing-keys"
export const option = `--api-token-keys-secret-id ${keysId}`

const hourMs = 3_600_000

/** Made once, because an RSA key takes a while. */
const [a, b, c] = [makeStoredKey("a"), makeStoredKey("b"), makeStoredKey("c")]

/** A time so many hours ago. */
export function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * hourMs).toISOString()
}

type Changes = { readonly [Name in keyof StoredSigningKey]?: StoredSigningKey[Name] | undefined }

/** Keys as the secret has them, published a day ago unless something else is said. */
export const stored = {
  a: (changes: Changes = {}) => ({ ...a, published_at: hoursAgo(24), ...changes }),
  b: (changes: Changes = {}) => ({ ...b, published_at: hoursAgo(24), ...changes }),
  c: (changes: Changes = {}) => ({ ...c, published_at: hoursAgo(24), ...changes }),
}

export function putKeys(...keys: readonly object[]): void {
  aws.put(keysId, JSON.stringify({ signing_keys: keys, "a field of the operator's": 1 }))
}

export async function readKeys(): Promise<StoredSigningKey[]> {
  const { signing_keys: keys } = JSON.parse((await textOf(keysId)) ?? "") as {
    signing_keys: StoredSigningKey[]
  }
  return keys
}

/** The ids of the keys in order; the first signs. */
export async function readKids(): Promise<string[]> {
  return (await readKeys()).map(({ kid }) => kid)
}

/** Runs a command for the signing keys without asking. No private key may be in what it says. */
export async function change(command: string, ...options: readonly string[]): Promise<CommandResult> {
  return await runFor(command, ["--yes", ...options])
}

export async function runFor(
  command: string,
  options: readonly string[] = [],
  from: Parameters<typeof run>[1] = {},
): Promise<CommandResult> {
  const result = listen(await run([command, "--api-token-keys-secret-id", keysId, ...options], from))
  // Where every RSA key in PKCS#8 begins.
  expect(result.stdout + result.stderr).not.toContain("MII")
  return result
}

/** Runs a command that does what it should. Returns what it printed. */
export async function changed(command: string, ...options: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await change(command, ...options)
  expect([exitCode, stderr]).toEqual([0, ""])
  return stdout
}

/** Runs a command that ends with 1, and leaves the secret as it is. Returns what it said. */
export async function refused(command: string, ...options: readonly string[]): Promise<string> {
  const before = await textOf(keysId)
  const { exitCode, stdout, stderr } = await change(command, ...options)
  expect([exitCode, stdout]).toEqual([1, ""])
  expect(await textOf(keysId)).toBe(before)
  return stderr
}
