import { createPrivateKey } from "node:crypto"
import { UnusableSecret } from "./client-secret.ts"
import type { PrivateKey } from "../ports.ts"

/** Reads the application's RSA key from its secret: the PEM text, nothing around it. Throws `UnusableSecret`. */
export function parsePrivateKey(text: string | undefined, version: string): PrivateKey {
  try {
    const key = createPrivateKey(text ?? "")
    if (key.asymmetricKeyType === "rsa") return { version, key }
  } catch {
    // The parser's error may quote what it was given.
  }
  throw new UnusableSecret("it is not an RSA private key in PEM")
}
