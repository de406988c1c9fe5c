import { randomBytes } from "node:crypto"
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from "jose"
import type { RoleSession } from "../../local/credentials.ts"
import { closeServer, createWebServer, listenOnLoopback } from "../../local/loopback.ts"
import { readRequest } from "../../local/received-request.ts"
import {
  account,
  list,
  object,
  ofType,
  only,
  text,
  type JsonObject,
  type StackTemplate,
} from "../support/template.ts"

/**
 * An endpoint of AWS STS on loopback that does `AssumeRoleWithWebIdentity` alone, in the order in which AWS does it: the
 * provider of the issuer, the token, the provider's audiences, the role's trust policy.
 *
 * @see {@link https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html}
 */
export interface LocalSts {
  readonly url: string
  /** The sessions that were begun, by access key id. */
  readonly sessions: ReadonlyMap<string, RoleSession>
  /** How long credentials last that are issued from now on. */
  lifetimeMs: number
  close(): Promise<void>
}

export interface StsOptions {
  /** The stack with the roles and their OIDC providers. */
  readonly stack: StackTemplate
  /** Where the key set of each issuer is. AWS finds it by the issuer's discovery document, over HTTPS. */
  readonly keySets: Readonly<Record<string, string>>
  /** OIDC providers that the account has without the stack. */
  readonly providers?: readonly OidcProvider[]
}

export interface OidcProvider {
  readonly url: string
  readonly audiences: readonly string[]
}

export async function startSts(options: StsOptions): Promise<LocalSts> {
  const sessions = new Map<string, RoleSession>()
  const server = createWebServer(async (message, response) => {
    const form = new URLSearchParams((await readRequest(message))?.body.toString())
    const result = await assumeRole(form, options, sts.lifetimeMs)
    const isError = typeof result === "string"
    if (!isError) sessions.set(result.accessKeyId, result)
    const body = isError
      ? `<ErrorResponse><Error><Code>${result}</Code><Message>no</Message></Error></ErrorResponse>`
      : sessionXml(result)
    response.writeHead(isError ? 400 : 200, { "content-type": "text/xml" }).end(body)
  })
  const url = await listenOnLoopback(server)
  const sts: LocalSts = { url, sessions, lifetimeMs: 3_600_000, close: () => closeServer(server) }
  return sts
}

/** The session that begins, or the code of AWS's error. */
async function assumeRole(form: URLSearchParams, options: StsOptions, lifetimeMs: number) {
  const { stack, keySets, providers = [] } = options
  const token = form.get("WebIdentityToken") ?? ""
  const { iss: issuer = "" } = decodeJwt(token)
  const provider = [...providersOf(stack), ...providers].find(({ url }) => url === issuer)
  if (!provider && issuer !== "https://accounts.google.com") return "InvalidIdentityToken"

  const keys = createRemoteJWKSet(new URL(keySets[issuer] ?? ""))
  const checks = { issuer, requiredClaims: ["aud", "sub", "exp"] }
  const verified = await jwtVerify(token, keys, checks).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired) return "ExpiredTokenException"
    return error instanceof errors.JOSEError ? "InvalidIdentityToken" : "IDPCommunicationError"
  })
  if (typeof verified === "string") return verified
  const { aud, azp, sub } = verified.payload
  // AWS takes the authorized party for the audience, if the token has one.
  const audience = typeof azp === "string" ? azp : String(aud)
  if (provider && !provider.audiences.includes(audience)) return "InvalidIdentityToken"

  const host = issuer.replace("https://", "")
  const principal = provider ? `arn:${account.partition}:iam::${account.id}:oidc-provider/${host}` : host
  const audiences = { [`${host}:aud`]: audience, ...(!provider && { [`${host}:oaud`]: String(aud) }) }
  const role = only(stack, "AWS::IAM::Role")
  const arn = form.get("RoleArn") ?? ""
  const isTrusted =
    stack.outputs.RoleArn === arn && trusts(role, principal, { ...audiences, [`${host}:sub`]: sub })
  if (!isTrusted) return "AccessDenied"
  return {
    accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString("hex"),
    sessionToken: randomBytes(96).toString("base64"),
    expiration: new Date(Date.now() + lifetimeMs),
    region: account.region,
    accountId: account.id,
    arn: `${arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${form.get("RoleSessionName") ?? ""}`,
    routes: allowedRoutes(role),
  }
}

function providersOf(stack: StackTemplate): OidcProvider[] {
  return ofType(stack, "AWS::IAM::OIDCProvider").map(({ Url, ClientIdList }) => ({
    url: text(Url),
    audiences: list(ClientIdList).map(text),
  }))
}

/** Whether the trust policy allows the caller. An operator that is not evaluated here never holds. */
function trusts(
  role: JsonObject,
  principal: string,
  conditionKeys: Readonly<Record<string, string | undefined>>,
): boolean {
  const policy = JSON.parse(text(role.AssumeRolePolicyDocument)) as JsonObject
  return allowed(policy, "sts:AssumeRoleWithWebIdentity")
    .filter(({ Principal }) => object(Principal).Federated === principal)
    .some(({ Condition }) =>
      Object.entries(object(Condition)).every(
        ([operator, pairs]) =>
          operator === "StringEquals" &&
          Object.entries(object(pairs)).every(([key, value]) => conditionKeys[key] === value),
      ),
    )
}

function allowedRoutes(role: JsonObject): Set<string> {
  const policies = list(role.Policies).map((policy) => object(object(policy).PolicyDocument))
  const statements = policies.flatMap((policy) => allowed(policy, "execute-api:Invoke"))
  return new Set(statements.flatMap(({ Resource }) => list(Resource).map(text)))
}

/** The statements of a policy that allow exactly this action. */
function allowed(policy: JsonObject, action: string): JsonObject[] {
  return list(policy.Statement)
    .map(object)
    .filter(({ Effect, Action }) => Effect === "Allow" && Action === action)
}

function sessionXml(session: RoleSession): string {
  return `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>${session.accessKeyId}</AccessKeyId>
    <SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>
    <SessionToken>${session.sessionToken}</SessionToken>
    <Expiration>${session.expiration.toISOString()}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
}
