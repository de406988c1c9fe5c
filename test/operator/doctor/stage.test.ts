import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate } from "../../../harness/certificate.ts"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { clientSecretText, secretId, startStackWithProvider } from "../../../local/stack.ts"
import { runCommand } from "../../support/command.ts"
import { functionHere } from "../../support/function-here.ts"
import { startJourneyHere } from "../../support/journey-here.ts"
import { origin } from "../../support/journey.ts"
import { http, startScriptedServer } from "../../support/scripted-server.ts"
import { folderWith, sectionOf } from "../folder-with.ts"
import { addressOf, examine, examineStage } from "./examine.ts"

function section(settings: Readonly<Record<string, string>>): string {
  const all = { environment: "sod", clientSecretId: secretId, allowedOrigins: origin, ...settings }
  return sectionOf("local", all)
}

/** What `npm start` prints for its stack. */
const local = section({ refreshTokenDelivery: "cookie" })
const ownDomain = section({
  domainName: "login.example.invalid",
  certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/example",
})

describe("doctor with --stage alone", () => {
  it("everything is known: the API's address, the secret, the environment, the pages and the delivery", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout, stderr } = await examineStage(stack, local)
    expect(stdout).toContain(`stage local at ${addressOf(stack)}\n`)
    expect(stdout).toMatch(/\n {2}ok {8}delivery {7}cookie, .*\n9 ok\n$/)
    expect([exitCode, stderr]).toEqual([0, ""])
  })

  it("what is deployed is held to deployment.yml: environment, delivery and secrets", async () => {
    const { stack, provider } = await startJourneyHere()
    const secret = JSON.parse(clientSecretText(provider.clientId, "not-posted")) as object
    stack.secretsManager.put(secretId, JSON.stringify({ ...secret, client_secret_expires: "2020-01-01" }))
    stack.secretsManager.put("superoffice/app-token", "another")
    const appTokenSecretId = "superoffice/app-token"
    const other = section({ environment: "online", refreshTokenDelivery: "sealed", appTokenSecretId })
    const { exitCode, stdout } = await examineStage(stack, other)
    expect(stdout).toContain("  failed    environment    sod, not online\n")
    expect(stdout).toContain("npm run secret -- replace --stage local --expires YYYY-MM-DD\n")
    expect(stdout).toContain("  failed    app token      It differs from the client secret")
    expect(stdout).toContain("the deployment has cookie, but deployment.yml means sealed\n")
    expect(exitCode).toBe(1)
  })

  it("the app token secret of deployment.yml is skipped by whoever may not read it", async () => {
    const { stack } = await startJourneyHere()
    stack.secretsManager.outage = "denied"
    const { stdout } = await examineStage(stack, section({ appTokenSecretId: "superoffice/app-token" }))
    expect(stdout).toMatch(/ skipped {3}app token {6}These credentials may not .*read both secrets\.\n/)
  })

  it("a deployment without pages is not checked for one", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout } = await examineStage(stack, section({ allowedOrigins: "" }))
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("  skipped   CORS           allowedO")])
  })

  it("--json prints one object for a scheduler, and nothing else", async () => {
    const { stack } = await startJourneyHere()
    const { exitCode, stdout, stderr } = await examineStage(stack, local, ["--json"])
    expect(stdout).toMatch(/^\{.*\}\n$/)
    const { checks, ...others } = JSON.parse(stdout) as { checks: unknown[] }
    expect(others).toEqual({ subject: `stage local at ${addressOf(stack)}`, ok: true })
    const finding = expect.stringMatching(/^health answers/) as string
    expect([checks.length, checks[0]]).toEqual([9, { name: "reach", state: "ok", finding }])
    expect([exitCode, stderr]).toEqual([0, ""])
  })
})

describe("other options win over deployment.yml:", () => {
  it("--url, --origin, --environment and --param", async () => {
    const { stack } = await startJourneyHere()
    const elsewhere = `${ownDomain.replace("sod", "online")}  sessionMaxAgeSeconds: 8h\n`
    const { exitCode, stdout } = await examineStage(stack, elsewhere, [
      ...["--url", addressOf(stack), "--origin", origin, "--environment", "sod"],
      ...["--param", "sessionMaxAgeSeconds=60"],
    ])
    expect(stdout).toMatch(/\n9 ok\n$/)
    expect(exitCode).toBe(0)
  })

  it("--function, which no page can call", async () => {
    const { stack } = await startJourneyHere()
    const { stdout } = await examineStage(stack, local, ["--function", "health", "--endpoint", stack.url])
    expect(stdout).toMatch(/^stage local at health\n {2}failed {4}reach/)
    expect(stdout).not.toContain("CORS")
  })
})

