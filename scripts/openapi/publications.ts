import { STATUS_CODES } from "node:http"
import type { ErrorCode } from "../../lib/contract.ts"
import type { IssuerMetadata, PublicKeySet } from "../../lib/issuer-documents.ts"
import { failures, ref } from "./responses.ts"

/** A document that `well-known` publishes to everybody. */
export interface Publication {
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly description: string
  /** Name of the document's schema. */
  readonly schema: string
  readonly example: object
  readonly errors: readonly ErrorCode[]
}

const issuer = "https://login.example.com"

const metadata: IssuerMetadata = {
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  authorization_endpoint: "https://sod.superoffice.com/login/common/oauth/authorize",
  token_endpoint: `${issuer}/token`,
  token_endpoint_auth_methods_supported: ["none"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  response_types_supported: ["code"],
  code_challenge_methods_supported: ["S256"],
}

const inUse = { kty: "RSA", e: "AQAB", alg: "RS256", use: "sig" } as const
const keySet: PublicKeySet = {
  keys: [
    { ...inUse, kid: "2026-11", n: "u8x2…b7Qm" },
    { ...inUse, kid: "2026-12", n: "q3Ff…XwE0" },
  ],
}

const always: readonly ErrorCode[] = ["configuration_invalid", "unexpected"]

export const publications: readonly Publication[] = [
  {
    path: "/.well-known/openid-configuration",
    id: "openidConfiguration",
    summary: "Read the issuer's metadata, as OpenID Connect Discovery names it",
    description: "API Gateway's JWT authorizer reads it here. This service issues no ID Tokens.",
    schema: "IssuerMetadata",
    example: metadata,
    errors: always,
  },
  {
    path: "/.well-known/oauth-authorization-server",
    id: "oauthAuthorizationServer",
    summary: "Read the issuer's metadata, as RFC 8414 names it",
    description: "The same document.",
    schema: "IssuerMetadata",
    example: metadata,
    errors: always,
  },
  {
    path: "/.well-known/jwks.json",
    id: "jwks",
    summary: "Read the issuer's keys",
    description:
      "The public half of every signing key: the first signs, the others are in reserve or have signed (RFC 7517 §5).",
    schema: "PublicKeySet",
    example: keySet,
    errors: [...always, "secret_unavailable"],
  },
]

/** The `GET` of a document: no caller, and a copy may be kept. */
export function publicationObject({ id, summary, description, schema, example, errors }: Publication) {
  return {
    operationId: id,
    tags: ["Verifiers"],
    summary,
    description,
    security: [],
    responses: {
      200: {
        description: STATUS_CODES[200],
        headers: { "Cache-Control": ref("headers", "Public-Cache-Control") },
        content: {
          "application/json": {
            schema: ref("schemas", schema),
            examples: {
              document: { summary: "Of a deployment with tokens for an API of your own", value: example },
            },
          },
        },
      },
      404: {
        description: "The deployment has no `API_TOKEN_AUDIENCE`. The body is empty.",
        headers: { "Cache-Control": ref("headers", "Cache-Control") },
      },
      ...failures("public", errors),
    },
  }
}
