import { generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { isIPv4 } from "node:net"

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
