import type { IncomingMessage } from "node:http"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { fromAzure, fromGitHubActions, fromGoogleCloud } from "../../examples/web-identity-tokens.ts"
import { closeServer, createWebServer, listenOnLoopback } from "../../local/loopback.ts"

const audience = "api://token-exchange"

let url: string
let requests: Pick<IncomingMessage, "method" | "url" | "headers">[]
let answer: { readonly status: number; readonly body: string }

const server = () =>
  createWebServer(({ method, url, headers }, response) => {
    requests.push({ method, url, headers })
    response.writeHead(answer.status).end(answer.body)
  })
let platform: ReturnType<typeof server>

beforeEach(async () => {
  requests = []
  platform = server()
  url = await listenOnLoopback(platform)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await closeServer(platform)
})

it("asks GitHub Actions for a token with the audience, as the job's own variables say", async () => {
  vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_URL", `${url}/token?api-version=2.0`)
  vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job")
  answer = { status: 200, body: JSON.stringify({ value: "a.b.c" }) }
  expect(await fromGitHubActions(audience)).toBe("a.b.c")
  expect(requests).toMatchObject([
    {
      method: "GET",
      url: "/token?api-version=2.0&audience=api%3A%2F%2Ftoken-exchange",
      headers: { authorization: "Bearer of-the-job" },
    },
  ])
})

it("asks Azure's managed identity for a token with the resource, as App Service's variables say", async () => {
  vi.stubEnv("IDENTITY_ENDPOINT", `${url}/msi/token`)
  vi.stubEnv("IDENTITY_HEADER", "of-the-app")
  answer = { status: 200, body: JSON.stringify({ access_token: "a.b.c", token_type: "Bearer" }) }
  expect(await fromAzure(audience)).toBe("a.b.c")
  expect(requests).toMatchObject([
    {
      method: "GET",
      url: "/msi/token?api-version=2019-08-01&resource=api%3A%2F%2Ftoken-exchange",
      headers: { "x-identity-header": "of-the-app" },
    },
  ])
})

it("asks Google's metadata server for a token with the audience", async () => {
  vi.stubEnv("GCE_METADATA_HOST", url.replace("http://", ""))
  answer = { status: 200, body: "a.b.c" }
  expect(await fromGoogleCloud(audience)).toBe("a.b.c")
  expect(requests).toMatchObject([
    {
      method: "GET",
      url: "/computeMetadata/v1/instance/service-accounts/default/identity?audience=api%3A%2F%2Ftoken-exchange",
      headers: { "metadata-flavor": "Google" },
    },
  ])
})

it("says which variable is missing outside the platform", async () => {
  vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_URL", undefined)
  await expect(fromGitHubActions(audience)).rejects.toThrow("ACTIONS_ID_TOKEN_REQUEST_URL is not set")
})

it("says who did not give a token, and does not repeat the answer", async () => {
  vi.stubEnv("GCE_METADATA_HOST", url.replace("http://", ""))
  answer = { status: 404, body: "no service account is attached" }
  await expect(fromGoogleCloud(audience)).rejects.toThrow(
    `${url.replace("http://", "")} answered 404 instead of a web identity token`,
  )
})
