import { createHash, X509Certificate } from "node:crypto"
import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"
import { chromiumArguments, chromiumPath } from "../../harness/chromium.ts"

export const hasBrowser = (): boolean => existsSync(chromiumPath)

/** This machine's Chromium, which takes these certificates (PEM) for good. */
export async function launchBrowser(certificates: readonly string[]): Promise<Browser> {
  // Not `ignoreHTTPSErrors`: with it, Chromium makes the first connection to each host twice, and the page waits for both.
  const keys = certificates.map(publicKeyDigest).join(",")
  return await chromium.launch({
    executablePath: chromiumPath,
    args: [...chromiumArguments, `--ignore-certificate-errors-spki-list=${keys}`],
  })
}

function publicKeyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" })
  return createHash("sha256").update(key).digest("base64")
}
