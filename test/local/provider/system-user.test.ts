import { constants, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from "jose"
import { afterEach, beforeEach, describe, expect, it, test } from "vitest"
import { startProvider, type LocalProvider } from "../../../local/provider.ts"
import { signIn } from "../../../local/sign-in.ts"
import recordedErrors from "../../fixtures/recorded-errors.json" with { type: "json" }

const redirectUri = "https://app.example.com/callback"
const clientSecret = "the first secret"
const identity = "http://schemes.superoffice.net/identity/"
const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
const [rejectedCode, rejectedRefresh] = recordedErrors

let provider: LocalProvider

beforeEach(async () => {
  provider = await startProvider({ clientSecret, redirectUris: [redirectUri] })
})

afterEach(() => provider.close())

test("a sign-in through the pages yields a code and the state, and nothing else", async () => {
  const callback = await signIn(authorizationUrl({ state: "a state" }), "Cust12020/tony")
  expect(callback.origin + callback.pathname).toBe(redirectUri)
  expect(Object.fromEntries(callback.searchParams)).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
    state: "a state",
  })
})

test("a code with its verifier brings SuperOffice's five members and no other", async () => {
  const { body } = await exchangedCode("Cust26759/tony")
  expect(Object.keys(body)).toEqual(["token_type", "access_token", "expires_in", "refresh_token", "id_token"])
  expect(body).toMatchObject({
    token_type: "Bearer",
    access_token: expect.stringMatching(/^8A:Cust26759\.[A-Za-z0-9+/]{690}==$/) as string,
    expires_in: 3600,
    refresh_token: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
  })
})

test("the newer id_token has kid and x5t, numbers for times, strings for the rest", async () => {
  const issuedAt = Math.floor(Date.now() / 1000)
  const { id_token } = (await exchangedCode("Cust12020/anna", { nonce: "a nonce" })).body
  const { header, claims } = await verified(id_token)

  const [key] = (await servedKeys()).keys
  expect(Object.entries(header)).toEqual([
    ["alg", "RS256"],
    ["kid", key?.kid],
    ["x5t", key?.x5t],
    ["typ", "JWT"],
  ])
  const iat = claims.iat as number
  expect(iat - issuedAt).toBeLessThan(5)
  expect(claims).toEqual({
    sub: "anna@example.com",
    [`${identity}associateid`]: "2",
    [`${identity}identityprovider`]: "central-superid",
    [`${identity}email`]: "anna@example.com",
    [`${identity}upn`]: "anna@example.com",
    [`${identity}ctx`]: "Cust12020",
    [`${identity}is_administrator`]: "True",
    [`${identity}serial`]: "1501178584",
    [`${identity}company_name`]: "Tony's Developer Network",
    [`${identity}netserver_url`]: `${provider.url}/Cust12020/Remote/Services88/`,
    [`${identity}webapi_url`]: `${provider.url}/Cust12020/api/`,
    [`${identity}initials`]: "AB",
    [`${identity}so_primary_email_address`]: "anna@example.com",
    iat,
    nonce: "a nonce",
    nbf: iat - 60,
    exp: iat + 300,
    iss: "https://sod.superoffice.com",
    aud: provider.clientId,
  })
})

test("the older id_token has x5t only and iat as a string", async () => {
  provider.generation = "2018"
  const { id_token } = (await exchangedCode("Cust12020/tony")).body
  const { header, claims } = await verified(id_token)

  const [key] = (await servedKeys()).keys
  expect(Object.entries(header)).toEqual([
    ["typ", "JWT"],
    ["alg", "RS256"],
    ["x5t", key?.x5t],
  ])
  expect(claims.iat).toMatch(/^\d{10}$/)
  expect(claims).toMatchObject({ nbf: Number(claims.iat) - 60, exp: Number(claims.iat) + 300 })
  expect(claims).not.toHaveProperty(`${identity}company_name`)
})

test("one sample user brings a system token", async () => {
  const { claims } = await verified((await exchangedCode("Cust26759/liv")).body.id_token)
  expect(claims[`${identity}system_token`]).toBe("Token Exchange-8k8Q7DmBgo")
})

test("a refresh brings no refresh token, a fresh id_token without nonce, and can be repeated", async () => {
  const signedIn = (await exchangedCode("Cust12020/tony", { nonce: "a nonce" })).body
  for (let times = 0; times < 2; times++) {
    const { status, body } = await refresh(signedIn.refresh_token)
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(["token_type", "access_token", "expires_in", "id_token"])
    expect(body.access_token).not.toBe(signedIn.access_token)
    const { claims } = await verified(body.id_token)
    expect(claims.sub).toBe("tony@example.com")
    expect(claims).not.toHaveProperty("nonce")
  }
})

