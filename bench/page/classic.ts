// What one would write without functions: a server that redeems codes with openid-client, keeps the tokens in its memory and
// gives the page a session cookie. It answers events of an HTTP API, so that the front before it is that of the other rows.
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import * as client from "openid-client"
import { issuer, jwksUrl, tokenUrl } from "../peers/environment.ts"
import { clientSecret } from "../peers/secret.ts"
import { documentOf } from "./document.ts"

interface HttpEvent {
  readonly rawPath: string
  readonly rawQueryString: string
  readonly cookies?: readonly string[]
  readonly requestContext: { readonly domainName: string }
  readonly headers: Readonly<Record<string, string>>
}

interface Result {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string
}

interface Login {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

const logins = new Map<string, Login>()
const sessions = new Map<string, client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>()
const document = documentOf(readFileSync(process.env.PAGE_SCRIPT ?? "", "utf8"))
let configuration: Promise<client.Configuration> | undefined

export const handler = async (event: HttpEvent): Promise<Result> => {
  if (event.rawPath === "/login") return await login(event)
  if (event.rawPath === "/callback") return await callback(event)
  if (event.rawPath === "/token") return token(event)
  return { statusCode: 200, headers: { "content-type": "text/html" }, body: document }
}

async function login(event: HttpEvent): Promise<Result> {
  const made: Login = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
  }
  const url = client.buildAuthorizationUrl(await configure(), {
    redirect_uri: `${originOf(event)}/callback`,
    scope: "openid",
    state: made.state,
    nonce: made.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(made.verifier),
    code_challenge_method: "S256",
  })
  return redirect(url.href, keepIn(logins, "login", made))
}

async function callback(event: HttpEvent): Promise<Result> {
  const pending = find(logins, "login", event)
  if (!pending) return { statusCode: 400 }
  const tokens = await client.authorizationCodeGrant(
    await configure(),
    new URL(`${originOf(event)}/callback?${event.rawQueryString}`),
    {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    },
  )
  return redirect("/", keepIn(sessions, "session", tokens))
}

/** From memory. A refresh is due once an hour only, because this server remembers the access token. */
function token(event: HttpEvent): Result {
  const tokens = find(sessions, "session", event)
  if (!tokens) return { statusCode: 401 }
  return {
    statusCode: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify({ access_token: tokens.access_token, claims: tokens.claims() }),
  }
}

async function configure(): Promise<client.Configuration> {
  configuration ??= clientSecret().then(({ client_id, client_secret }) => {
    const server = {
      issuer,
      authorization_endpoint: new URL("/login/common/oauth/authorize", tokenUrl).href,
      token_endpoint: tokenUrl,
      jwks_uri: jwksUrl,
    }
    const made = new client.Configuration(server, client_id, {}, client.ClientSecretPost(client_secret))
    client.enableNonRepudiationChecks(made)
    return made
  })
  return await configuration
}

function originOf({ headers }: HttpEvent): string {
  return `https://${headers.host ?? ""}`
}

/** Keeps a value under a random name, and gives the cookie that names it. */
function keepIn<T>(memory: Map<string, T>, kind: string, value: T): string {
  const id = randomBytes(32).toString("base64url")
  memory.set(id, value)
  return `__Host-${kind}=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`
}

function find<T>(memory: ReadonlyMap<string, T>, kind: string, { cookies = [] }: HttpEvent): T | undefined {
  const start = `__Host-${kind}=`
  const cookie = cookies.find((one) => one.startsWith(start))
  return cookie === undefined ? undefined : memory.get(cookie.slice(start.length))
}

function redirect(location: string, cookie: string): Result {
  return { statusCode: 302, headers: { location }, cookies: [cookie] }
}
