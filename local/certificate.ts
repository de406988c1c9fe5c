import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { isIPv4 } from "node:net"
import { join } from "node:path"
import { expectWritable } from "./writable.ts"

/** A server's certificate and its private key, both PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * Makes a self-signed certificate for names and IPv4 addresses, valid for a year, with the extensions that browsers
 * require.
 *
 * It cannot sign other certificates, so to trust it is to trust only a server on these names with this key. Node can
 * sign but not encode certificates, so this file encodes the DER elements of RFC 5280 §4.1.
 */
export function makeCertificate(hostNames: readonly string[], now = new Date()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"))
  const commonName = sequence(objectId("550403"), der(0x0c, Buffer.from("SuperOffice Token Exchange, local")))
  const name = sequence(der(0x31, commonName))
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(now, -1), time(now, 365)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(hostNames))),
  )
  const signature = sign("sha256", toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bitString(0, signature))
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem(certificate),
  }
}

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

/**
 * RFC 5280 §4.2.1: basicConstraints (no CA), keyUsage (digitalSignature), extKeyUsage (serverAuth), subjectAltName.
 */
function extensions(hostNames: readonly string[]): Buffer[] {
  const names = hostNames.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  )
  const critical = der(0x01, Buffer.from([0xff]))
  return [
    sequence(objectId("551d13"), critical, der(0x04, sequence())),
    sequence(objectId("551d0f"), critical, der(0x04, bitString(7, Buffer.from([0x80])))),
    sequence(objectId("551d25"), der(0x04, sequence(objectId("2b06010505070301")))),
    sequence(objectId("551d11"), der(0x04, sequence(...names))),
  ]
}

/** One DER element: its tag, its length, its content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...elements: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(elements))
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"))
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]))
}

function bitString(unusedBits: number, content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([unusedBits]), content]))
}

/** UTCTime, so until 2049; `days` from now. */
function time(now: Date, days: number): Buffer {
  const iso = new Date(now.getTime() + days * 86_400_000).toISOString()
  return der(0x17, Buffer.from(`${iso.slice(2, 19).replaceAll(/[-:T]/g, "")}Z`))
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n")
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