test("a wrong code is rejected in SuperOffice's words", async () => {
  expect(await rejection(codeGrant("x".repeat(64)))).toEqual(rejectedCode)
})

test("a code works once", async () => {
  const { grant } = await exchangedCode("Cust12020/tony")
  expect(await rejection(grant)).toEqual(rejectedCode)
})

test("of two simultaneous uses of a code one is rejected", async () => {
  const grant = await newCodeGrant("Cust12020/tony")
  const answers = await Promise.all([postToken(grant), postToken(grant)])
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400])
})

test("a wrong secret, an unknown client, a wrong verifier and a wrong redirect URI are rejected in the same words", async () => {
  const grant = await newCodeGrant("Cust12020/tony")
  expect(await rejection({ ...grant, client_secret: "wrong" })).toEqual(rejectedCode)
  expect(await rejection({ ...grant, client_id: "0".repeat(32) })).toEqual(rejectedCode)
  expect(await rejection({ ...grant, code_verifier: randomBytes(32).toString("base64url") })).toEqual(
    rejectedCode,
  )
  expect(await rejection({ ...grant, redirect_uri: "https://app.example.com/other" })).toEqual(rejectedCode)
})

test("a wrong refresh token, and a refresh with a wrong secret, are rejected in SuperOffice's words", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  expect(await rejection(refreshGrant("x".repeat(64)))).toEqual(rejectedRefresh)
  expect(await rejection({ ...refreshGrant(refresh_token), client_secret: "wrong" })).toEqual(rejectedRefresh)
})

test("a replaced client secret is the only one that works, at once", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  provider.replaceClientSecret("the second secret")
  expect(await rejection(refreshGrant(refresh_token))).toEqual(rejectedRefresh)
  const answer = await postToken({ ...refreshGrant(refresh_token), client_secret: "the second secret" })
  expect(answer.status).toBe(200)
})

test("a rolled key signs from now on and is the only one served", async () => {
  const before = await servedKeys()
  await provider.rollSigningKey()
  const after = await servedKeys()
  expect(after.keys).toHaveLength(1)
  expect(after.keys[0]?.x5t).not.toBe(before.keys[0]?.x5t)
  const { id_token } = (await exchangedCode("Cust12020/tony")).body
  await verified(id_token)
  await expect(compactVerify(id_token, createLocalJWKSet(before))).rejects.toThrow()
})

test("the key set is one RSA key whose kid is hex, the same as x5t, or absent", async () => {
  const [hex] = (await servedKeys()).keys
  expect(Object.keys(hex ?? {})).toEqual(["kty", "use", "alg", "kid", "x5t", "n", "e"])
  expect(hex).toMatchObject({ kty: "RSA", use: "sig", alg: "RS256", e: "AQAB" })
  expect(hex?.kid).toMatch(/^[0-9A-F]{40}$/)
  expect(Buffer.from(hex?.kid ?? "", "hex").toString("base64url")).toBe(hex?.x5t)

  provider.keyIds = "x5t"
  expect((await servedKeys()).keys).toEqual([{ ...hex, kid: hex?.x5t }])

  provider.keyIds = "absent"
  const [unnamed] = (await servedKeys()).keys
  expect(Object.keys(unnamed ?? {})).toEqual(["kty", "use", "alg", "x5t", "n", "e"])
})

test("a tenant in acr_values leaves only its users to choose from, and login_hint chooses one", async () => {
  const url = authorizationUrl({ acr_values: "tenant:Cust26759", login_hint: "tony@example.com" })
  await expect(signIn(url, "Cust12020/tony")).rejects.toThrow("Cust26759/tony, Cust26759/liv")
  expect(await loginPageAt(url)).toContain('value="Cust26759/tony" required checked')
})

test("an unregistered redirect URI ends on an error page, not at the redirect URI", async () => {
  const url = authorizationUrl({ redirect_uri: "https://elsewhere.example.com/" })
  await expect(signIn(url, "Cust12020/tony")).rejects.toThrow("expected a redirect")
  const response = await fetch(url, { headers: { accept: "text/html" } })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain("Technical error")
})

