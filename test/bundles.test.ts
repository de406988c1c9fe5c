import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate, type Certificate } from "../harness/certificate.ts"
import budgets from "../scripts/budgets.json" with { type: "json" }
import { clientId, createSigningKey, signIdToken, superOfficeClaims } from "../harness/id-tokens.ts"
import { http, serve } from "./support/scripted-server.ts"

const contentType = "Content-Type: application/x-amz-json-1.1"
const functions = readdirSync("functions").map((file) => file.replace(/\.ts$/, ""))
const jwksGet = "GET /login/.well-known/jwks"
const secretPost = "POST /"
const tokenPost = "POST /login/common/oauth/tokens"
const refresh = { grant_type: "refresh_token", refresh_token: "a-refresh-token" }

describe.each(["exchange-code", "refresh-token", "token"])("the bundle of %s", (name) => {
  const bundle = readFileSync(pathOf(name))

  it("is within its size", () => {
    expect(bundle.length / 1000).toBeLessThanOrEqual(budgets.minifiedKb)
    expect(gzipSync(bundle, { level: 9 }).length / 1000).toBeLessThanOrEqual(budgets.gzipKb)
  })

  it("knows of no profile files", () => {
    expect(bundle.toString()).not.toMatch(/AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE/)
  })
})

describe("the bundle of token", () => {
  it("reads secret and key set side by side while it loads, then posts, and loads no undici", async () => {
    const upstream = await startUpstream()
    const environment = loadBundle("token", upstream.url)
    // Nothing has been invoked yet.
    await expect.poll(() => upstream.requests.length, { timeout: 10_000 }).toBe(2)
    expect(await environment.invoke(refresh)).toMatchObject({ token_type: "Bearer" })
    expect(upstream.requests.slice(0, 2).sort()).toEqual([jwksGet, secretPost])
    expect(upstream.requests.slice(2)).toEqual([tokenPost])
    const modules = await environment.end()
    expect(modules.length).toBeGreaterThan(100)
    expect(modules.filter((module) => module.includes("undici"))).toEqual([])
  })

  it("makes one request for each refresh when it is warm, on a connection that is kept (C66)", async () => {
    const upstream = await startUpstream()
    const environment = loadBundle("token", upstream.url)
    await environment.invoke(refresh)
    const connections = upstream.connections()
    await environment.invoke(refresh)
    await environment.invoke(refresh)
    expect(upstream.requests.slice(3)).toEqual([tokenPost, tokenPost])
    expect(upstream.connections()).toBe(connections)
    await environment.end()
  })

  it("takes the two connections that it opened early, and makes no others", async () => {
    const certificate = makeCertificate(["127.0.0.1"])
    const upstream = await startUpstream(certificate)
    const environment = loadBundle("token", upstream.url, await trust(certificate))
    expect(await environment.invoke(refresh)).toMatchObject({ token_type: "Bearer" })
    expect(upstream.connections()).toBe(2)
    await environment.end()
  })
})

it.each(functions)("%s opens its connections before it loads anything else", (name) => {
  const [secretsManager, superOffice] = ["early/secrets-manager", "early/superoffice"]
  const early: Readonly<Record<string, readonly string[]>> = {
    "start-login": [secretsManager],
    // It needs a setting more than the others, and that is checked later.
    "authenticate-system-user": [],
    // No user waits for it.
    "well-known": [],
  }
  const source = readFileSync(`functions/${name}.ts`, "utf8")
  const imported = [...source.matchAll(/^import .*"\.\.\/lib\/(?:adapters\/)?(.+)\.ts"/gm)].map(
    ([, file]) => file,
  )
  const expected = [...(early[name] ?? [secretsManager, superOffice]), "environment", "runtime"]
  expect(imported.slice(0, expected.length)).toEqual(expected)
})

it.each(functions)("%s opens no connection when a setting is wrong", async (name) => {
  const certificate = makeCertificate(["127.0.0.1"])
  const upstream = await startUpstream(certificate)
  const env = { ...(await trust(certificate)), SUPEROFFICE_ENVIRONMENT: "staging" }
  const environment = loadBundle(name, upstream.url, env)
  expect(codeOf(await environment.invoke({}))).toBe("configuration_invalid")
  expect(upstream.connections()).toBe(0)
  await environment.end()
})

/** The code of an error. A function without direct callers answers every event as HTTP. */
function codeOf(answer: unknown): unknown {
  const { body, code } = answer as { readonly body?: string; readonly code?: string }
  return body === undefined ? code : (JSON.parse(body) as { readonly code: string }).code
}

/** SuperOffice and Secrets Manager in one server, with tokens signed for now. */
async function startUpstream(certificate?: Certificate) {
  const key = createSigningKey()
  const now = Math.floor(Date.now() / 1000)
  const idToken = signIdToken(key, superOfficeClaims({ iat: now, nbf: now - 60, exp: now + 300 }))
  const SecretString = JSON.stringify({ client_id: clientId, client_secret: "s" })
  const answers: Readonly<Record<string, object>> = {
    [tokenPost]: { token_type: "Bearer", access_token: "8A:x", expires_in: 3600, id_token: idToken },
    [jwksGet]: { keys: [key.jwk] },
    [secretPost]: { ARN: "arn", Name: "name", VersionId: "v1", SecretString },
  }
  const requests: string[] = []
  const waiting: (() => void)[] = []
  const server = await serve({
    ...(certificate && { certificate }),
    onRequest: (socket, request) => {
      const name = request.split(" ", 2).join(" ")
      waiting.push(() => socket.write(http(200, JSON.stringify(answers[name]), [contentType])))
      // Neither the secret nor the key set is answered before both are asked for.
      if (requests.push(name) >= 2) for (const answer of waiting.splice(0)) answer()
    },
  })
  return { requests, url: server.url, connections: server.connections }
}

/** A fresh process that has loaded a bundle. */
function loadBundle(name: string, upstream: string, env: Readonly<Record<string, string>> = {}) {
  const harness = fileURLToPath(new URL("fixtures/lambda/first-requests.cjs", import.meta.url))
  const child = spawn(process.execPath, [harness, pathOf(name)], {
    env: {
      SUPEROFFICE_ENVIRONMENT: "sod",
      CLIENT_SECRET_ID: "secret",
      LOCAL_PROVIDER_URL: upstream,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: upstream,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      LOG_LEVEL: "ERROR",
      ...env,
    },
    stdio: ["pipe", "pipe", "ignore"],
  })
  const closed = once(child, "close")
  onTestFinished(async () => {
    child.kill()
    await closed
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, unknown>> => {
    const line = JSON.parse(String((await lines.next()).value)) as Record<string, unknown>
    // Whatever the log's level, the metrics of a request are written.
    return "_aws" in line ? await next() : line
  }
  const loaded = next()
  return {
    async invoke(event: object): Promise<unknown> {
      await loaded
      child.stdin.write(`${JSON.stringify(event)}\n`)
      return (await next()).answer
    },
    async end(): Promise<string[]> {
      child.stdin.end()
      return (await next()).modules as string[]
    },
  }
}

/** The variable that makes Node trust a certificate. */
async function trust({ cert }: Certificate): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), "certificate-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, "certificate.pem")
  await writeFile(file, cert)
  return { NODE_EXTRA_CA_CERTS: file }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../dist/functions/${name}.cjs`, import.meta.url))
}
