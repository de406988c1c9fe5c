import { createServer } from "node:http"
import { describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { clientSecretText, secretId, type Stack } from "../../local/stack.ts"
import type { CommandResult } from "../support/command.ts"
import { origin, startJourney } from "../support/journey.ts"
import { npm } from "../support/npm.ts"
import { closedUrl } from "../support/scripted-server.ts"
import { addressOf, afterwards, examine, examineFunction, examineUrl } from "./doctor/examine.ts"

/** Something that is not this service. */
async function startStranger(contentType: string, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader("content-type", contentType).end(body)
  })
  afterwards(() => closeServer(server))
  return await listenOnLoopback(server)
}

describe("a deployment that is well", () => {
  it("is ok over HTTPS, and for its page", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout, stderr } = await examineUrl(stack, ["--origin", origin, "--environment", "sod"])
    expect(stderr).toBe("")
    expect(
      stdout.replaceAll(/version [\w-]{36}/g, "version ID").replaceAll(/sha1:[0-9a-f]{40}/g, "KID"),
    ).toMatch(
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
    expect(exitCode).toBe(0)
  })

  it("is ok by direct invocation", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toMatch(/^health\n/)
    expect(stdout).toMatch(/\n6 ok\n$/)
    expect(exitCode).toBe(0)
  })

  it("says nothing of pages when none is named", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examineUrl(stack)
    expect(stdout).toContain("  skipped   CORS           pass --origin to check it for a page\n")
    expect(stdout).toMatch(/\n6 ok, 1 skipped\n$/)
    expect(exitCode).toBe(0)
  })
})

