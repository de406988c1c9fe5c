import { Sha256 } from "@smithy/core/checksum"
import { SignatureV4 } from "@smithy/signature-v4"
import type { LocalCredentials } from "./credentials.ts"

/** Headers for a POST that is signed with IAM for an HTTP API (Signature Version 4, service `execute-api`). */
export async function signRequest(
  url: URL,
  body: string,
  credentials: LocalCredentials,
  contentType = "application/json",
): Promise<Record<string, string>> {
  const { region } = credentials
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, "content-type": contentType },
    body,
  })
  return headers
}
