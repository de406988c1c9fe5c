import { randomUUID } from "node:crypto"
import { generateCodeVerifier, OAuth2Client, type OAuth2Token } from "@badgateway/oauth2-client"
import * as oauth from "oauth4webapi"
import * as openid from "openid-client"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import type { JsonRecord } from "../support/journey.ts"
import type { Page } from "./page.ts"

/** What a library hands over after a sign-in or a refresh. */
export interface LibrarySession {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** Those of `/token`. */
  readonly claims: JsonRecord
  /** What the library itself read of the ID Token. */
  readonly ownClaims?: JsonRecord | undefined
}

export interface SignInOptions {
  readonly user?: string
  /** Takes the ID Token out of the answer before the library sees it, as a page's hook does. */
  readonly hasHook?: boolean
  /** Tells the library to expect an ID Token with the nonce. */
  readonly expectsIdToken?: boolean
  readonly verifiesSignature?: boolean
  readonly nonceForToken?: string
}

/** An OAuth library that runs in Node as in a page. */
export interface NodeLibrary {
  readonly name: string
  signIn(page: Page, options?: SignInOptions): Promise<LibrarySession & { readonly nonce: string }>
  refresh(page: Page, refreshToken: string | undefined, options?: SignInOptions): Promise<LibrarySession>
  /** Our code, out of the library's error. */
  codeOf(error: unknown): unknown
}

/** The claims are in the answer all the same, validated. `openid-client` has a member of their name of its own. */
async function withoutIdToken(response: Response): Promise<Response> {
  const { claims, ...body } = (await response.json()) as JsonRecord
  return Response.json({ ...body, id_token: undefined, claims, superoffice: claims }, response)
}

function fetchOf(page: Page, { hasHook = false }: SignInOptions) {
  return async (url: string, init: RequestInit) => {
    const response = await page.fetch(url, { ...init, credentials: "include" })
    return hasHook ? await withoutIdToken(response) : response
  }
}

const ofBody = (error: unknown) => (error as { readonly cause?: JsonRecord }).cause?.code

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the local stack is plain HTTP
const allowLoopback = { [oauth.allowInsecureRequests]: true }

function oauthSession(tokens: oauth.TokenEndpointResponse): LibrarySession {
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    claims: tokens.claims as JsonRecord,
    ownClaims: oauth.getValidatedIdTokenClaims(tokens),
  }
}

export const oauth4webapi: NodeLibrary = {
  name: "oauth4webapi",
  async signIn(page, options = {}) {
    const client = { client_id: page.provider.clientId }
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const url = new URL(page.server.authorization_endpoint)
    url.search = new URLSearchParams({
      ...{ ...client, redirect_uri: page.redirectUri, response_type: "code", scope: "openid" },
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      ...{ code_challenge_method: "S256", state, nonce },
    }).toString()
    const redirect = await signInWithoutBrowser(url, options.user ?? "Cust12020/tony")
    const response = await oauth.authorizationCodeGrantRequest(
      page.server,
      client,
      oauth.None(),
      oauth.validateAuthResponse(page.server, client, redirect, state),
      page.redirectUri,
      verifier,
      {
        ...allowLoopback,
        [oauth.customFetch]: fetchOf(page, options),
        additionalParameters: { nonce: options.nonceForToken ?? nonce },
      },
    )
    const expected = options.expectsIdToken ? { expectedNonce: nonce, requireIdToken: true } : {}
    const tokens = await oauth.processAuthorizationCodeResponse(page.server, client, response, expected)
    if (options.verifiesSignature)
      await oauth.validateApplicationLevelSignature(page.server, response, allowLoopback)
    return { ...oauthSession(tokens), nonce }
  },
  async refresh(page, refreshToken = "", options = {}) {
    const client = { client_id: page.provider.clientId }
    const request = { ...allowLoopback, [oauth.customFetch]: fetchOf(page, options) }
    const { server } = page
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, request)
    return oauthSession(await oauth.processRefreshTokenResponse(server, client, response))
  },
  codeOf: ofBody,
}

