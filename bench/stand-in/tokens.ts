import {
  createSigningKey,
  header2018,
  signIdToken,
  superOfficeClaims,
  namespace,
  type SigningKey,
} from "../../harness/id-tokens.ts"
import { accessToken, nonce } from "../work.ts"

/** Tokens that every row must refuse. */
export const faults = [
  "bad signature",
  "unknown key",
  "wrong issuer",
  "wrong audience",
  "expired",
  "wrong nonce",
  "alg none",
] as const

/** SuperOffice's tokens of 2018: `iat` as a string, the key named by `x5t` only. */
export const olderToken = "older token"

export const goodToken = "good"

/** Kilobytes that a token is longer by, for the growth curves. */
export const paddings = [0, 4, 16, 64, 256] as const

export const paddedToken = (kilobytes: number): string => `${kilobytes} KB more`

/** Answers of the token endpoint by the code that is redeemed, signed before anything is timed. */
export function tokenAnswers(key: SigningKey): ReadonlyMap<string, string> {
  const now = Math.floor(Date.now() / 1000)
  const sign = (changes: Readonly<Record<string, unknown>> = {}): string => signIdToken(key, claims(changes))
  const claims = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
    superOfficeClaims({ iat: now, nbf: now - 60, exp: now + 3600, nonce, ...changes })
  const [head = "", payload = "", signature = ""] = sign().split(".")
  const idTokens: Record<string, string> = {
    [goodToken]: sign(),
    [olderToken]: signIdToken(key, claims({ iat: String(now) }), header2018(key)),
    ["bad signature" satisfies Fault]: `${head}.${payload}.${signature.replace(/^./, (c) => (c === "A" ? "B" : "A"))}`,
    ["unknown key" satisfies Fault]: signIdToken(createSigningKey(), claims()),
    ["wrong issuer" satisfies Fault]: sign({ iss: "https://online.superoffice.com" }),
    ["wrong audience" satisfies Fault]: sign({ aud: "another-client" }),
    ["expired" satisfies Fault]: sign({ exp: now - 600 }),
    ["wrong nonce" satisfies Fault]: sign({ nonce: "another" }),
    ["alg none" satisfies Fault]: unsigned(claims()),
  }
  for (const kilobytes of paddings) {
    idTokens[paddedToken(kilobytes)] = sign({ [`${namespace}padding`]: "x".repeat(kilobytes * 768) })
  }
  return new Map(Object.entries(idTokens).map(([code, id_token]) => [code, tokenAnswer(id_token)]))
}

type Fault = (typeof faults)[number]

function tokenAnswer(id_token: string): string {
  return JSON.stringify({
    token_type: "Bearer",
    access_token: accessToken,
    expires_in: 3600,
    refresh_token: "KSamN1Tp4sd26pZJSGK6JobrWOUWorIZ2Y5XxcAqX86K9qoZRp4d3lUH32F4fiT3",
    id_token,
  })
}

function unsigned(claims: object): string {
  const parts = [{ alg: "none", typ: "JWT" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  )
  return `${parts.join(".")}.`
}
