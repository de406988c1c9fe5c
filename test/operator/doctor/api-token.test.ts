import { createServer } from "node:http"
import { describe, expect, it, onTestFinished } from "vitest"
import { loadConfig } from "../../../lib/config.ts"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { parseSigningKeys } from "../../../lib/credentials/signing-keys.ts"
import { wellKnown } from "../../../lib/operations/well-known.ts"
import type { Ports } from "../../../lib/ports.ts"
import { createDocumentsHandler } from "../../../lib/request/documents.ts"
import { signedAt } from "../../../harness/id-tokens.ts"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { apiTokenEnv, secretText, signingKeysPort, storedKeys } from "../../support/api-token.ts"
import { completeEnv } from "../../support/front-door.ts"
import { closedUrl } from "../../support/scripted-server.ts"
import { folderWith, sectionOf } from "../folder-with.ts"
import { examine } from "./examine.ts"
import { well } from "./well-health.ts"

const metadata = "/.well-known/openid-configuration"
const keySet = "/.well-known/jwks.json"

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

interface Deployed {
  readonly keys?: Ports["signingKeys"]
  readonly env?: Readonly<Record<string, string>>
  /** What becomes of an answer on its way. */
  readonly change?: (path: string, answer: Answer) => Answer
}

/** The function `well-known` behind an address of its own, which is its issuer, beside a health function. */
async function deploy({ keys = signingKeysPort(), env, change = (_, answer) => answer }: Deployed = {}) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const { method = "", url: path = "" } = request
      const issuer = `http://${request.headers.host ?? ""}`
      const local = { LOCAL_PROVIDER_URL: issuer, AWS_ENDPOINT_URL_SECRETS_MANAGER: issuer }
      const config = loadConfig({ ...local, ...(env ?? { ...apiTokenEnv, API_TOKEN_ISSUER: issuer }) })
      const ports = { signingKeys: keys } as unknown as Ports
      const runtime = { connect: () => ports, now: () => signedAt, write: () => undefined }
      const handler = createDocumentsHandler(wellKnown, config, runtime)
      const event = { version: "2.0", rawPath: path, headers: {}, requestContext: { http: { method } } }
      const lambda = { awsRequestId: "1", getRemainingTimeInMillis: () => 20_000 }
      asked.push(path)
      const answer = path.startsWith("/.well-known/")
        ? change(path, (await handler(event, lambda)) as Answer)
        : { statusCode: 200, headers: {}, body: JSON.stringify(well) }
      response.writeHead(answer.statusCode, answer.headers).end(request.method === "HEAD" ? "" : answer.body)
    })()
  })
  onTestFinished(() => closeServer(server))
  return { url: await listenOnLoopback(server), asked }
}

const apiToken = { apiTokenAudience: "https://api.example.com", apiTokenKeysSecretId: "superoffice/keys" }

async function examineStage(url: string, settings: Readonly<Record<string, string>> = apiToken) {
  const section = { region: "eu-west-1", environment: "sod", clientSecretId: "superoffice/sod", ...settings }
  return await examine(["--stage", "sod", "--url", url], { folder: folderWith(sectionOf("sod", section)) })
}

/** Examines a deployment one of whose documents is changed on its way. */
async function examineChanged(path: string, change: (answer: Answer) => Answer) {
  const { url } = await deploy({ change: (at, answer) => (at === path ? change(answer) : answer) })
  return { url, ...(await examineStage(url)) }
}

function withBody(change: (body: Readonly<Record<string, unknown>>) => object): (answer: Answer) => Answer {
  return (answer) => ({
    ...answer,
    body: JSON.stringify(change(JSON.parse(answer.body ?? "") as Readonly<Record<string, unknown>>)),
  })
}

/** Changes the first of the keys. */
function withKey(changes: object): (answer: Answer) => Answer {
  return withBody(({ keys }) => {
    const [first, ...others] = keys as object[]
    return { keys: [{ ...first, ...changes }, ...others] }
  })
}

