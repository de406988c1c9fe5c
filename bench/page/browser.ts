import { createHash, X509Certificate } from "node:crypto"
import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"

const path = process.env.CHROMIUM ?? "/usr/bin/chromium"

export const hasBrowser = (): boolean => existsSync(path)

/** This machine's Chromium, which takes these certificates (PEM) for good. */
export async function launchBrowser(certificates: readonly string[]): Promise<Browser> {
  // Not `ignoreHTTPSErrors`: with it, Chromium makes the first connection to each host twice, and the page waits for both.
  const keys = certificates.map(publicKeyDigest).join(",")
  return await chromium.launch({
    executablePath: path,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // No name is looked up.
      "--host-resolver-rules=MAP *.example.com 127.0.0.1",
      `--ignore-certificate-errors-spki-list=${keys}`,
    ],
  })
}

function publicKeyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" })
  return createHash("sha256").update(key).digest("base64")
}
