import { verify, type KeyObject } from "node:crypto"
import { parseJson } from "../json.ts"

/** A JWS in compact serialization (RFC 7515 §7.1), taken apart. Nothing in it is true before its signature is. */
export interface Jws {
  /** Its JSON, which should be an object; undefined for what is not JSON. */
  readonly header: unknown
  readonly payload: Buffer
  /** The header and the payload as they were sent: what is signed. */
  readonly signed: string
  readonly signature: Buffer
}

/** Takes a token apart; undefined for what is not three parts of base64url. */
export function readJws(token: string): Jws | undefined {
  const parts = /^(([\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(token)
  if (parts === null) return undefined
  const [, signed = "", header = "", payload = "", signature = ""] = parts
  return {
    header: parseJson(decode(header).toString()),
    payload: decode(payload),
    signed,
    signature: decode(signature),
  }
}

/** Whether an RSA key made the signature by RS256 (RFC 7518 §3.3), whatever the header says. */
export function isSignedBy({ signed, signature }: Jws, key: KeyObject): boolean {
  return verify("sha256", Buffer.from(signed), key, signature)
}

function decode(part: string): Buffer {
  return Buffer.from(part, "base64url")
}
