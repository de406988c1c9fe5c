import { spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer, type ServerResponse } from "node:http"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback } from "../local/loopback.ts"
import budgets from "../scripts/budgets.json" with { type: "json" }
import { clientId, createSigningKey, signIdToken, superOfficeClaims } from "./support/id-tokens.ts"

const names = ["exchange-code", "refresh-token", "token"]
const refresh = { grant_type: "refresh_token", refresh_token: "a-refresh-token" }

describe.each(names)("the bundle of %s", (name) => {
  const bundle = readFileSync(pathOf(name))

  it("is within its size", () => {
    expect(bundle.length / 1000).toBeLessThanOrEqual(budgets.minifiedKb)
    expect(gzipSync(bundle, { level: 9 }).length / 1000).toBeLessThanOrEqual(budgets.gzipKb)
  })

  it("knows of no profile files", () => {
    expect(bundle.toString()).not.toMatch(/AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE/)
  })
})

describe("the first requests of an environment", () => {
  it("read secret and key set side by side while the module loads, then post the token request", async () => {
    const upstream = await startUpstream()
    const environment = loadBundle("token", upstream.url)
    // Neither is answered before both are there, and nothing has been invoked yet.
    await upstream.bothAsked
    expect(await environment.invoke(refresh)).toMatchObject({ token_type: "Bearer" })
    expect(upstream.requests.toSorted()).toEqual(
      ["GET /login/.well-known/jwks", "POST /", tokenPost].toSorted(),
    )
    expect(upstream.requests.at(-1)).toBe(tokenPost)
    await environment.end()
  })

  it("make one request each when warm, on a connection that is kept (C66)", async () => {
    const upstream = await startUpstream()
    const environment = loadBundle("token", upstream.url)
    await environment.invoke(refresh)
    const before = { requests: upstream.requests.length, connections: upstream.connections }
    await environment.invoke(refresh)
    await environment.invoke(refresh)
    expect(upstream.requests.slice(before.requests)).toEqual([tokenPost, tokenPost])
    expect(upstream.connections).toBe(before.connections)
    await environment.end()
  })

  it("load no undici, which fetch would", async () => {
    const upstream = await startUpstream()
    const environment = loadBundle("token", upstream.url)
    await environment.invoke(refresh)
    const modules = await environment.end()
    expect(modules.length).toBeGreaterThan(100)
    expect(modules.filter((module) => module.includes("undici"))).toEqual([])
  })
})

const tokenPost = "POST /login/common/oauth/tokens"
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** SuperOffice and Secrets Manager in one server, with tokens signed for now. */
async function startUpstream() {
  const key = createSigningKey()
  const now = Math.floor(Date.now() / 1000)
  const idToken = signIdToken(key, superOfficeClaims({ iat: now, nbf: now - 60, exp: now + 300 }))
  const asked = new EventEmitter()
  const bothAsked = once(asked, "both")
  const held: (() => void)[] = []
  const hold = (answer: () => void): void => {
    if (held.push(answer) < 2) return
    asked.emit("both")
    for (const release of held.splice(0)) release()
  }
  const state = { requests: [] as string[], connections: 0, bothAsked }
  const server = createServer((request, response) => {
    state.requests.push(`${String(request.method)} ${String(request.url)}`)
    void text(request).then(() => {
      if (request.url === "/login/common/oauth/tokens") {
        json(response, { token_type: "Bearer", access_token: "8A:x", expires_in: 3600, id_token: idToken })
      } else if (request.url === "/login/.well-known/jwks") {
        hold(() => {
          json(response, { keys: [key.jwk] })
        })
      } else {
        const SecretString = JSON.stringify({ client_id: clientId, client_secret: "s" })
        hold(() => {
          json(response, { ARN: "arn", Name: "name", VersionId: "v1", SecretString })
        })
      }
    })
  })
  server.on("connection", () => (state.connections += 1))
  const url = await listenOnLoopback(server)
  closers.push(() => closeServer(server))
  return Object.assign(state, { url })
}

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify(body))
}

/** A fresh process that has loaded a bundle. */
function loadBundle(name: string, upstream: string) {
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
    },
    stdio: ["pipe", "pipe", "ignore"],
  })
  const closed = once(child, "close")
  closers.push(async () => {
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

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../dist/functions/${name}.cjs`, import.meta.url))
}
