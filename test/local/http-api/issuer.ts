import { generateKeyPairSync, sign, type KeyObject } from "node:crypto"
import { onTestFinished } from "vitest"
import { closeServer, createWebServer, listenOnLoopback } from "../../../local/loopback.ts"

export type JsonObject = Readonly<Record<string, unknown>>

/** An issuer that publishes whatever a test says. */
export interface TestIssuer {
  readonly url: string
  /** The key set's keys. */
  keys: readonly unknown[]
  /** Members that replace those of the metadata. */
  metadata: JsonObject
  status: number
  /** Leaves every request unanswered. */
  hangs: boolean
  /** The paths that were asked for. */
  readonly asked: readonly string[]
}

/** Starts an issuer, until the test ends. */
export async function startIssuer(keys: readonly unknown[]): Promise<TestIssuer> {
  const asked: string[] = []
  const server = createWebServer(({ url = "" }, response) => {
    asked.push(url)
    if (issuer.hangs) return
    const metadata = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.metadata }
    const document = url === "/keys" ? { keys: issuer.keys } : metadata
    response.writeHead(issuer.status).end(JSON.stringify(document))
  })
  const issuer = {
    url: await listenOnLoopback(server),
    keys,
    metadata: {},
    status: 200,
    hangs: false,
    asked,
  }
  onTestFinished(() => closeServer(server))
  return issuer
}

export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonObject
}

export function makeKey(kid: string, type: "rsa" | "ec" = "rsa"): TestKey {
  const pair =
    type === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" })
  return { kid, ...pair, jwk: { ...pair.publicKey.export({ format: "jwk" }), kid, use: "sig" } }
}

/** Signs any header and claims. */
export function signJwt(
  header: JsonObject,
  claims: unknown,
  signatureOf: (signed: Buffer) => Buffer,
): string {
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".")
  return `${signed}.${signatureOf(Buffer.from(signed)).toString("base64url")}`
}

export function rsaSignature({ privateKey }: TestKey, digest = "sha256"): (signed: Buffer) => Buffer {
  return (signed) => sign(digest, signed, privateKey)
}
