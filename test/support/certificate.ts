import { generateKeyPairSync, randomBytes, sign } from "node:crypto"

/** A self-signed server certificate and its key, made anew for each test run; both PEM. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

/**
 * Makes a certificate for a host name or, unless given, for 127.0.0.1: the few DER elements of RFC 5280 §4.1 that a TLS
 * client looks at.
 */
export function createCertificate(hostName?: string): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"))
  const name = sequence(set(sequence(objectId("550403"), der(0x0c, Buffer.from("test server")))))
  const validity = sequence(utcTime("200101000000Z"), utcTime("491231235959Z"))
  const altName = hostName ? der(0x82, Buffer.from(hostName)) : der(0x87, Buffer.from([127, 0, 0, 1]))
  const subjectAltName = sequence(objectId("551d11"), der(0x04, sequence(altName)))
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(subjectAltName)),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", toBeSigned, privateKey)])
  const certificate = sequence(toBeSigned, ecdsaWithSha256, der(0x03, signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  }
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

function set(...elements: readonly Buffer[]): Buffer {
  return der(0x31, Buffer.concat(elements))
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"))
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text))
}