test("a revoked refresh token is dead, and an unknown one is no error", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  const other = (await exchangedCode("Cust12020/tony")).body
  const revoke = (token: string) =>
    fetch(`${provider.url}/login/common/oauth/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    })
  expect((await revoke("unknown")).status).toBe(200)
  expect((await revoke(refresh_token)).status).toBe(200)
  expect(await rejection(refreshGrant(refresh_token))).toEqual(rejectedRefresh)
  expect((await refresh(other.refresh_token)).status).toBe(200)
})

test("the discovery document names this provider's endpoints and the environment's issuer", async () => {
  const response = await fetch(`${provider.url}/login/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({
    issuer: "https://sod.superoffice.com",
    token_endpoint: `${provider.url}/login/common/oauth/tokens`,
    jwks_uri: `${provider.url}/login/.well-known/jwks`,
  })
})

test("two providers in one process know nothing of each other", async () => {
  const other = await startProvider({ environment: "online", clientSecret, redirectUris: [redirectUri] })
  try {
    const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
    const elsewhere = { ...refreshGrant(refresh_token), client_id: other.clientId }
    expect(other.issuer).toBe("https://online.superoffice.com")
    expect((await postToken(elsewhere, other)).status).toBe(400)
    expect((await refresh(refresh_token)).status).toBe(200)
  } finally {
    await other.close()
  }
})

describe("the system user", () => {
  it("gets a token for programs: another issuer, the tenant's serial number for audience, six hours", async () => {
    provider.systemUserKey = applicationKey.publicKey
    const { IsSuccessful, Token, ErrorMessage } = await authenticate()
    expect({ IsSuccessful, ErrorMessage }).toEqual({ IsSuccessful: true, ErrorMessage: null })
    const { header, claims } = await verified(Token)
    expect(header).toMatchObject({ alg: "RS256", typ: "JWT" })
    const iat = claims.iat as number
    expect(claims).toMatchObject({
      [`${identity}ctx`]: "Cust26759",
      [`${identity}serial`]: "1730265981",
      [`${identity}webapi_url`]: `${provider.url}/Cust26759/api/`,
      [`${identity}ticket`]: expect.stringMatching(/^7T:[A-Za-z0-9+/]+=*$/) as string,
      nbf: iat - 60,
      exp: iat + 6 * 3600,
      iss: "SuperOffice AS",
      aud: "spn:1730265981",
    })
  })

  it("is found in any case of the path, as on IIS", async () => {
    provider.systemUserKey = applicationKey.publicKey
    const path = "/login/api/partnersystemuser/AUTHENTICATE"
    expect((await authenticate({}, path)).IsSuccessful).toBe(true)
  })

  it("is signed in to another tenant while the switch says so", async () => {
    provider.systemUserKey = applicationKey.publicKey
    provider.systemUserTenant = "Cust12020"
    const { claims } = await verified((await authenticate()).Token)
    expect(claims).toMatchObject({ [`${identity}ctx`]: "Cust12020", aud: "spn:1501178584" })
  })

  it.each([
    ["signed four minutes ago", -4, true, null],
    ["signed four minutes from now", 4, true, null],
    ["signed six minutes ago", -6, false, "InvalidTimestamp"],
    ["signed six minutes from now", 6, false, "InvalidTimestamp"],
  ])("a token %s is judged by the provider's clock", async (_when, minutes, IsSuccessful, ErrorMessage) => {
    provider.systemUserKey = applicationKey.publicKey
    const SignedSystemToken = signedSystemToken({ at: new Date(Date.now() + minutes * 60_000) })
    expect(await authenticate({ SignedSystemToken })).toMatchObject({ IsSuccessful, ErrorMessage })
  })

  it("is refused by a clock that is set otherwise, and the clock is in every answer", async () => {
    provider.systemUserKey = applicationKey.publicKey
    provider.clockOffsetSeconds = 600
    expect(await authenticate()).toMatchObject({ IsSuccessful: false, ErrorMessage: "InvalidTimestamp" })
    const response = await fetch(`${provider.url}/login/.well-known/jwks`)
    const ahead = Date.parse(response.headers.get("date") ?? "") - Date.now()
    expect(Math.round(ahead / 10_000)).toBe(60)
  })

  it.each([
    ["another key", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }],
    ["another hash", { hash: "sha512" }],
    ["another padding", { padding: constants.RSA_PKCS1_PSS_PADDING }],
  ])("a signature by %s is none", async (_what, changes) => {
    provider.systemUserKey = applicationKey.publicKey
    const SignedSystemToken = signedSystemToken(changes)
    expect(await authenticate({ SignedSystemToken })).toEqual({
      IsSuccessful: false,
      Token: null,
      ErrorMessage: "InvalidSignature",
    })
  })

  it("is refused while no key is registered", async () => {
    expect(await authenticate()).toMatchObject({ IsSuccessful: false, ErrorMessage: "InvalidSignature" })
  })

  it.each<[string, () => Form]>([
    ["an unknown system token", () => ({ SignedSystemToken: signedSystemToken({ systemToken: "Unknown" }) })],
    ["the system token of another tenant", () => ({ ContextIdentifier: "Cust12020" })],
    ["an unknown tenant", () => ({ ContextIdentifier: "Cust99999" })],
    ["a wrong client secret", () => ({ ApplicationToken: "wrong" })],
    ["something that was not signed", () => ({ SignedSystemToken: systemToken })],
    ["another type of token", () => ({ ReturnTokenType: "SAML" })],
  ])("%s is refused in words of no kind that a program could read", async (_what, changes) => {
    provider.systemUserKey = applicationKey.publicKey
    const { IsSuccessful, Token, ErrorMessage } = await authenticate(changes())
    expect({ IsSuccessful, Token }).toEqual({ IsSuccessful: false, Token: null })
    expect(ErrorMessage).not.toMatch(/signature|time/i)
  })

  it("is not looked for in a body that is not a JSON object", async () => {
    const response = await fetch(provider.url + systemUserPath, { method: "POST", body: "{" })
    expect(response.status).toBe(400)
  })
})

