import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from "jose"
import { isPlainObject, parseJson } from "../json.ts"
import type { SealingKey } from "../ports.ts"

/** What a sealed value is for. A value of one type does not open as the other. */
export type SealedType = "so-session" | "so-login"

/** Seals an object so that only we can open it: JWE compact (RFC 7516), `dir` with A256GCM, by the first key. */
export async function seal(
  type: SealedType,
  content: object,
  [first]: readonly SealingKey[],
): Promise<string> {
  if (first === undefined) throw new Error("there is no sealing key")
  return await new CompactEncrypt(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: type, kid: first.kid })
    .encrypt(first.key)
}

/** True for a value sealed by a key that is not among these. Another environment may have read a newer secret. */
export function isSealedByUnknownKey(sealed: string, keys: readonly SealingKey[]): boolean {
  try {
    const { kid } = decodeProtectedHeader(sealed)
    return typeof kid === "string" && keys.every((key) => key.kid !== kid)
  } catch {
    // It is not a JWE.
    return false
  }
}

/** Opens a value that one of the keys has sealed as this type. Undefined for anything else. */
export async function unseal(
  type: SealedType,
  sealed: string,
  keys: readonly SealingKey[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const header = decodeProtectedHeader(sealed)
    const key = keys.find(({ kid }) => kid === header.kid)
    if (key === undefined || header.typ !== type || "zip" in header) return undefined
    const { plaintext } = await compactDecrypt(sealed, key.key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    })
    const content = parseJson(new TextDecoder().decode(plaintext))
    return isPlainObject(content) ? content : undefined
  } catch {
    // Malformed, forged or damaged: nobody needs to know which.
    return undefined
  }
}
