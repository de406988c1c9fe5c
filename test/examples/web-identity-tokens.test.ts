import type { IncomingMessage } from "node:http"
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest"
import { fromAzure, fromGitHubActions, fromGoogleCloud } from "../../examples/web-identity-tokens.ts"
import { closeServer, createWebServer, listenOnLoopback } from "../../local/loopback.ts"

const audience = "api://token-exchange"

let url: string
let requests: Pick<IncomingMessage, "method" | "url" | "headers">[]
let answer: { readonly status: number; readonly body: string }

const platform = createWebServer(({ method, url, headers }, response) => {
  requests.push({ method, url, headers })
  response.writeHead(answer.status).end(answer.body)
})

beforeAll(async () => {
  url = await listenOnLoopback(platform)
})

beforeEach(() => {
  requests = []
})

afterEach(() => {
  vi.unstubAllEnvs()
})

afterAll(() => closeServer(platform))

it.each([
  {
    platform: "GitHub Actions, as the job's own variables say",
    get: fromGitHubActions,
    env: () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
    }),
    body: '{"value":"a.b.c"}',
    asked: "/token?api-version=2.0&audience=",
    headers: { authorization: "Bearer of-the-job" },
  },
  {
    platform: "Azure's managed identity, as App Service's variables say",
    get: fromAzure,
    env: () => ({ IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: "of-the-app" }),
    body: '{"access_token":"a.b.c","token_type":"Bearer"}',
    asked: "/msi/token?api-version=2019-08-01&resource=",
    headers: { "x-identity-header": "of-the-app" },
  },
  {
    platform: "Google's metadata server",
    get: fromGoogleCloud,
    env: () => ({ GCE_METADATA_HOST: new URL(url).host }),
    body: "a.b.c",
    asked: "/computeMetadata/v1/instance/service-accounts/default/identity?audience=",
    headers: { "metadata-flavor": "Google" },
  },
])("a token with the audience comes from $platform", async ({ get, env, body, asked, headers }) => {
  for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value)
  answer = { status: 200, body }
  expect(await get(audience)).toBe("a.b.c")
  const path = asked + encodeURIComponent(audience)
  expect(requests).toMatchObject([{ method: "GET", url: path, headers }])
})

it("a program hears which variable is missing outside of the platform", async () => {
  vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_URL", undefined)
  await expect(fromGitHubActions(audience)).rejects.toThrow("ACTIONS_ID_TOKEN_REQUEST_URL is not set")
})

it("a program hears who did not give a token, and not what was answered", async () => {
  vi.stubEnv("GCE_METADATA_HOST", new URL(url).host)
  answer = { status: 404, body: "no service account is attached" }
  await expect(fromGoogleCloud(audience)).rejects.toThrow(
    `${new URL(url).host} answered 404 instead of a web identity token`,
  )
})