describe("the state of a tenant", () => {
  it("says where its REST API is, without a slash at the end, and how long that holds", async () => {
    const { status, body } = await getJson("/api/state/Cust12020")
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ContextIdentifier: "Cust12020",
        Endpoint: `${provider.url}/Cust12020`,
        State: "Running",
        IsRunning: true,
        ValidUntil: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/) as string,
        Api: `${provider.url}/Cust12020/api`,
      },
    })
    expect(Date.parse(String(body.ValidUntil)) - Date.now()).toBeGreaterThan(500_000)
  })

  it("is what it is set to, for that tenant alone", async () => {
    provider.tenantStates.set("Cust12020", "OfflineMaintenance")
    expect((await getJson("/api/state/Cust12020")).body).toMatchObject({
      State: "OfflineMaintenance",
      IsRunning: false,
    })
    provider.tenantStates.set("Cust12020", "OnlineMaintenance")
    expect((await getJson("/api/state/cust12020")).body).toMatchObject({ IsRunning: true })
    expect((await getJson("/api/state/Cust26759")).body).toMatchObject({ State: "Running" })
  })

  it("is not there for a tenant that does not exist, or was taken away", async () => {
    provider.tenantStates.delete("Cust12020")
    expect((await getJson("/api/state/Cust12020")).status).toBe(404)
    expect((await getJson("/api/state/Cust99999")).status).toBe(404)
  })
})

describe("the REST API of a tenant", () => {
  it("knows a user by the access token, at the URL of the claim", async () => {
    const { access_token, id_token } = (await exchangedCode("Cust12020/anna")).body
    const { claims } = await verified(id_token)
    const url = `${String(claims[`${identity}webapi_url`])}v1/User/currentPrincipal`
    const response = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } })
    expect(await response.json()).toMatchObject({
      UserType: "InternalAssociate",
      AssociateId: 2,
      DatabaseContextIdentifier: "Cust12020",
      UserName: "anna@example.com",
    })
  })

  it("knows the system user by ticket and client secret", async () => {
    const authorization = `SOTicket ${await newTicket()}`
    const { status, body } = await principal({ authorization, "so-apptoken": clientSecret })
    expect(status).toBe(200)
    expect(body).toMatchObject({ UserType: "SystemAssociate", DatabaseContextIdentifier: "Cust26759" })
  })

  it("knows nobody else", async () => {
    const ticket = await newTicket()
    const { access_token } = (await exchangedCode("Cust26759/tony")).body
    const foreign = (await exchangedCode("Cust12020/tony")).body.access_token
    const app = { "so-apptoken": clientSecret }
    const refused: Form[] = [
      {},
      { authorization: `SOTicket ${ticket}` },
      { authorization: `SOTicket ${ticket}`, "so-apptoken": "wrong" },
      { authorization: `Bearer ${ticket}`, ...app },
      { authorization: `SOTicket ${access_token}`, ...app },
      { authorization: `Bearer ${foreign}` },
      { authorization: "Bearer 8A:Cust26759.unknown" },
      { authorization: access_token },
    ]
    for (const headers of refused) expect((await principal(headers)).status).toBe(401)
    expect((await principal({ authorization: `Bearer ${access_token}` })).status).toBe(200)
  })

  it("forgets an access token after an hour, and a ticket six hours after its latest use", async () => {
    const bearer = { authorization: `Bearer ${(await exchangedCode("Cust26759/tony")).body.access_token}` }
    const soTicket = { authorization: `SOTicket ${await newTicket()}`, "so-apptoken": clientSecret }
    const statusAfter = async (hours: number, headers: Form) => {
      provider.clockOffsetSeconds += hours * 3600
      return (await principal(headers)).status
    }
    expect(await statusAfter(0.9, bearer)).toBe(200)
    expect(await statusAfter(0.2, bearer)).toBe(401)
    expect(await statusAfter(4.8, soTicket)).toBe(200)
    expect(await statusAfter(5.9, soTicket)).toBe(200)
    expect(await statusAfter(6.1, soTicket)).toBe(401)
  })
})

