import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { isIPv4 } from "node:net"
import { join } from "node:path"
import { makeCertificate, type Certificate } from "../harness/certificate.ts"
import { expectWritable } from "./writable.ts"

/**
 * Loads the certificate that is stored in `folder`, so that a user has to trust it only once. Makes a new one if
 * there is none for these names that is valid for another week.
 */
export async function loadOrMakeCertificate(
  folder: string,
  hostNames: readonly string[],
  now = new Date(),
): Promise<Certificate & { readonly path: string }> {
  const [path, keyPath] = [join(folder, "certificate.pem"), join(folder, "key.pem")]
  try {
    const kept = { cert: await readFile(path, "utf8"), key: await readFile(keyPath, "utf8"), path }
    if (isUsable(kept, hostNames, now)) return kept
  } catch {
    // Missing or malformed: make a new one.
  }
  await expectWritable(
    folder,
    "A certificate is kept there, so --https needs it: start without --https, or in a copy that it may write to.",
  )
  const made = makeCertificate(hostNames, now)
  await mkdir(folder, { recursive: true })
  await writeFile(keyPath, made.key, { mode: 0o600 })
  await writeFile(path, made.cert)
  return { ...made, path }
}

/**
 * Returns a command that makes this user's browsers trust the certificate. Firefox does not look there: it asks the user,
 * at each address.
 */
export function trustCommand(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === "darwin") {
    return `security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db "${path}"`
  }
  if (platform === "win32") return `certutil -user -addstore Root "${path}"`
  // Missing before the first start of a browser. certutil makes what belongs in the folder, but not the folder.
  return `mkdir -p $HOME/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n superoffice-token-exchange -i "${path}"`
}

function isUsable({ cert, key }: Certificate, hostNames: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(cert)
  const nextWeek = now.getTime() + 7 * 86_400_000
  const covers = (host: string): boolean =>
    (isIPv4(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
  return (
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    Date.parse(certificate.validTo) > nextWeek &&
    hostNames.every(covers)
  )
}