describe("doctor of a deployment with tokens for the partner's own API", () => {
  it("finds what verifiers find: metadata of the very issuer, and its keys (C84)", async () => {
    const { url } = await deploy()
    const { exitCode, stdout } = await examineStage(url)
    expect(stdout).toContain(`  ok        issuer         ${url}, whose metadata leads to its key set\n`)
    expect(stdout).toContain("  ok        signing keys   api-1, api-2\n")
    expect(exitCode).toBe(0)
  })

  it("asks for nothing of it where the tokens are off", async () => {
    const { url, asked } = await deploy({ env: completeEnv })
    const { exitCode, stdout } = await examineStage(url, {})
    expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining("issuer")])
    expect(asked.filter((path) => path.startsWith("/.well-known/"))).toEqual([])
  })

  it("fails once when the tokens are on in deployment.yml alone", async () => {
    const { url } = await deploy({ env: completeEnv })
    const { exitCode, stdout } = await examineStage(url)
    expect(stdout).toContain(
      `failed    issuer         ${url} has no metadata (404), although apiTokenAudience in`,
    )
    expect(stdout).toContain("Fix: npm run deploy -- --stage sod; if that was done, check that http")
    expect([exitCode, stdout]).toEqual([1, expect.not.stringContaining("signing keys")])
  })

  it("asks the issuer that deployment.yml names, which verifiers are told", async () => {
    const { url, asked } = await deploy()
    const apiTokenIssuer = await closedUrl("https")
    const { exitCode, stdout } = await examineStage(url, { ...apiToken, apiTokenIssuer })
    const host = new URL(apiTokenIssuer).host
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining(`issuer         ${host} refuses connections\n`),
    ])
    expect(asked.filter((path) => path.startsWith("/.well-known/"))).toEqual([])
  })

  it("takes the deployment's own domain for the issuer, whatever address it is asked at", async () => {
    const { url } = await deploy()
    const certificateArn = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
    const own = { ...apiToken, domainName: "login.example.invalid", certificateArn }
    const { stdout } = await examineStage(url, own)
    expect(stdout).toMatch(/failed {4}issuer {9}DNS .* login\.example\.invalid\n/)
  })

  it("degrades when no key is in reserve, and says how to make one (C83)", async () => {
    const { url } = await deploy({ keys: signingKeysPort(parseSigningKeys(secretText(storedKeys[0]))) })
    const { exitCode, stdout } = await examineStage(url)
    expect(stdout).toContain("  degraded  signing keys   api-1 alone: no key is in reserve\n")
    expect(stdout).toContain("Fix: npm run secret -- add-signing-key --stage sod\n")
    expect(exitCode).toBe(0)
  })

  it("fails when the function cannot use the keys, and leads to their status", async () => {
    const { url } = await deploy({ keys: signingKeysPort(new UnusableSecret("it is not a JSON object")) })
    const { exitCode, stdout } = await examineStage(url)
    expect(stdout).toContain("the key set cannot be had (configuration_invalid, status 500)\n")
    expect(stdout).toContain("Fix: npm run secret -- status --stage sod shows the keys, and what is wrong")
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/ ok {8}issuer /)])
  })

  it("fails when the settings of the function are wrong", async () => {
    const { url } = await deploy({ env: { ...apiTokenEnv, API_TOKEN_ISSUER: "https://login.example.com/" } })
    const { exitCode, stdout } = await examineStage(url)
    expect(stdout).toContain("the issuer's metadata cannot be had (configuration_invalid, status 500)\n")
    expect(exitCode).toBe(1)
  })
})

describe("doctor fails when verifiers would find", () => {
  it.each([
    [
      "another issuer",
      { issuer: "https://other.example" },
      'of "https://other.example", but verifiers expect http',
    ],
    ["no issuer", { issuer: undefined }, "the metadata is of nothing, but verifiers expect"],
    ["keys somewhere else", { jwks_uri: "https://other.example/keys" }, 'at "https://other.example/keys"\n'],
  ])("%s (C84)", async (_what, changes, said) => {
    const { exitCode, stdout } = await examineChanged(
      metadata,
      withBody((body) => ({ ...body, ...changes })),
    )
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining(said)])
  })

  it("an issuer with a slash at its end, because they compare byte for byte (C84)", async () => {
    const change = withBody((body) => ({ ...body, issuer: `${String(body.issuer)}/` }))
    const { exitCode, url, stdout } = await examineChanged(metadata, change)
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining(`is of "${url}/", but verifiers expect ${url},`),
    ])
  })

  it.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k"])(
    "the private member %s of a key (C84)",
    async (member) => {
      const { exitCode, stdout } = await examineChanged(keySet, withKey({ [member]: "canary" }))
      expect(stdout).toContain(`failed    signing keys   the key set contains private members: ${member}\n`)
      expect([exitCode, stdout]).toEqual([1, expect.not.stringContaining("canary")])
    },
  )

  it.each([
    ["of another type", { kty: "EC" }],
    ["for another use", { use: "enc" }],
    ["without an id", { kid: undefined }],
    ["without a modulus", { n: "" }],
  ])("a key %s", async (_what, changes) => {
    const { exitCode, stdout } = await examineChanged(keySet, withKey(changes))
    const said = 'signing keys   1 of 2 keys are no RSA keys with "use": "sig" and a "kid"\n'
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining(said)])
  })

  it.each([
    ["no key", '{"keys":[]}', "the key set has no RSA key to verify with\n"],
    ["what is no key set", "[]", "the key set has no RSA key to verify with\n"],
    ["what is not JSON", "<html>", "the key set has no RSA key to verify with\n"],
  ])("%s", async (_what, body, said) => {
    const { exitCode, stdout } = await examineChanged(keySet, (answer) => ({ ...answer, body }))
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining(said)])
  })

  it.each([metadata, keySet])("a redirection in place of %s, which it does not follow", async (path) => {
    const redirect = () => ({ statusCode: 302, headers: { location: "https://other.example/" } })
    const { exitCode, stdout } = await examineChanged(path, redirect)
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining("cannot be had (status 302)\n")])
  })
})

it.each([
  [metadata, "issuer", "no-store"],
  [keySet, "signing keys", "private, max-age=60"],
])("doctor degrades when nobody may keep %s", async (path, name, header) => {
  const { exitCode, stdout } = await examineChanged(path, (answer) => ({
    ...answer,
    headers: { ...answer.headers, "cache-control": header },
  }))
  const said = `degraded  ${name.padEnd(13)}  verifiers may not keep it: cache-control is "${header}", not public\n`
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining(said)])
})

it("a server cannot write to the terminal through the documents of an issuer (C81)", async () => {
  const hostile = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202eko\u2028\n  ok        everything"
  const body = JSON.stringify({ issuer: hostile, jwks_uri: hostile })
  const { stdout } = await examineChanged(metadata, (answer) => ({ ...answer, body }))
  const kids = await examineChanged(keySet, withKey({ kid: hostile.repeat(500) }))
  for (const said of [stdout, kids.stdout]) {
    expect(said.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    expect(said).not.toMatch(/^ {2}ok {8}everything/m)
    expect(said.length).toBeLessThan(5_000)
  }
})