const systemUserPath = "/Login/api/PartnerSystemUser/Authenticate"
const systemToken = "Token Exchange-8k8Q7DmBgo"

interface SystemUserAnswer {
  readonly IsSuccessful: boolean
  readonly Token: string
  readonly ErrorMessage: string
}

function signedSystemToken({
  systemToken: token = systemToken,
  at = new Date(),
  key = applicationKey.privateKey,
  hash = "sha256",
  padding = constants.RSA_PKCS1_PADDING,
} = {}): string {
  const text = `${token}.${at.toISOString().replace(/\D/g, "").slice(0, 12)}`
  return `${text}.${sign(hash, Buffer.from(text), { key, padding }).toString("base64")}`
}

async function authenticate(changes: Form = {}, path = systemUserPath): Promise<SystemUserAnswer> {
  const response = await fetch(provider.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      SignedSystemToken: signedSystemToken(),
      ApplicationToken: clientSecret,
      ContextIdentifier: "Cust26759",
      ReturnTokenType: "JWT",
      ...changes,
    }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as SystemUserAnswer
}

async function newTicket(): Promise<string> {
  provider.systemUserKey = applicationKey.publicKey
  const { claims } = await verified((await authenticate()).Token)
  return String(claims[`${identity}ticket`])
}

function principal(headers: Form) {
  return getJson("/Cust26759/api/v1/User/currentPrincipal", headers)
}

async function getJson(path: string, headers: Form = {}) {
  const response = await fetch(provider.url + path, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

type Form = Record<string, string>

interface TokenAnswer {
  access_token: string
  refresh_token: string
  id_token: string
}

function authorizationUrl(parameters: Form): URL {
  const url = new URL("/login/common/oauth/authorize", provider.url)
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: "openid",
    ...parameters,
  }).toString()
  return url
}

/** Signs in with PKCE (RFC 7636, S256) and returns the token request that redeems the code. */
async function newCodeGrant(user: string, parameters: Form = {}): Promise<Form> {
  const verifier = randomBytes(32).toString("base64url")
  const url = authorizationUrl({
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  })
  const callback = await signIn(url, user)
  return { ...codeGrant(callback.searchParams.get("code") ?? ""), code_verifier: verifier }
}

function codeGrant(code: string): Form {
  return { grant_type: "authorization_code", ...credentials(), code, redirect_uri: redirectUri }
}

function refreshGrant(refreshToken: string): Form {
  return { grant_type: "refresh_token", ...credentials(), refresh_token: refreshToken }
}

function credentials(): Form {
  return { client_id: provider.clientId, client_secret: clientSecret }
}

async function exchangedCode(user: string, parameters?: Form) {
  const grant = await newCodeGrant(user, parameters)
  const response = await postToken(grant)
  expect(response.status).toBe(200)
  return { grant, body: (await response.json()) as TokenAnswer }
}

async function refresh(refreshToken: string) {
  const response = await postToken(refreshGrant(refreshToken))
  return { status: response.status, body: (await response.json()) as TokenAnswer }
}

function postToken(form: Form, at = provider): Promise<Response> {
  return fetch(`${at.url}/login/common/oauth/tokens`, { method: "POST", body: new URLSearchParams(form) })
}

/** A refused token request in the form of the recorded ones. */
async function rejection(form: Form) {
  const response = await postToken(form)
  return {
    grant: form.grant_type,
    status: response.status,
    contentType: response.headers.get("content-type"),
    body: await response.text(),
  }
}

async function servedKeys(): Promise<JSONWebKeySet> {
  const response = await fetch(`${provider.url}/login/.well-known/jwks`)
  return (await response.json()) as JSONWebKeySet
}

async function verified(idToken: string) {
  const { payload } = await compactVerify(idToken, createLocalJWKSet(await servedKeys()))
  return {
    header: decodeProtectedHeader(idToken),
    claims: JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>,
  }
}

async function loginPageAt(url: URL): Promise<string> {
  const start = await fetch(url, { redirect: "manual" })
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ")
  const page = await fetch(new URL(start.headers.get("location") ?? "", url), { headers: { cookie } })
  return page.text()
}
