import { CompactEncrypt } from "jose"
import type { SealedType } from "../../lib/session/seal.ts"
import { credentials } from "./front-door.ts"

/** Seals content in which one member has a value as JSON writes it, such as `1e999`, which no JavaScript value becomes. */
export async function sealText(
  type: SealedType,
  content: object,
  member: string,
  json: string,
): Promise<string> {
  const [key] = credentials.sealingKeys
  if (key === undefined) throw new Error("the credentials have no sealing key")
  const text = JSON.stringify({ ...content, [member]: "HERE" }).replace('"HERE"', json)
  return await new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: type, kid: key.kid })
    .encrypt(key.key)
}
