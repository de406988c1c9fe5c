import { describe, expect, it } from "vitest"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { makeCertificate } from "../../../local/certificate.ts"
import { randomCredentials } from "../../../local/credentials.ts"
import { secretId, startStackWithProvider } from "../../../local/stack.ts"
import { origin, startJourney } from "../../support/journey.ts"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { addressOf, afterwards, examine, examineStage, folderWith } from "./examine.ts"

/** What `npm start` prints for its stack. */
const local = section({ refreshTokenDelivery: "cookie" })

function section(settings: Readonly<Record<string, string>>): string {
  const all = { environment: "sod", clientSecretId: secretId, allowedOrigins: origin, ...settings }
  return `local:\n${Object.entries(all)
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join("")}`
}

describe("with --stage alone", () => {
  it("everything is known: the API's address, the secret, the environment, the pages and the delivery", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout, stderr } = await examineStage(stack, local)
    expect(stderr).toBe("")
    expect(stdout).toContain(`stage local at ${addressOf(stack)}\n`)
    expect(stdout).toContain(`pages of ${origin} may call\n`)
    expect(stdout).toContain(
      `  ok        delivery       cookie, which works for same-site pages of ${origin}\n`,
    )
    expect(stdout).toMatch(/\n9 ok\n$/)
    expect(exitCode).toBe(0)
  })

  it("what is deployed is held to deployment.yml: environment and delivery", async () => {
    const { stack } = await startJourney()
    const other = section({ environment: "online", refreshTokenDelivery: "sealed" })
    const { exitCode, stdout } = await examineStage(stack, other)
    expect(stdout).toContain("  failed    environment    sod, not online\n")
    expect(stdout).toContain(
      "  failed    delivery       the deployment has cookie, but deployment.yml means sealed\n",
    )
    expect(stdout).toMatch(/\n7 ok, 2 failed\n$/)
    expect(exitCode).toBe(1)
  })

  it("a secret's fault names the command that shows more", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.put(secretId, "{}")
    const { exitCode, stdout } = await examineStage(stack, local)
    expect(stdout).toContain("Fix: npm run secret -- status --stage local shows its versions")
    expect(exitCode).toBe(1)
  })

  const both = section({ appTokenSecretId: "superoffice/app-token", refreshTokenDelivery: "cookie" })

  it("the app token secret of deployment.yml is compared with the client secret", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.put("superoffice/app-token", "another")
    const { exitCode, stdout } = await examineStage(stack, both)
    expect(stdout).toContain("  failed    app token      It differs from the client secret")
    expect(exitCode).toBe(1)
  })

  it("the app token secret of deployment.yml is skipped by whoever may not read it", async () => {
    const { stack } = await startJourney()
    stack.secretsManager.outage = "denied"
    const { stdout } = await examineStage(stack, both)
    expect(stdout).toMatch(
      / skipped {3}app token {6}These credentials may not .*needs to read both secrets\.\n/,
    )
  })

  it("a deployment without pages is not checked for one", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout } = await examineStage(
      stack,
      `local:\n  environment: sod\n  clientSecretId: ${secretId}\n`,
    )
    expect(stdout).toContain("  skipped   CORS           allowedOrigins names no page\n")
    expect(exitCode).toBe(0)
  })

  it("--json prints one object for a scheduler, and nothing else", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout, stderr } = await examineStage(stack, local, ["--stage", "local", "--json"])
    expect(stderr).toBe("")
    expect(stdout).toMatch(/^\{.*\}\n$/)
    const { subject, ok, checks } = JSON.parse(stdout) as {
      subject: string
      ok: boolean
      checks: { name: string; state: string }[]
    }
    expect([subject, ok, exitCode]).toEqual([`stage local at ${addressOf(stack)}`, true, 0])
    expect(checks).toHaveLength(9)
    expect(checks[0]).toEqual({
      name: "reach",
      state: "ok",
      finding: expect.stringMatching(/^health answers/) as string,
    })
  })
})

describe("other options win over deployment.yml:", () => {
  it("--url, --origin, --environment and --param", async () => {
    const { stack } = await startJourney()
    const elsewhere = section({
      environment: "online",
      domainName: "login.example.invalid",
      certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
      allowedOrigins: "https://app.example.invalid",
    })
    const options = ["--url", addressOf(stack), "--origin", origin, "--environment", "sod"]
    const params = ["--param", "sessionMaxAgeSeconds=60"]
    const { exitCode, stdout } = await examineStage(stack, elsewhere, [
      "--stage",
      "local",
      ...options,
      ...params,
    ])
    expect(stdout).toMatch(/\n9 ok\n$/)
    expect(exitCode).toBe(0)
  })

  it("--function, which no page can call", async () => {
    const { stack } = await startJourney()
    const options = ["--stage", "local", "--function", "health", "--endpoint", stack.url]
    const { stdout } = await examineStage(stack, local, options)
    expect(stdout).toMatch(/^stage local at health\n {2}failed {4}reach/)
    expect(stdout).not.toContain("CORS")
  })
})