describe("doctor says of a stage what is wrong, and how to fix it:", () => {
  const inZone = `${ownDomain}  hostedZoneId: Z0123456789\n`
  const isNoUrl = /has no output ApiUrl; its status is CREATE_COMPLETE\n/
  it.each([
    ["a domain without its DNS record", ownDomain, { DomainTarget: "d-1" }, /Fix: make the DNS .* to d-1 /],
    ["a domain that was not deployed", ownDomain, {}, /Fix: deploy: .* has no output DomainTarget/],
    ["a domain in a zone that is not its own", inZone, { DomainTarget: "d" }, /Fix: .* in the zone Z01/],
    ["a stack without ApiUrl", local, {}, isNoUrl],
    ["a stack whose ApiUrl is no URL", local, { ApiUrl: "javascript:alert(1)" }, isNoUrl],
    ["a stack that does not exist", local, undefined, /failed {4}stack .* no stack \S+-local in eu-west-1 /],
  ])("%s", async (_what, deploymentYml, outputs, said) => {
    const credentials = randomCredentials()
    const service = outputs ? "superoffice-token-exchange" : "another-service"
    const cloudFormation = await startCloudFormation({ service, outputs: outputs ?? {}, credentials })
    onTestFinished(() => cloudFormation.close())
    const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url }
    const folder = folderWith(deploymentYml)
    const { exitCode, stdout } = await examine(["--stage", "local"], { credentials, env, folder })
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
    expect(stdout).toMatch(/\n1 failed\n$/)
  })

  it("one that npm took for itself, or that deployment.yml does not have", async () => {
    const taken = await examine([], { env: { npm_config_stage: "online" } })
    expect(taken.stderr).toContain("npm run doctor -- --stage online")
    const unknown = await examine(["--stage", "other"], { folder: folderWith(local) })
    expect(unknown.stderr).toContain("no section for the stage other")
    for (const { exitCode, stdout } of [taken, unknown]) expect([exitCode, stdout]).toEqual([1, ""])
  })
})

describe("the certificate of the API", () => {
  const page = "https://localhost:5173"

  /** As a process of its own, because Node reads at its start which certificates it trusts. */
  async function examineTls(name: string) {
    const tls = makeCertificate([name])
    const stack = await startStackWithProvider({ origins: [page], tls, startFunction: functionHere })
    onTestFinished(() => stack.close())
    const folder = folderWith(section({ allowedOrigins: page, refreshTokenDelivery: "cookie" }))
    await writeFile(join(folder, "certificate.pem"), tls.cert)
    const env = {
      ...credentialVariables(stack.credentials),
      AWS_ENDPOINT_URL_CLOUDFORMATION: stack.cloudFormation.url,
      NODE_EXTRA_CA_CERTS: "certificate.pem",
    }
    return await runCommand("doctor", ["--stage", "local", "--url", stack.url], { env, folder })
  }

  it.each([
    ["trusted when NODE_EXTRA_CA_CERTS names it", "127.0.0.1", /ok {8}reach {10}health answers/],
    ["told when it is trusted, but of another name", "localhost", /failed {4}reach .* of another name\n/],
  ])("is %s", async (_what, name, said) => {
    expect((await examineTls(name)).stdout).toMatch(said)
  })
})

it.each([
  ["ExpiredToken", "The session of AWS_ACCESS_KEY_ID has expired"],
  ["AccessDenied", "These credentials may not call cloudformation:DescribeStacks"],
  ["Odd\x9b31m", "AWS refused cloudformation:DescribeStacks (unknown error)"],
])("the check of a stack does not print AWS's own text of the error %j (C81)", async (code, said) => {
  const error = `<Type>Sender</Type><Code>${code}</Code><Message>canary \x9b31m</Message>`
  const body = `<ErrorResponse><Error>${error}</Error></ErrorResponse>`
  const answer = http(400, body, ["Content-Type: text/xml"])
  const server = await startScriptedServer({ onRequest: (socket) => socket.write(answer) })
  onTestFinished(() => server.close())
  const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: server.url }
  const { exitCode, stdout, stderr } = await examine(["--stage", "local"], { env, folder: folderWith(local) })
  expect(stdout).toContain(`stage local\n  failed    stack          ${said}`)
  expect(stdout).toContain("Fix: correct that, or pass --url: the output ApiUrl of the stack\n")
  expect(stdout + stderr).not.toMatch(/canary|\x9b/)
  expect(exitCode).toBe(1)
})