function configure(page: Page, options: SignInOptions): openid.Configuration {
  const config = new openid.Configuration(page.server, page.provider.clientId, undefined, openid.None())
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the local stack is plain HTTP
  openid.allowInsecureRequests(config)
  if (options.verifiesSignature) openid.enableNonRepudiationChecks(config)
  const fetchForPage = fetchOf(page, options)
  config[openid.customFetch] = async (url, { body, ...init }) =>
    url === page.server.jwks_uri ? fetch(url) : fetchForPage(url, { ...init, body: body ?? null })
  return config
}

type OpenidTokens = Awaited<ReturnType<typeof openid.refreshTokenGrant>>

function openidSession(tokens: OpenidTokens): LibrarySession {
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    claims: tokens.superoffice as JsonRecord,
    ownClaims: tokens.claims(),
  }
}

export const openidClient: NodeLibrary = {
  name: "openid-client",
  async signIn(page, options = {}) {
    const config = configure(page, options)
    const verifier = openid.randomPKCECodeVerifier()
    const [state, nonce] = [openid.randomState(), openid.randomNonce()]
    const url = openid.buildAuthorizationUrl(config, {
      ...{ redirect_uri: page.redirectUri, scope: "openid", state, nonce },
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    })
    const redirect = await signInWithoutBrowser(url, options.user ?? "Cust12020/tony")
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    const expected = options.expectsIdToken ? { expectedNonce: nonce, idTokenExpected: true } : {}
    const parameters = { nonce: options.nonceForToken ?? nonce }
    const tokens = await openid.authorizationCodeGrant(
      config,
      redirect,
      { ...checks, ...expected },
      parameters,
    )
    return { ...openidSession(tokens), nonce }
  },
  async refresh(page, refreshToken = "", options = {}) {
    return openidSession(await openid.refreshTokenGrant(configure(page, options), refreshToken))
  },
  codeOf: ofBody,
}

/** The client of the library for a page. */
export function badgatewayClient(page: Page): OAuth2Client {
  return new OAuth2Client({
    clientId: page.provider.clientId,
    authorizationEndpoint: page.server.authorization_endpoint,
    tokenEndpoint: page.server.token_endpoint,
    fetch: fetchOf(page, {}) as typeof fetch,
  })
}

/** Signs in, and gives the library's own token. */
export async function badgatewaySignIn(page: Page, user = "Cust12020/tony") {
  const client = badgatewayClient(page)
  const nonce = randomUUID()
  const request = {
    ...{ redirectUri: page.redirectUri, state: randomUUID() },
    codeVerifier: await generateCodeVerifier(),
  }
  const asked = { ...request, scope: ["openid"], extraParams: { nonce } }
  const redirect = await signInWithoutBrowser(
    new URL(await client.authorizationCode.getAuthorizeUri(asked)),
    user,
  )
  return { client, nonce, token: await client.authorizationCode.getTokenFromCodeRedirect(redirect, request) }
}

function badgatewaySession(token: OAuth2Token): LibrarySession {
  const { accessToken, refreshToken, extraParams = {} } = token
  const claims = extraParams.claims as unknown as JsonRecord
  return { accessToken, refreshToken: refreshToken ?? undefined, claims }
}

export const badgateway: NodeLibrary = {
  name: "@badgateway/oauth2-client",
  async signIn(page, options = {}) {
    const { token, nonce } = await badgatewaySignIn(page, options.user)
    return { ...badgatewaySession(token), nonce }
  },
  async refresh(page, refreshToken = "") {
    const token = { accessToken: "", refreshToken, expiresAt: null }
    return badgatewaySession(await badgatewayClient(page).refreshToken(token))
  },
  codeOf: (error) => (error as { readonly parsedBody?: JsonRecord }).parsedBody?.code,
}
