import { createServer } from "node:http"
import { describe, expect, it, onTestFinished } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { startSecretsManager } from "../../local/secrets-manager.ts"
import { clientSecretText, secretId } from "../../local/stack.ts"
import { startJourneyHere } from "../support/journey-here.ts"
import { origin } from "../support/journey.ts"
import { npm } from "../support/npm.ts"
import { closedUrl } from "../support/scripted-server.ts"
import { addressOf, examine, examineUrl } from "./doctor/examine.ts"

describe("doctor", () => {
  it("finds a deployment well over HTTPS, and for its page", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout, stderr } = await examineUrl(stack, ["--origin", origin, "--environment", "sod"])
    const lines = [
      addressOf(stack),
      String.raw`  ok        reach          health answers, version \d+\.\d+\.\d+`,
      "  ok        settings       complete",
      "  ok        environment    sod",
      String.raw`  ok        client secret  version [\w-]{36}, read \d+ s ago`,
      String.raw`  ok        key set        sha1:[0-9a-f]{40}, read \d+ s ago`,
      String.raw`  ok        clock          SuperOffice's clock is [0-2] s (ahead|behind)`,
      `  ok        CORS           pages of ${origin} may call`,
      `  ok        page's door    exchange-code accepts same-site pages of ${origin}`,
      `  ok        delivery       cookie, which works for same-site pages of ${origin}`,
      "9 ok",
    ]
    expect(stdout).toMatch(new RegExp(`^${lines.join("\n")}\n$`))
    expect([exitCode, stderr]).toEqual([0, ""])
  })

  it("says nothing of pages when none is named", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout } = await examineUrl(stack)
    const said = / skipped {3}CORS {11}pass --origin .*\n6 ok, 1 skipped\n$/
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(said)])
  })

  it("invokes the function that is named, and tells one that is not the health function", async () => {
    const { stack } = await startJourneyHere()
    for (const [name, code, said] of [
      ["health", 0, /^health\n[^]*\n6 ok\n$/],
      [
        "missing",
        1,
        /failed {4}reach .* 404 ResourceNotFoundException\.\n +Fix: check --function and --region/,
      ],
      [
        "token",
        1,
        /failed {4}reach .* is not from this service's health function\n +Fix: check --function and/,
      ],
    ] as const) {
      const args = ["--function", name, "--endpoint", stack.lambda.url]
      const { exitCode, stdout } = await examine(args, stack)
      expect([exitCode, stdout]).toEqual([code, expect.stringMatching(said)])
    }
  })
})

