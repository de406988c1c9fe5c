import { randomBytes, randomUUID } from "node:crypto"
import { createLocalJWKSet, decodeJwt, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose"
import type { RoleSession } from "../../local/credentials.ts"
import { closeServer, createWebServer, listenOnLoopback } from "../../local/loopback.ts"
import { readRequest } from "../../local/received-request.ts"
import { account, list, object, ofType, only, text, type JsonObject, type StackTemplate } from "./template.ts"

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

/** Who assumes a role, as a trust policy sees it. */
interface FederatedPrincipal {
  readonly principal: string
  /** By their whole names, e.g. `issuer.example:aud`. */
  readonly conditionKeys: Readonly<Record<string, string | undefined>>
}

class StsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

const google = "https://accounts.google.com"

/** All algorithms that AWS accepts in a web identity token. */
const algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]

export async function startSts(options: StsOptions): Promise<LocalSts> {
  const sessions = new Map<string, RoleSession>()
  const server = createWebServer(async (message, response) => {
    const form = new URLSearchParams((await readRequest(message))?.body.toString())
    const answer = await assumeRole(form, options, sts.lifetimeMs).then(
      (session) => {
        sessions.set(session.accessKeyId, session)
        return { status: 200, body: sessionXml(session) }
      },
      (error: unknown) => {
        if (!(error instanceof StsError)) throw error
        return { status: error.status, body: errorXml(error) }
      },
    )
    response.writeHead(answer.status, { "content-type": "text/xml" }).end(answer.body)
  })
  const url = await listenOnLoopback(server)
  const sts: LocalSts = { url, sessions, lifetimeMs: 3_600_000, close: () => closeServer(server) }
  return sts
}

async function assumeRole(form: URLSearchParams, options: StsOptions, lifetimeMs: number) {
  const field = (name: string) => form.get(name) ?? ""
  if (field("Action") !== "AssumeRoleWithWebIdentity" || field("Version") !== "2011-06-15") {
    throw new StsError("InvalidAction", "This endpoint does AssumeRoleWithWebIdentity alone.")
  }
  const caller = await authenticate(field("WebIdentityToken"), options)
  const role = options.stack.outputs.RoleArn === field("RoleArn") && only(options.stack, "AWS::IAM::Role")
  if (!role || !isTrusted(caller, JSON.parse(text(role.AssumeRolePolicyDocument)) as JsonObject)) {
    throw new StsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
  }
  return beginSession(field("RoleArn"), field("RoleSessionName"), allowedRoutes(role), lifetimeMs)
}

/** Validates the token by the issuer's keys, and its audience by the issuer's provider in the account. */
async function authenticate(token: string, options: StsOptions): Promise<FederatedPrincipal> {
  const issuer = issuerOf(token)
  const provider = providersOf(options).find(({ url }) => url === issuer)
  if (!provider && issuer !== google) {
    throw new StsError(
      "InvalidIdentityToken",
      `No OpenIDConnect provider found in your account for ${issuer}`,
    )
  }
  const keys = await fetchKeys(options.keySets[issuer] ?? "")
  const { aud, azp, sub } = await verify(token, issuer, keys)
  // AWS takes the authorized party for the audience, if the token has one.
  const audience = typeof azp === "string" ? azp : String(aud)
  if (provider && !provider.audiences.includes(audience)) {
    throw new StsError("InvalidIdentityToken", "Incorrect token audience")
  }
  const host = issuer.replace("https://", "")
  return {
    principal: provider ? `arn:${account.partition}:iam::${account.id}:oidc-provider/${host}` : host,
    conditionKeys: {
      [`${host}:aud`]: audience,
      [`${host}:sub`]: sub,
      ...(!provider && { [`${host}:oaud`]: String(aud) }),
    },
  }
}

function providersOf({ stack, providers = [] }: StsOptions): OidcProvider[] {
  const created = ofType(stack, "AWS::IAM::OIDCProvider").map(({ Url, ClientIdList }) => ({
    url: text(Url),
    audiences: list(ClientIdList).map(text),
  }))
  return [...created, ...providers]
}

function issuerOf(token: string): string {
  try {
    return String(decodeJwt(token).iss)
  } catch {
    throw new StsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
  }
}

async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  try {
    return (await (await fetch(url)).json()) as JSONWebKeySet
  } catch {
    throw new StsError("IDPCommunicationError", "The identity provider could not be reached.")
  }
}

async function verify(token: string, issuer: string, keys: JSONWebKeySet): Promise<JWTPayload> {
  try {
    const checks = { issuer, algorithms, requiredClaims: ["aud", "sub", "exp"] }
    return (await jwtVerify(token, createLocalJWKSet(keys), checks)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new StsError("ExpiredTokenException", "Token expired")
    throw new StsError("InvalidIdentityToken", "The web identity token could not be validated.")
  }
}

/** Whether a statement of the policy allows the caller. An operator that is not evaluated here never holds. */
function isTrusted({ principal, conditionKeys }: FederatedPrincipal, policy: JsonObject): boolean {
  return list(policy.Statement)
    .map(object)
    .filter(({ Effect, Action }) => Effect === "Allow" && Action === "sts:AssumeRoleWithWebIdentity")
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
  const statements = list(role.Policies).flatMap((policy) =>
    list(object(object(policy).PolicyDocument).Statement).map(object),
  )
  const allowed = statements.filter(
    ({ Effect, Action }) => Effect === "Allow" && Action === "execute-api:Invoke",
  )
  return new Set(allowed.flatMap(({ Resource }) => list(Resource).map(text)))
}

function beginSession(
  roleArn: string,
  sessionName: string,
  routes: ReadonlySet<string>,
  lifetimeMs: number,
): RoleSession {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString("hex"),
    sessionToken: randomBytes(96).toString("base64"),
    expiration: new Date(Date.now() + lifetimeMs),
    region: account.region,
    accountId: account.id,
    arn: `${roleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${sessionName}`,
    routes,
  }
}

function sessionXml(session: RoleSession): string {
  const name = session.arn.split("/").at(-1) ?? ""
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser>
      <Arn>${escaped(session.arn)}</Arn>
      <AssumedRoleId>AROALOCALROLE:${escaped(name)}</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${session.accessKeyId}</AccessKeyId>
      <SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>
      <SessionToken>${session.sessionToken}</SessionToken>
      <Expiration>${session.expiration.toISOString()}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`
}

function errorXml({ code, message }: StsError): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error>
  <RequestId>${randomUUID()}</RequestId>
</ErrorResponse>`
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
