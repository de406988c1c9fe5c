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
    const known = stdout
      .replaceAll(/version [\w-]{36}/g, "version ID")
      .replaceAll(/sha1:[0-9a-f]{40}/g, "KID")
    expect(known).toMatch(
      new RegExp(
        [
          `^${addressOf(stack)}`,
          String.raw`  ok        reach          health answers, version \d+\.\d+\.\d+`,
          "  ok        settings       complete",
          "  ok        environment    sod",
          String.raw`  ok        client secret  version ID, read \d+ s ago`,
          String.raw`  ok        key set        KID, read \d+ s ago`,
          String.raw`  ok        clock          SuperOffice's clock is [0-2] s (ahead|behind)`,
          `  ok        CORS           pages of ${origin} may call`,
          `  ok        page's door    exchange-code accepts same-site pages of ${origin}`,
          `  ok        delivery       cookie, which works for same-site pages of ${origin}`,
          "9 ok\n$",
        ].join("\n"),
      ),
    )
    expect([exitCode, stderr]).toEqual([0, ""])
  })

  it("says nothing of pages when none is named", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout } = await examineUrl(stack)
    expect(stdout).toContain("  skipped   CORS           pass --origin to check it for a page\n")
    expect(stdout).toMatch(/\n6 ok, 1 skipped\n$/)
    expect(exitCode).toBe(0)
  })

  it("invokes the function that is named, and tells one that is not the health function", async () => {
    const { stack } = await startJourneyHere()
    const examineFunction = (name: string) =>
      examine(["--function", name, "--endpoint", stack.lambda.url], stack)
    const { exitCode, stdout } = await examineFunction("health")
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^health\n[^]*\n6 ok\n$/)])
    for (const [name, said] of [
      ["missing", "AWS answered 404 ResourceNotFoundException."],
      ["token", "the answer is not from this service's health function"],
    ] as const) {
      const other = await examineFunction(name)
      expect(other.stdout).toContain(`  failed    reach          ${said}`)
      expect(other.stdout).toContain("Fix: check --function and --region")
      expect(other.exitCode).toBe(1)
    }
  })
})

describe("doctor says what is wrong, and how to fix it:", () => {
  it("an origin that is not listed", async () => {
    const { stack } = await startJourneyHere()
    const other = "https://app.example.com"
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", other])
    expect(stdout).toContain(
      `  failed    CORS           the gateway does not allow pages of ${other} to call\n`,
    )
    expect(stdout).toContain(`  failed    page's door    exchange-code does not allow ${other}\n`)
    expect(stdout).toContain("Fix: add it to allowedOrigins in deployment.yml")
    expect(stdout).toContain(
      "  skipped   delivery       not known, because start-login set no cookie (origin_not_allowed)\n",
    )
    expect(stdout).toMatch(/\n6 ok, 2 failed, 1 skipped\n$/)
    expect(exitCode).toBe(1)
  })

  it("an origin that only the gateway knows", async () => {
    const { stack } = await startJourneyHere({ env: { ALLOWED_ORIGINS: "https://app.example.com" } })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin])
    expect(stdout).toContain(`  ok        CORS           pages of ${origin} may call\n`)
    expect(stdout).toContain(`  failed    page's door    exchange-code does not allow ${origin}\n`)
    expect(exitCode).toBe(1)
  })

  it("a missing secret", async () => {
    const { stack } = await startJourneyHere({ env: { CLIENT_SECRET_ID: "superoffice/missing" } })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin])
    expect(stdout).toContain(
      "  failed    client secret  the secret does not exist in the function's region\n",
    )
    expect(stdout).toContain("Fix: npm run secret -- status --secret-id NAME shows its versions")
    expect(stdout).toContain(
      "  failed    delivery       start-login is not configured, so no page can sign in\n",
    )
    expect(stdout).toMatch(/\n7 ok, 2 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it("a new version that cannot be used, while the one before is still in use", async () => {
    const journey = await startJourneyHere({ env: { SECRET_MAX_AGE_SECONDS: "10" } })
    const { stack } = journey
    await journey.invoke("health", {})
    stack.secretsManager.put(secretId, '{"client_id":"abc"}')
    journey.pass(10)
    const { exitCode, stdout } = await examineUrl(stack)
    expect(stdout).toMatch(
      / failed {4}client secret .* is still in use, but the current one cannot be used: .*it lacks "client_secret"\n/,
    )
    expect(exitCode).toBe(1)
  })

  it("settings that are wrong", async () => {
    const { stack } = await startJourneyHere({ env: { SUPEROFFICE_ENVIRONMENT: "stage" } })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin])
    expect(stdout).toContain("  failed    settings       a setting is missing or malformed\n")
    expect(stdout).toContain("  failed    page's door    exchange-code is not configured\n")
    expect(stdout).toContain("Fix: correct the problems that its log line lists (field problems)\n")
    expect(exitCode).toBe(1)
  })

  it("credentials that may not", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout } = await examine(["--url", addressOf(stack)])
    expect(stdout).toContain("  failed    reach          AWS answered 403.\n")
    expect(stdout).toContain("Fix: sign in to AWS with a role of the API's own account")
    expect(exitCode).toBe(1)
  })

  it("a URL where nothing answers, and nothing more is asked", async () => {
    const { exitCode, stdout } = await examine(["--url", await closedUrl(), "--origin", origin])
    expect(stdout).toMatch(/ failed {4}reach {10}127\.0\.0\.1:\d+ refuses connections\n/)
    expect(stdout).toMatch(/\n1 failed\n$/)
    expect(exitCode).toBe(1)
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
    expect(stdout).toContain("Fix: check the URL: it is the output ApiUrl of the deployment\n")
    expect(exitCode).toBe(1)
  })
})

describe("doctor compares the app token secret with the client secret, which", () => {
  const appTokenId = "superoffice/local-app-token"
  const writeIt = `Fix: npm run secret -- create --secret-id ${secretId} --app-token-secret-id ${appTokenId} writes it`
  const readIt = "Fix: this check needs to read both secrets"
  const ok = "ok        app token      It contains the client secret of"
  const missing = `failed    app token      "${appTokenId}" does not exist`

  it.each([
    ["is ok when it contains it", "canary", ok, ""],
    [
      "is failed when it differs, without a word of either value",
      "other",
      "failed    app token      It differs",
      writeIt,
    ],
    ["is failed when it is missing", undefined, missing, writeIt],
    [
      "is failed when it cannot be read",
      "denied",
      "failed    app token      These credentials may not",
      readIt,
    ],
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
    const { exitCode, stdout, stderr } = await examine(["--url", "https://a.example"], { env })
    expect(stderr).toContain("NODE_TLS_REJECT_UNAUTHORIZED=0 accepts every certificate")
    expect([exitCode, stdout]).toEqual([1, ""])
  })

  it("is what npm passes on", async () => {
    const stdout = await npm(["run", "--silent", "doctor", "--", "--help"])
    expect(stdout).toContain("Usage: npm run doctor -- --stage NAME [options]")
  })
})
