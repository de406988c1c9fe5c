import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { createFederatedClient } from "../../examples/federated-caller.ts"
import { readRoutes, startHttpApi } from "../../local/http-api.ts"
import { closeServer, createWebServer, listenOnLoopback } from "../../local/loopback.ts"
import { fragment } from "../support/fragment.ts"
import { createSigningKey, signIdToken } from "../../harness/id-tokens.ts"
import { shareJourney } from "../support/journey.ts"
import { startSts, type LocalSts, type OidcProvider } from "./sts.ts"
import { account, text } from "../support/template.ts"

const issuer = "https://login.platform.example/tenant"
const audience = "api://token-exchange"
const subject = "repo:acme/nightly:ref:refs/heads/main"
const parameters = {
  Issuer: issuer.slice("https://".length),
  Audience: audience,
  Subject: subject,
  ApiId: "local",
}

const share = shareJourney()
const key = createSigningKey()
const otherKey = { ...createSigningKey(), kid: key.kid, x5t: key.x5t }
const keySet = createWebServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [key.jwk] }))
})
/** Nothing listens on port 1. */
const nobody = "http://127.0.0.1:1"
let keySetUrl: string
const closeAfterTest: (() => Promise<void>)[] = []

beforeAll(async () => {
  keySetUrl = await listenOnLoopback(keySet)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

afterAll(() => closeServer(keySet))

interface World {
  readonly parameters?: Readonly<Record<string, string>>
  readonly providers?: readonly OidcProvider[]
  readonly keys?: string
}

/** AWS STS with the fragment deployed, and this process's environment as that of a machine without AWS credentials. */
async function deploy({ parameters: changes, keys = keySetUrl, ...world }: World = {}) {
  const stack = fragment("federated-caller.yml", { ...parameters, ...changes })
  const keySets = { [issuer]: keys, "https://accounts.google.com": keys }
  const sts = await startSts({ stack, keySets, ...world })
  closeAfterTest.push(() => sts.close())
  vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.url)
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]) {
    vi.stubEnv(name, undefined)
  }
  return { sts, roleArn: text(stack.outputs.RoleArn) }
}

/** The token exchange, whose signed door the sessions of the STS may use, and a refresh token of it. */
async function startApi({ sessions }: LocalSts) {
  const journey = await share()
  const { functions, credentials } = journey.stack
  const routes = readRoutes(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"))
  const ofAccount = { ...credentials, accountId: account.id }
  const api = await startHttpApi({ routes, functions, credentials: ofAccount, sessions })
  closeAfterTest.push(() => api.close())
  const { refresh_token } = await journey.invoke("exchange-code", await journey.authorize())
  return { url: api.url, refresh_token: String(refresh_token) }
}

/** A token as the platform issues it. */
function token(changes: Readonly<Record<string, unknown>> = {}, signer = key): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, aud: audience, sub: subject, iat: now, exp: now + 600, ...changes }
  return signIdToken(signer, claims)
}

/** A refresh by a caller of the token exchange; where nobody answers unless there is a URL. */
function createCaller(roleArn: string, webIdentityToken: string, url = nobody) {
  const { region } = account
  const webIdentity = () => Promise.resolve(webIdentityToken)
  const caller = createFederatedClient({ url, region, roleArn, webIdentityToken: webIdentity })
  return (refresh_token = "any") => caller.refreshToken({ refresh_token })
}

describe("a caller with the token that the fragment trusts", () => {
  it("refreshes a token through the signed door, as the role", async () => {
    const { sts, roleArn } = await deploy()
    const { url, refresh_token } = await startApi(sts)
    const result = await createCaller(roleArn, token(), url)(refresh_token)
    expect(result).toMatchObject({ ok: true, value: { token_type: "Bearer", claims: { ctx: "Cust12020" } } })
    const arn = "arn:aws:sts::111122223333:assumed-role/CallerRole/token-exchange-caller"
    expect([...sts.sessions.values()]).toMatchObject([{ arn }])
  })

  it("keeps its credentials, and gets new ones shortly before they expire", async () => {
    const { sts, roleArn } = await deploy()
    const call = createCaller(roleArn, token())
    sts.lifetimeMs = 4 * 60_000
    await call()
    const before = sts.sessions.size
    expect(before).toBeGreaterThan(0)
    sts.lifetimeMs = 60 * 60_000
    await Promise.all([call(), call()])
    await call()
    expect(sts.sessions.size).toBe(before + 1)
  })

  it("is refused by the gateway on a route that the fragment does not allow", async () => {
    const { sts, roleArn } = await deploy({ parameters: { Permissions: "system-user" } })
    const { url, refresh_token } = await startApi(sts)
    const result = await createCaller(roleArn, token(), url)(refresh_token)
    expect(result).toMatchObject({ ok: false, error: { code: "not_permitted" } })
    expect(sts.sessions.size).toBe(1)
  })

  it("gets credentials for Google's issuer, which needs no provider, by the subject in azp and the audience", async () => {
    const sub = "107517467455664443765"
    const { sts, roleArn } = await deploy({ parameters: { Issuer: "accounts.google.com", Subject: sub } })
    const google = { iss: "https://accounts.google.com", sub, azp: sub }
    await createCaller(roleArn, token(google))()
    expect(sts.sessions.size).toBe(1)
    const other = token({ ...google, aud: "api://other" })
    await expect(refused(roleArn, other)).resolves.toContain("AccessDenied")
  })
})

/** The message of the error with which a caller fails. No part of the error holds the token. */
async function refused(roleArn: string, webIdentityToken: string): Promise<string> {
  const result = createCaller(roleArn, webIdentityToken)()
  const error: unknown = await result.catch((reason: unknown) => reason)
  if (!(error instanceof Error)) throw new Error("the caller was not refused")
  const whole = inspect(error, { showHidden: true, depth: null })
  for (const part of webIdentityToken.split(".").filter((part) => part !== "")) {
    expect(whole).not.toContain(part)
  }
  return error.message
}

describe("a caller without such a token", () => {
  const untrusted = "The role does not exist, or does not trust the audience or the subject of the token"
  const invalid =
    "AWS has no OIDC provider with the issuer and the audience of the token, or its signature is wrong"
  const expired = token({ exp: Math.floor(Date.now() / 1000) - 1 })
  const ofOtherAudience = token({ aud: "api://other" })
  const acceptsOther: World = {
    parameters: { CreateProvider: "false" },
    providers: [{ url: issuer, audiences: [audience, "api://other"] }],
  }

  it.each<[string, string, string, World?]>([
    ["one of another audience", ofOtherAudience, invalid],
    [
      "an audience that the issuer's provider accepts for another role",
      ofOtherAudience,
      untrusted,
      acceptsOther,
    ],
    ["one of another subject", token({ sub: `${subject}-2` }), untrusted],
    ["one that has expired", expired, "The web identity token has expired"],
    ["one that another key has signed", token({}, otherKey), invalid],
    [
      "keys that AWS cannot fetch",
      token(),
      "AWS could not fetch the keys of the token's issuer; try again",
      { keys: nobody },
    ],
  ])("is refused with %s", async (_what, badToken, reason, world) => {
    const { sts, roleArn } = await deploy(world)
    expect(await refused(roleArn, badToken)).toContain(reason)
    expect(sts.sessions.size).toBe(0)
  })

  it("is refused a role that is not in the account", async () => {
    await deploy()
    expect(await refused("arn:aws:iam::111122223333:role/Other", token())).toContain(untrusted)
  })
})