describe("says what is wrong, and how to fix it:", () => {
  const ownDomain = section({
    domainName: "login.example.invalid",
    certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
  })

  async function examineOutputs(
    outputs: Readonly<Record<string, string>>,
    deploymentYml: string,
    service = "superoffice-token-exchange",
  ) {
    const credentials = randomCredentials()
    const cloudFormation = await startCloudFormation({ service, outputs, credentials })
    afterwards(() => cloudFormation.close())
    const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url }
    return await examine(["--stage", "local"], { credentials, env, folder: await folderWith(deploymentYml) })
  }

  it("a domain whose DNS record is not there yet", async () => {
    const target = "d-abc123.execute-api.eu-west-1.amazonaws.com"
    const { exitCode, stdout } = await examineOutputs({ DomainTarget: target }, ownDomain)
    expect(stdout).toBe(
      [
        "stage local at https://login.example.invalid",
        "  failed    reach          DNS has no record for login.example.invalid",
        `                           Fix: make the DNS record: a CNAME record of login.example.invalid has to lead to ${target} (output DomainTarget)`,
        "1 failed",
        "",
      ].join("\n"),
    )
    expect(exitCode).toBe(1)
  })

  it("a domain that was not deployed", async () => {
    const { stdout } = await examineOutputs({}, ownDomain)
    expect(stdout).toContain(
      "Fix: deploy: the stack superoffice-token-exchange-local has no output DomainTarget",
    )
  })

  it("a domain in a hosted zone that its DNS does not lead to", async () => {
    const zone = `${ownDomain}  hostedZoneId: Z0123456789\n`
    const { stdout } = await examineOutputs({ DomainTarget: "d-abc123.example" }, zone)
    expect(stdout).toContain("Fix: the stack makes the record in the zone Z0123456789")
  })

  it("a stack that does not exist", async () => {
    const { exitCode, stdout } = await examineOutputs({}, local, "another-service")
    expect(stdout).toContain(
      "  failed    stack          there is no stack superoffice-token-exchange-local in eu-west-1 of this account\n",
    )
    expect(stdout).toContain("npm run deploy -- --stage local makes it\n")
    expect(exitCode).toBe(1)
  })

  it.each([
    ["none", {}],
    ["one that is no URL", { ApiUrl: "javascript:alert(1)" }],
  ])("a stack whose output ApiUrl is %s", async (_what, outputs) => {
    const { exitCode, stdout } = await examineOutputs(outputs, local)
    expect(stdout).toContain("has no output ApiUrl; its status is CREATE_COMPLETE\n")
    expect(exitCode).toBe(1)
  })

  it("a stage that npm took for itself", async () => {
    const { exitCode, stdout, stderr } = await examine([], { env: { npm_config_stage: "online" } })
    expect(stderr).toContain("npm run doctor -- --stage online")
    expect([exitCode, stdout]).toEqual([1, ""])
  })

  it("a stage that deployment.yml does not have", async () => {
    const { stack } = await startJourney()
    const { exitCode, stdout, stderr } = await examineStage(stack, local, ["--stage", "other"])
    expect(stderr).toContain("other")
    expect([exitCode, stdout]).toEqual([1, ""])
  })
})

describe("the certificate of the API", () => {
  const page = "https://localhost:5173"

  /** Serves the API with a certificate. Examines with these variables, in a folder with that certificate. */
  async function examineTls(
    env: Readonly<Record<string, string>>,
    tls = makeCertificate(["localhost", "127.0.0.1"]),
    optionsFor: (url: string) => readonly string[] = () => ["--stage", "local"],
  ) {
    const stack = await startStackWithProvider({ origins: [page], tls })
    afterwards(() => stack.close())
    const folder = await folderWith(section({ allowedOrigins: page, refreshTokenDelivery: "cookie" }))
    await writeFile(join(folder, "certificate.pem"), tls.cert)
    const { credentials, cloudFormation, url } = stack
    const variables = { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url, ...env }
    return await examine(optionsFor(url), { credentials, env: variables, folder })
  }

  it("is told when it is not trusted", async () => {
    const { exitCode, stdout } = await examineTls({})
    expect(stdout).toMatch(/ failed {4}reach {10}the certificate of localhost:\d+ is self-signed/)
    expect(stdout).toContain("NODE_EXTRA_CA_CERTS=.certificate/certificate.pem")
    expect(exitCode).toBe(1)
  })

  it("is ok when NODE_EXTRA_CA_CERTS names it", async () => {
    const { stdout } = await examineTls({ NODE_EXTRA_CA_CERTS: "certificate.pem" })
    expect(stdout).toMatch(/\n9 ok\n$/)
  })

  it("is told when it is trusted, but of another name", async () => {
    const tls = makeCertificate(["localhost"])
    const env = { NODE_EXTRA_CA_CERTS: "certificate.pem" }
    const { stdout } = await examineTls(env, tls, (url) => ["--url", url])
    expect(stdout).toMatch(
      / failed {4}reach {10}the certificate that 127\.0\.0\.1:\d+ sent is of another name\n/,
    )
  })
})