describe("doctor says what is wrong, and how to fix it:", () => {
  const other = "https://app.example.com"
  const ofAnother = { ALLOWED_ORIGINS: other }
  const wrong = { SUPEROFFICE_ENVIRONMENT: "stage" }
  const noSecret = { CLIENT_SECRET_ID: "superoffice/missing" }
  it.each([
    [
      "an origin that is not listed",
      {},
      other,
      / CORS .*\n +Fix: add it to allowedOrigins [^]*\n6 ok, 2 failed, /,
    ],
    [
      "an origin that only the gateway knows",
      ofAnother,
      origin,
      / ok {8}CORS .*\n {2}failed {4}page's door /,
    ],
    [
      "a missing secret",
      noSecret,
      origin,
      /client secret .*\n +Fix: npm run secret -- status [^]*\n7 ok, 2 failed/,
    ],
    [
      "settings that are wrong",
      wrong,
      origin,
      / settings .*\n +Fix: correct the problems [^]*failed {4}page's door /,
    ],
  ])("%s", async (_what, env, page, said) => {
    const { stack } = await startJourneyHere({ env })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", page])
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it("a new version that cannot be used, while the one before is still in use", async () => {
    const journey = await startJourneyHere({ env: { SECRET_MAX_AGE_SECONDS: "10" } })
    await journey.invoke("health", {})
    journey.stack.secretsManager.put(secretId, '{"client_id":"abc"}')
    journey.pass(10)
    const { exitCode, stdout } = await examineUrl(journey.stack)
    const said = / failed {4}client secret .* is still in use, .* used: .*it lacks "client_secret"\n/
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it("credentials that may not", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout } = await examine(["--url", addressOf(stack)])
    const said = / failed {4}reach .* 403\.\n +Fix: sign in to AWS with a role of the API's own account/
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it("a URL where nothing answers, and nothing more is asked", async () => {
    const { exitCode, stdout } = await examine(["--url", await closedUrl(), "--origin", origin])
    const said = / failed {4}reach {10}127\.0\.0\.1:\d+ refuses connections\n[^]*\n1 failed\n$/
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it.each([
    ["a web page", "<!doctype html><title>Welcome</title>", "The answer is not a JSON object."],
    ["another API", '{"status":"up"}', "The answer is not from the function health."],
  ])("%s in place of the API", async (_what, body, said) => {
    const server = createServer((request, response) => {
      request.resume()
      response.end(body)
    })
    onTestFinished(() => closeServer(server))
    const { exitCode, stdout } = await examine(["--url", await listenOnLoopback(server)])
    expect(stdout).toContain(`  failed    reach          ${said}\n`)
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining("Fix: check the URL: it is the output")])
  })
})

describe("doctor compares the app token secret with the client secret, which", () => {
  const appTokenId = "superoffice/local-app-token"
  const writeIt = `Fix: npm run secret -- create --secret-id ${secretId} --app-token-secret-id ${appTokenId}`
  const readIt = "Fix: this check needs to read both secrets"

  it.each([
    ["is ok when it contains it", "canary", "ok        app token      It contains the client", ""],
    ["is failed when it differs, without a word of either value", "other", "failed    app token", writeIt],
    ["is failed when it is missing", undefined, "failed    app token", writeIt],
    ["is failed when it cannot be read", "denied", "failed    app token", readIt],
  ])("%s", async (_what, value, said, fix) => {
    const credentials = randomCredentials()
    const secretsManager = await startSecretsManager({ credentials })
    onTestFinished(() => secretsManager.close())
    secretsManager.put(secretId, clientSecretText("db18", "canary"))
    if (value !== undefined) secretsManager.put(appTokenId, value)
    if (value === "denied") secretsManager.outage = "denied"
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url }
    const named = ["--secret-id", secretId, "--app-token-secret-id", appTokenId]
    const { stdout } = await examine(["--url", await closedUrl(), ...named], { credentials, env })
    expect(stdout).toContain(`\n  ${said}`)
    expect(stdout).toContain(fix)
    expect(stdout).not.toMatch(/canary|other/)
  })
})

describe("the command line of doctor", () => {
  const needEachOther = "--secret-id and --app-token-secret-id need each other."
  it.each([
    [[], "Pass --stage, --url or --function."],
    [["--url", "https://a.example", "--function", "health"], "Pass either --url or --function."],
    [["--url", "http://a.example"], "--url must be an https: URL, or an http: one on this machine."],
    [["--url", "https://a.example", "--origin", "https://b.example/"], "--origin must be scheme, host and"],
    [["--function", "health", "--origin", "https://b.example"], "--origin needs --url or --stage"],
    [["--url", "https://a.example", "--endpoint", "https://b.example"], "--endpoint needs --function."],
    [["--function", "health", "--app-token-secret-id", "a"], needEachOther],
    [["--function", "health", "--secret-id", "a"], needEachOther],
    [["--url", "https://a.example", "--profile", "a"], "--profile and --param need --stage."],
    [["--url", "https://a.example", "--request-header", "a b"], "--request-header must be the name of"],
    [["https://a.example"], "This command takes only options: --help lists them."],
  ])("is refused: %j", async (args, sentence) => {
    const { exitCode, stdout, stderr } = await examine(args)
    expect([exitCode, stdout]).toEqual([1, ""])
    expect(stderr).toContain(sentence)
  })

  it("is refused while certificates are not checked", async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" }
    const { exitCode, stderr } = await examine(["--url", "https://a.example"], { env })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("NODE_TLS_REJECT_UNAUTHORIZED=0 acc")])
  })

  it("is what npm passes on", async () => {
    const stdout = await npm(["run", "--silent", "doctor", "--", "--help"])
    expect(stdout).toContain("Usage: npm run doctor -- --stage NAME [options]")
  })
})