describe("says what is wrong, and how to fix it:", () => {
  it("an origin that is not listed", async () => {
    const { stack } = await startJourney()
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
    const { stack } = await startJourney({ env: { ALLOWED_ORIGINS: "https://app.example.com" } })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin])
    expect(stdout).toContain(`  ok        CORS           pages of ${origin} may call\n`)
    expect(stdout).toContain(`  failed    page's door    exchange-code does not allow ${origin}\n`)
    expect(exitCode).toBe(1)
  })

  it("a missing secret", async () => {
    const { stack } = await startJourney({ env: { CLIENT_SECRET_ID: "superoffice/missing" } })
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

  it("a secret that cannot be used", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.put(secretId, '{"client_id":"abc"}')
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toMatch(/ failed {4}client secret {2}.*it lacks "client_secret"\n/)
    expect(exitCode).toBe(1)
  })

  it("a new version that cannot be used, while the one before is still in use", async () => {
    const { stack, ...journey } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
    await journey.invoke("health", {})
    stack.secretsManager.put(secretId, '{"client_id":"abc"}')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toMatch(
      / failed {4}client secret {2}version [\w-]{36}, read \d+ s ago, is still in use, but the current one cannot be used: .*it lacks "client_secret"\n/,
    )
    expect(stdout).toContain("Fix: npm run secret -- status --secret-id NAME shows its versions")
    expect(exitCode).toBe(1)
  })

  it("a client secret that expires soon: degraded, with the command; failed once its date has passed", async () => {
    const { stack, provider } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
    const examineWith = async (days: number) => {
      const date = new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10)
      const secret = JSON.parse(clientSecretText(provider.clientId, "canary")) as object
      stack.secretsManager.put(secretId, JSON.stringify({ ...secret, client_secret_expires: date }))
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      return { date, ...(await examineFunction(stack)) }
    }
    const soon = await examineWith(9)
    expect(soon.exitCode).toBe(0)
    expect(soon.stdout).toContain(`  degraded  secret expiry  ${soon.date}, in 9 days\n`)
    expect(soon.stdout).toContain("npm run secret -- replace --secret-id NAME --expires YYYY-MM-DD\n")
    const past = await examineWith(-1)
    expect(past.exitCode).toBe(1)
    expect(past.stdout).toContain(
      `  failed    secret expiry  the client secret's date, ${past.date}, has passed\n`,
    )
  })

  it("Secrets Manager down: degraded while a cached value is used, failed without one", async () => {
    const { stack, ...journey } = await startJourney({ env: { SECRET_MAX_AGE_SECONDS: "1" } })
    await journey.invoke("health", {})
    stack.secretsManager.outage = "down"
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const used = await examineFunction(stack)
    expect(used.stdout).toMatch(
      / degraded {2}client secret {2}version [\w-]{36}, read \d+ s ago, and later reads failed\n/,
    )
    expect([used.exitCode, used.stdout.split("\n").at(-2)]).toEqual([0, "5 ok, 1 degraded"])

    const other = await startJourney()
    other.stack.secretsManager.outage = "down"
    const without = await examineFunction(other.stack)
    expect(without.stdout).toContain("  failed    client secret  it cannot be read (secret_unavailable)\n")
    expect(without.exitCode).toBe(1)
  })

  it("signing keys that cannot be read", async () => {
    const { stack, provider } = await startJourney()
    provider.faults["key set"] = "status 500"
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toContain(
      "  failed    key set        SuperOffice's signing keys cannot be read (key_set_unavailable)\n",
    )
    expect(stdout).toContain("Fix: check whether https://sod.superoffice.com is up")
    expect(exitCode).toBe(1)
  })

  it("SuperOffice away: neither keys nor a time", async () => {
    const { stack, provider } = await startJourney()
    await provider.close()
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toContain("  degraded  clock          SuperOffice sent no time to compare with\n")
    expect(stdout).toMatch(/\n4 ok, 1 degraded, 1 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it.each([
    [600, /SuperOffice's clock is (59[89]|60[0-2]) s ahead/],
    [-600, /SuperOffice's clock is (59[89]|60[0-2]) s behind/],
  ])("a clock that is %i s off", async (seconds, said) => {
    const { stack, provider } = await startJourney()
    provider.clockOffsetSeconds = seconds
    const { exitCode, stdout } = await examineFunction(stack)
    expect(stdout).toMatch(said)
    expect(stdout).toContain(", which is more than this deployment tolerates\n")
    expect(stdout).toMatch(/\n5 ok, 1 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it("a clock beyond the tolerance, though a tolerant deployment would not mind", async () => {
    for (const [tolerance, exitCode] of [
      ["10", 1],
      ["100", 0],
    ] as const) {
      const { stack, provider } = await startJourney({ env: { CLOCK_TOLERANCE_SECONDS: tolerance } })
      provider.clockOffsetSeconds = 40
      expect((await examineFunction(stack)).exitCode).toBe(exitCode)
    }
  })

  it("another environment than was meant", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examineUrl(stack, ["--environment", "online"])
    expect(stdout).toContain("  failed    environment    sod, not online\n")
    expect(exitCode).toBe(1)
  })

  it("settings that are wrong", async () => {
    const { stack } = await startJourney({ env: { SUPEROFFICE_ENVIRONMENT: "stage" } })
    const { exitCode, stdout } = await examineUrl(stack, ["--origin", origin])
    expect(stdout).toContain("  failed    settings       a setting is missing or malformed\n")
    expect(stdout).toContain("  failed    page's door    exchange-code is not configured\n")
    expect(stdout).toContain("Fix: correct the problems that its log line lists (field problems)\n")
    expect(exitCode).toBe(1)
  })

  it("credentials that may not", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examine(["--url", addressOf(stack)])
    expect(stdout).toContain("  failed    reach          AWS answered 403.\n")
    expect(stdout).toContain("Fix: sign in to AWS with a role of the API's own account")
    expect(exitCode).toBe(1)
  })

  it("a URL where nothing answers", async () => {
    const { exitCode, stdout } = await examine(["--url", await closedUrl(), "--origin", origin])
    expect(stdout).toMatch(/ failed {4}reach {10}127\.0\.0\.1:\d+ refuses connections\n/)
    expect(stdout).toContain(
      "Fix: check host and port; for the local stack, see whether npm start is running",
    )
    expect(stdout).toMatch(/\n1 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it.each([
    ["a web page", "text/html", "<!doctype html><title>Welcome</title>", "The answer is not a JSON object."],
    ["another API", "application/json", '{"status":"up"}', "The answer is not from the function health."],
  ])("%s in place of the API", async (_what, contentType, body, said) => {
    const { exitCode, stdout } = await examine(["--url", await startStranger(contentType, body)])
    expect(stdout).toContain(`  failed    reach          ${said}\n`)
    expect(stdout).toContain("Fix: check the URL: it is the output ApiUrl of the deployment\n")
    expect(exitCode).toBe(1)
  })

  it.each([
    ["no function of that name", "missing", "AWS answered 404 ResourceNotFoundException."],
    ["another function of the service", "token", "the answer is not from this service's health function"],
  ])("%s", async (_what, name, said) => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examineFunction(stack, name)
    expect(stdout).toContain(`  failed    reach          ${said}`)
    expect(stdout).toContain(
      "Fix: check --function and --region: the function is the output HealthFunctionArn of the deployment\n",
    )
    expect(exitCode).toBe(1)
  })
})

describe("the app token secret", () => {
  const appTokenId = "superoffice/local-app-token"
  const fixFor = (id: string) =>
    `Fix: npm run secret -- create --secret-id ${secretId} --app-token-secret-id ${id} writes it`

  async function examineSecrets(
    { url, credentials, secretsManager }: Stack,
    id = appTokenId,
  ): Promise<CommandResult> {
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url }
    const options = ["--url", url, "--secret-id", secretId, "--app-token-secret-id", id]
    return await examine(options, { credentials, env })
  }

  it("is ok when it contains the client secret", async () => {
    const { stack, provider } = await startJourney()
    stack.secretsManager.put(secretId, clientSecretText(provider.clientId, "canary"))
    stack.secretsManager.put(appTokenId, "canary")
    const { exitCode, stdout } = await examineSecrets(stack)
    expect(stdout).toContain(`  ok        app token      It contains the client secret of "${secretId}".\n`)
    expect(stdout).toMatch(/\n7 ok, 1 skipped\n$/)
    expect(stdout).not.toContain("canary")
    expect(exitCode).toBe(0)
  })

  it("is failed when it differs, without a word of either value", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.put(appTokenId, "canary")
    const { exitCode, stdout } = await examineSecrets(stack)
    expect(stdout).toContain(
      `  failed    app token      It differs from the client secret of "${secretId}".\n`,
    )
    expect(stdout).toContain(fixFor(appTokenId))
    expect(stdout).not.toContain("canary")
    expect(exitCode).toBe(1)
  })

  it("is failed when it is missing", async () => {
    const { stack } = await startJourney()
    const missing = `${appTokenId}-of-none`
    const { exitCode, stdout } = await examineSecrets(stack, missing)
    expect(stdout).toContain(`  failed    app token      "${missing}" does not exist in eu-west-1.\n`)
    expect(stdout).toContain(fixFor(missing))
    expect(exitCode).toBe(1)
  })

  it("is failed when it cannot be read", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.put(appTokenId, "canary")
    stack.secretsManager.outage = "denied"
    const { exitCode, stdout } = await examineSecrets(stack)
    expect(stdout).toContain("  failed    app token      These credentials may not call secretsmanager:")
    expect(stdout).toContain("Fix: this check needs to read both secrets\n")
    expect(exitCode).toBe(1)
  })
})

describe("the command line", () => {
  it.each([
    [[], "Pass --stage, --url or --function."],
    [["--url", "https://a.example", "--function", "health"], "Pass either --url or --function."],
    [["--url", "http://a.example"], "--url must be an https: URL, or an http: one on this machine."],
    [
      ["--url", "https://a.example", "--origin", "https://b.example/"],
      "--origin must be scheme, host and port of the page, without a slash at the end.",
    ],
    [
      ["--function", "health", "--origin", "https://b.example"],
      "--origin needs --url or --stage: a page cannot invoke a function.",
    ],
    [["--url", "https://a.example", "--endpoint", "https://b.example"], "--endpoint needs --function."],
    [
      ["--function", "health", "--app-token-secret-id", "a"],
      "--secret-id and --app-token-secret-id need each other.",
    ],
    [["--function", "health", "--secret-id", "a"], "--secret-id and --app-token-secret-id need each other."],
    [["--url", "https://a.example", "--profile", "a"], "--profile and --param need --stage."],
    [
      ["--url", "https://a.example", "--request-header", "a b"],
      "--request-header must be the name of a header, e.g. traceparent.",
    ],
    [["https://a.example"], "This command takes only options: --help lists them."],
  ])("refuses %j", async (args, sentence) => {
    expect(await examine(args)).toEqual({ exitCode: 1, stdout: "", stderr: `${sentence}\n` })
  })

  it("refuses to run while certificates are not checked", async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" }
    const { exitCode, stdout, stderr } = await examine(["--url", "https://a.example"], { env })
    expect(stderr).toContain("NODE_TLS_REJECT_UNAUTHORIZED=0 accepts every certificate")
    expect([exitCode, stdout]).toEqual([1, ""])
  })

  it("is what npm runs", async () => {
    const stdout = await npm(["run", "--silent", "doctor", "--", "--help"])
    expect(stdout).toContain("Usage: npm run doctor -- --stage NAME [options]")
  })
})
