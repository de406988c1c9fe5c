import { createHash } from "node:crypto"
import { pageOrigin } from "../support/front-door.ts"

/** What a cookie says of the sites that it is sent from. */
export const site = { cookie: "SameSite=Strict", partitioned: "SameSite=None; Partitioned" } as const

/** The name of a cookie: a session's by its origin and tenant, a login's by its state. */
export function nameOf(kind: "session" | "login", ...texts: readonly string[]): string {
  const hashes = texts.map((text) => createHash("sha256").update(text).digest("hex").slice(0, 8))
  return `__Host-so-${kind}-${hashes.join("-")}`
}

export function clearedIn(delivery: "cookie" | "partitioned", name: string): string {
  return `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${site[delivery]}`
}

/** The session of a page at `pageOrigin` with the tenant of the sample ID Token. */
export const sessionName = nameOf("session", pageOrigin, "cust12020")
