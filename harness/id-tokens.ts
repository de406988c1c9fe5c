import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto"

/** A key pair that signs ID Tokens as SuperOffice would, and its JWK as the key endpoint would serve it. */
export interface SigningKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, string>>
  /** Base64url form of the thumbprint: `x5t`. */
  readonly x5t: string
  /** The same in 40 upper-case hex digits: `kid`. */
  readonly kid: string
}

export function createSigningKey(modulusLength = 2048): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength })
  const digest = createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
  const x5t = digest.toString("base64url")
  const kid = digest.toString("hex").toUpperCase()
  const { n, e } = createPublicKey(privateKey).export({ format: "jwk" })
  return {
    privateKey,
    x5t,
    kid,
    jwk: { kty: "RSA", use: "sig", alg: "RS256", kid, x5t, n: String(n), e: String(e) },
  }
}

export const clientId = "db1834037c58c02b6bd9898feef19845"
export const issuer = "https://sod.superoffice.com"
export const namespace = "http://schemes.superoffice.net/identity/"

/** When the tokens of the tests were signed. */
export const signedAt = new Date("2022-04-07T06:59:16Z")

const iat = signedAt.getTime() / 1000

/** Claims as SuperOffice writes them. A member set to undefined is left out of the token. */
export function superOfficeClaims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    sub: "tony@example.com",
    [`${namespace}associateid`]: "5",
    [`${namespace}identityprovider`]: "central-superid",
    [`${namespace}email`]: "tony@example.com",
    [`${namespace}upn`]: "tony@example.com",
    [`${namespace}ctx`]: "Cust12020",
    [`${namespace}company_name`]: "Tonys Developer Network",
    [`${namespace}is_administrator`]: "False",
    [`${namespace}serial`]: "1501178584",
    [`${namespace}webapi_url`]: "https://sod.superoffice.com/Cust12020/api/",
    iat,
    nbf: iat - 60,
    exp: iat + 300,
    iss: issuer,
    aud: clientId,
    ...changes,
  }
}

/** Signs an ID Token; the header is that of the 2022 generation unless given. */
export function signIdToken(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>> = superOfficeClaims(),
  header: Readonly<Record<string, unknown>> = { alg: "RS256", kid: key.kid, x5t: key.x5t, typ: "JWT" },
): string {
  return signParts(key, JSON.stringify(header), JSON.stringify(claims))
}

/** Signs any two texts as header and payload, whatever they are. */
export function signParts(key: SigningKey, header: string, payload: string | Uint8Array): string {
  const signed = [Buffer.from(header), Buffer.from(payload)]
    .map((part) => part.toString("base64url"))
    .join(".")
  return `${signed}.${sign("sha256", Buffer.from(signed), key.privateKey).toString("base64url")}`
}

/** The header of the generation until 2019: no `kid`. */
export function header2018(key: SigningKey): Record<string, unknown> {
  return { typ: "JWT", alg: "RS256", x5t: key.x5t }
}
