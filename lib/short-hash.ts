import { createHash } from "node:crypto"

/** Eight hex digits of SHA-256: enough to tell values apart, and too little to tell what they are. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8)
}
