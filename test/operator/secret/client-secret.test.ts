import { execFileSync } from "node:child_process"
import { createServer, type Server } from "node:http"
import { text } from "node:stream/consumers"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readClientSecret } from "../../../lib/credentials/client-secret.ts"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../../local/secrets-manager.ts"
import { makeUpSealingKey } from "../../../local/stack.ts"
import { awsError, startAwsEndpoint, type AwsEndpoint } from "../../support/aws-endpoint.ts"
import { runCommand, startCommand, type CommandResult, type RunningCommand } from "../../support/command.ts"

const secretId = "superoffice/sod"
const oldSecret = "canary-old-client-secret"
const newSecret = "canary-new-client-secret"
const first = makeUpSealingKey("first")
const second = makeUpSealingKey("second")
const stored = {
  client_id: "db1834037c58c02b6bd9898feef19845",
  client_secret: oldSecret,
  sealing_keys: [second, first],
  "a field of the operator's": { kept: [1, null, "as it is"] },
}
const env = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIDLOCAL",
  AWS_SECRET_ACCESS_KEY: "canary-aws-key",
  NO_COLOR: "1",
}

let aws: LocalSecretsManager
let client: SecretsManager
let outputs: string[]
const inFront: Server[] = []

beforeEach(async () => {
  aws = await startSecretsManager()
  client = new SecretsManager({
    endpoint: aws.url,
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  })
  outputs = []
})

afterEach(async () => {
  const said = outputs.join("\n")
  expect(said).not.toBe("")
  for (const secret of ["canary", first.key, second.key, ...(await sealingKeyValues())]) {
    expect(said).not.toContain(secret)
  }
  client.destroy()
  await Promise.all(inFront.splice(0).map(closeServer))
  await aws.close()
})

function put(value: object | string): void {
  aws.put(secretId, typeof value === "string" ? value : JSON.stringify(value))
}

function argsFor(command: string, options: readonly string[], endpoint = aws.url): string[] {
  return [command, "--secret-id", secretId, "--endpoint", endpoint, ...options]
}

/** Runs a command to its end; what it says is searched for secrets after the test. */
async function operate(
  command: string,
  options: readonly string[] = [],
  { input = "", endpoint = aws.url } = {},
): Promise<CommandResult> {
  const result = await runCommand("secret", argsFor(command, options, endpoint), { input, env })
  outputs.push(result.stdout, result.stderr)
  return result
}

async function end(command: RunningCommand): Promise<CommandResult> {
  const result = await command.end()
  outputs.push(result.stdout, result.stderr)
  return result
}

async function read(VersionStage = "AWSCURRENT") {
  const { SecretString = "", VersionId } = await client.getSecretValue({ SecretId: secretId, VersionStage })
  return { id: VersionId, value: JSON.parse(SecretString) as typeof stored }
}

async function stagesByVersion(): Promise<Record<string, string[]>> {
  return (await client.describeSecret({ SecretId: secretId })).VersionIdsToStages ?? {}
}

async function sealingKeyValues(): Promise<string[]> {
  const value = await read().then(
    (version) => version.value,
    () => undefined,
  )
  return Array.isArray(value?.sealing_keys) ? value.sealing_keys.map(({ key }) => key) : []
}

describe("create", () => {
  const options = ["--client-id", stored.client_id, "--stdin", "--yes"]

  it("makes a secret that the functions can use, with a sealing key of its own", async () => {
    const { exitCode, stdout } = await operate("create", options, { input: `${newSecret}\n` })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Done: ${String(id)} is the current version.`)
    expect(value).toEqual({
      client_id: stored.client_id,
      client_secret: newSecret,
      sealing_keys: [
        {
          kid: expect.stringMatching(/^\d{4}-\d\d-\d\d-[0-9a-f]{4}$/) as string,
          key: expect.any(String) as string,
        },
      ],
    })
    const { sealingKeys, clientSecret } = readClientSecret(JSON.stringify(value), "v1", true)
    expect(sealingKeys[0]?.key.symmetricKeySize).toBe(32)
    expect(clientSecret.reveal()).toBe(newSecret)
  })

  it("writes the first value of a secret that a stack has made without one", async () => {
    await client.createSecret({ Name: secretId })
    const { exitCode, stdout } = await operate("create", options, { input: newSecret })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Secret ${secretId} in eu-west-1, still without a value:`)
    expect(stdout).toContain(`Done: ${String(id)} is the current version.`)
    expect(value).toMatchObject({ client_id: stored.client_id, client_secret: newSecret })
  })

  it("leaves a secret that is there as it is", async () => {
    put(stored)
    const before = await read()
    expect(await operate("create", options, { input: newSecret })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `There is a secret "${secretId}" in eu-west-1 already: use replace.\n`,
    })
    expect(await read()).toEqual(before)
  })

  it("needs a client id", async () => {
    const { exitCode, stderr } = await operate("create", ["--stdin", "--yes"], { input: newSecret })
    expect([exitCode, stderr]).toEqual([1, "create needs the application's client id: pass --client-id.\n"])
  })
})

describe("replace", () => {
  it("changes the client secret and nothing else, and keeps the old version as the previous one", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await operate("replace", ["--stdin", "--yes"], { input: newSecret })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(value).toEqual({ ...stored, client_secret: newSecret })
    expect(stdout).toContain(`Done: ${String(id)} is the current version in place of ${String(before.id)}.`)
    expect(await stagesByVersion()).toEqual({
      [String(id)]: ["AWSCURRENT"],
      [String(before.id)]: ["AWSPREVIOUS"],
    })
  })

  it("mends a secret that lacks its client secret", async () => {
    put({ client_id: stored.client_id })
    expect((await operate("replace", ["--stdin", "--yes"], { input: newSecret })).exitCode).toBe(0)
    expect((await read()).value).toEqual({ client_id: stored.client_id, client_secret: newSecret })
  })

  it.each([
    ["nothing", "", "No client secret was given: nothing was changed."],
    ["an empty line", " \n", "No client secret was given: nothing was changed."],
    [
      "several lines",
      "canary-one\ncanary-two\n",
      "A client secret is one word of plain characters: nothing was changed.",
    ],
    ["the same again", oldSecret, "That client secret is in there already: nothing was changed."],
  ])("refuses %s", async (_what, input, sentence) => {
    put(stored)
    const before = await read()
    const { exitCode, stderr } = await operate("replace", ["--stdin", "--yes"], { input })
    expect([exitCode, stderr]).toEqual([1, `${sentence}\n`])
    expect(await read()).toEqual(before)
  })

  it("changes nothing when somebody else has changed the secret meanwhile, and says so", async () => {
    put(stored)
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env })
    await command.said("client secret: replaced")
    put({ ...stored, client_secret: "canary-of-somebody-else" })
    const theirs = await read()
    command.type(newSecret)
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      `"${secretId}" was changed by somebody else while this ran: nothing was changed here. ` +
        "Look at its status and start again.\n",
    )
    expect(await read()).toEqual(theirs)
    expect(Object.values(await stagesByVersion())).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]])
  })

  it("is finished although nobody reads its output any more", async () => {
    put(stored)
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env })
    await command.said("client secret: replaced")
    command.closeStdout()
    command.type(newSecret)
    const { exitCode, stderr } = await end(command)
    expect([exitCode, stderr]).toEqual([1, "The output could not be written to its end (EPIPE).\n"])
    expect((await read()).value.client_secret).toBe(newSecret)
  })
})

describe("the move of AWSCURRENT", () => {
  it("counts as done when it was done and its answer got lost", async () => {
    put(stored)
    const endpoint = await startInFrontOf(aws.url, "loses the answer")
    const options = ["--stdin", "--yes"]
    expect((await operate("replace", options, { input: newSecret, endpoint })).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("leaves everything as it was when it is not permitted", async () => {
    put(stored)
    const before = await stagesByVersion()
    const endpoint = await startInFrontOf(aws.url, "denies it")
    expect(await operate("rotate-sealing-key", ["--yes"], { endpoint })).toMatchObject({
      exitCode: 1,
      stderr: `These credentials may not call secretsmanager:UpdateSecretVersionStage on "${secretId}".\n`,
    })
    expect(await stagesByVersion()).toMatchObject(before)
    expect((await read()).value).toEqual(stored)
  })
})

describe("the sealing keys", () => {
  it("rotate: a new key is put first, and the old ones still open", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("rotate-sealing-key", ["--yes"])
    const { value } = await read()
    const [made, ...others] = value.sealing_keys
    expect(exitCode).toBe(0)
    expect(others).toEqual(stored.sealing_keys)
    expect(value).toEqual({ ...stored, sealing_keys: [made, ...others] })
    expect(readClientSecret(JSON.stringify(value), "v1", true).sealingKeys).toHaveLength(3)
    expect(stdout).toContain(`sealing key: ${made?.kid ?? ""}, made now, seals from now on`)
    expect(stdout).toContain("sealing key: second still opens")
    expect(stdout).toContain("Nobody is signed out.")
  })

  it("rotate --end-sessions: the new key is the only one, in one step", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("rotate-sealing-key", ["--end-sessions", "--yes"])
    const { sealing_keys: keys } = (await read()).value
    expect([exitCode, keys.length]).toEqual([0, 1])
    expect(["first", "second"]).not.toContain(keys[0]?.kid)
    expect(stdout).toContain("Everybody who is signed in at a page has to sign in again (session_expired).")
  })

  it("rotate gives a secret without any its first", async () => {
    const { client_id, client_secret } = stored
    put({ client_id, client_secret })
    expect((await operate("rotate-sealing-key", ["--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys).toHaveLength(1)
  })

  it("retire removes the oldest, and says who is signed out by that", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("retire-sealing-key", ["--yes"])
    expect(exitCode).toBe(0)
    expect((await read()).value).toEqual({ ...stored, sealing_keys: [second] })
    expect(stdout).toContain("sealing key: first is removed")
    expect(stdout).toContain("pages that have not refreshed since second began to seal")
  })

  it("retire removes the one that is named", async () => {
    const third = makeUpSealingKey("third")
    put({ ...stored, sealing_keys: [third, second, first] })
    expect((await operate("retire-sealing-key", ["--kid", "second", "--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys).toEqual([third, first])
  })

  it.each([
    [
      "the only one",
      [first],
      [],
      "first is the key that seals, and is not removed: rotate-sealing-key first.",
    ],
    [
      "the one that seals",
      [second, first],
      ["--kid", "second"],
      "second is the key that seals, and is not removed: rotate-sealing-key first.",
    ],
    [
      "one that is not there",
      [second, first],
      ["--kid", "third"],
      "There is no sealing key of that id: status lists them.",
    ],
    ["one of none", [], [], "There is no sealing key in the secret."],
  ])("retire does not remove %s", async (_what, sealing_keys, options, sentence) => {
    put({ ...stored, sealing_keys })
    const before = await read()
    const { exitCode, stderr } = await operate("retire-sealing-key", [...options, "--yes"])
    expect([exitCode, stderr]).toEqual([1, `${sentence}\n`])
    expect(await read()).toEqual(before)
  })
})

describe("status", () => {
  it("tells versions, stages and key ids, and no value", async () => {
    put({ ...stored, sealing_keys: [first] })
    put(stored)
    const { exitCode, stdout } = await operate("status")
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const lines = [
      `Secret ${secretId} in eu-west-1`,
      `created ${time}, changed ${time}`,
      String.raw`version ${String((await read()).id)} \(AWSCURRENT\), created ${time}`,
      String.raw`  2 sealing keys: second \(seals\), first`,
      String.raw`version ${String((await read("AWSPREVIOUS")).id)} \(AWSPREVIOUS\), created ${time}`,
      String.raw`  1 sealing key: first \(seals\)`,
    ]
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${lines.join("\n")}\n$`))
  })

  it.each([
    ["not JSON", "canary {", "The secret's value is not a JSON object"],
    ["a list", "[1]", "The secret's value is not a JSON object"],
    ["a secret without a client id", '{"client_secret":"canary"}', 'it lacks "client_id"'],
    [
      "a sealing key of another length",
      JSON.stringify({ ...stored, sealing_keys: [{ kid: "a", key: "canary" }] }),
      "is not 32 bytes in base64url",
    ],
  ])("says that the functions cannot use %s", async (_what, text, said) => {
    put(text)
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(1)
    expect(stdout).toContain(said)
  })
})

describe.each(["replace", "rotate-sealing-key", "retire-sealing-key"])("%s", (command) => {
  const isReplace = command === "replace"
  const options = isReplace ? ["--stdin", "--yes"] : ["--yes"]
  const input = isReplace ? newSecret : ""

  it("changes nothing in a dry run, and asks for nothing", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await operate(command, ["--dry-run"])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/ (replaced|is removed|seals from now on)$/m)
    expect(stdout).toMatch(/Nothing was changed: this is a dry run\.\n$/)
    expect(await read()).toEqual(before)
  })

  it("does not touch a secret that is not a JSON object, or that the functions could not use then", async () => {
    put("canary {")
    const broken = await operate(command, options, { input })
    expect([broken.exitCode, broken.stderr]).toEqual([
      1,
      "The secret's value is not a JSON object, so nothing in it can be changed.\n",
    ])
    put({ ...stored, client_id: "" })
    const useless = await operate(command, options, { input })
    expect([useless.exitCode, useless.stderr]).toEqual([
      1,
      "Nothing was changed, since the functions would say: a secret in Secrets Manager cannot be used: " +
        'it lacks "client_id".\n',
    ])
  })

  it("needs somebody to ask, or --yes", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stderr } = await operate(command)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^There is no terminal to ask at: pass --(stdin and pipe the value in|yes)\.\n$/)
    expect(await read()).toEqual(before)
  })
})

describe("a failure is one sentence", () => {
  let scripted: AwsEndpoint

  beforeEach(async () => {
    scripted = await startAwsEndpoint()
  })

  afterEach(async () => {
    await scripted.close()
  })

  it.each([
    [
      "ResourceNotFoundException",
      `There is no secret "${secretId}" in eu-west-1: check --secret-id and --region.`,
    ],
    [
      "AccessDeniedException",
      `These credentials may not call secretsmanager:GetSecretValue on "${secretId}".`,
    ],
    ["DecryptionFailure", `These credentials may not use the KMS key of "${secretId}" (DecryptionFailure).`],
    [
      "ExpiredTokenException",
      "AWS did not accept the credentials (ExpiredTokenException): sign in to AWS again.",
    ],
    ["LimitExceededException", "Secrets Manager did not do GetSecretValue (LimitExceededException)."],
  ])("%s", async (type, sentence) => {
    scripted.answer = awsError(400, type)
    expect(await operate("replace", ["--stdin", "--yes"], { endpoint: scripted.url })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `${sentence}\n`,
    })
  })

  it("a secret that is scheduled for deletion", async () => {
    const body = JSON.stringify({
      __type: "InvalidRequestException",
      Message: "You can't perform this operation on the secret because it was marked for deletion.",
    })
    scripted.answer = { status: 400, body }
    const { stderr } = await operate("replace", ["--stdin", "--yes"], { endpoint: scripted.url })
    expect(stderr).toBe(
      `"${secretId}" is scheduled for deletion: restore it first (aws secretsmanager restore-secret).\n`,
    )
  })

  it("a secret that somebody else made meanwhile", async () => {
    scripted.first.push(awsError(400, "ResourceNotFoundException"))
    scripted.answer = awsError(400, "ResourceExistsException")
    const options = ["--client-id", "abc", "--stdin", "--yes"]
    const { stderr } = await operate("create", options, { input: newSecret, endpoint: scripted.url })
    expect(stderr).toBe(`There is a secret "${secretId}" in eu-west-1 already: use replace.\n`)
  })

  it("nothing there at all", async () => {
    const endpoint = scripted.url
    await scripted.close()
    scripted = await startAwsEndpoint()
    const { stderr } = await operate("status", [], { endpoint })
    expect(stderr).toBe("Secrets Manager cannot be reached (ECONNREFUSED).\n")
  })
})

describe("the command line", () => {
  it.each([
    [
      ["canary-in-a-wrong-place"],
      "One command is expected, create, replace, status, rotate-sealing-key, retire-sealing-key: --help tells more.",
    ],
    [
      ["replace", "canary-in-a-wrong-place"],
      "One command is expected, create, replace, status, rotate-sealing-key, retire-sealing-key: --help tells more.",
    ],
    [["replace", "--client-secret=canary"], "Unknown option '--client-secret': --help lists them."],
    [["replace"], "Which secret is meant? Pass --secret-id."],
    [["status", "--secret-id", "a", "--yes"], "status does not take --yes."],
    [
      ["replace", "--secret-id", "a", "--stdin"],
      "With --stdin nobody can be asked whether to go on: pass --yes too.",
    ],
    [
      ["status", "--secret-id", "a", "--endpoint", "http://10.0.0.1"],
      "--endpoint must be an https: URL, or an http: one on this machine.",
    ],
  ])("refuses %j", async (args, sentence) => {
    const result = await runCommand("secret", args, { env })
    outputs.push(result.stderr)
    expect(result).toEqual({ exitCode: 1, stdout: "", stderr: `${sentence}\n` })
  })

  it("needs a region", async () => {
    const nowhere = { ...env, AWS_REGION: undefined, AWS_CONFIG_FILE: "/dev/null" }
    const result = await runCommand("secret", argsFor("status", []), { env: nowhere })
    outputs.push(result.stderr)
    expect(result.stderr).toBe("There is no AWS region: pass --region, or set AWS_REGION.\n")
  })

  it("is what npm runs", () => {
    const stdout = execFileSync("npm", ["run", "--silent", "secret", "--", "--help"], { encoding: "utf8" })
    outputs.push(stdout)
    expect(stdout).toContain("Usage: npm run secret -- COMMAND --secret-id NAME [options]")
  })
})

describe.runIf(hasPseudoTerminal())("at a terminal", () => {
  function atTerminal(command: string, options: readonly string[] = []): RunningCommand {
    return startCommand("secret", argsFor(command, options), { env, atTerminal: true })
  }

  it("what is typed for the client secret is not shown, and a yes is needed", async () => {
    put(stored)
    const command = atTerminal("replace")
    await command.said("Client secret (hidden): ")
    command.type(`${newSecret}\r`)
    await command.said("Change it? [y/N] ")
    command.type("y\r")
    await command.said("Done: ")
    expect((await end(command)).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it.each(["n", "", "yesterday"])("%j is no yes", async (answer) => {
    put(stored)
    const before = await read()
    const command = atTerminal("rotate-sealing-key")
    await command.said("Change it? [y/N] ")
    command.type(`${answer}\r`)
    await command.said("Nothing was changed.")
    expect((await end(command)).exitCode).toBe(1)
    expect(await read()).toEqual(before)
  })

  it.each([
    ["Ctrl-C", "\x03", "Nothing was changed.", 130],
    ["Ctrl-D", "\x04", "No client secret was given: nothing was changed.", 1],
  ])("%s in place of a client secret changes nothing", async (_name, key, sentence, code) => {
    put(stored)
    const before = await read()
    const command = atTerminal("replace")
    await command.said("Client secret (hidden): ")
    command.type(key)
    await command.said(sentence)
    expect((await end(command)).exitCode).toBe(code)
    expect(await read()).toEqual(before)
  })
})

/** Stands before Secrets Manager, and meddles with the first move of a label: it is done or not, and never said so. */
async function startInFrontOf(url: string, how: "loses the answer" | "denies it"): Promise<string> {
  let meddled = false
  const server = createServer((request, response) => {
    void (async () => {
      const target = String(request.headers["x-amz-target"])
      const isMove = target.endsWith("UpdateSecretVersionStage") && !meddled
      if (isMove) meddled = true
      const init = { method: "POST", headers: { "x-amz-target": target }, body: await text(request) }
      if (isMove && how === "denies it") {
        response.writeHead(400).end('{"__type":"AccessDeniedException"}')
        return
      }
      const answer = await fetch(url, init)
      if (isMove) response.destroy()
      else response.writeHead(answer.status).end(await answer.text())
    })()
  })
  inFront.push(server)
  return await listenOnLoopback(server)
}

/** The `script` of util-linux, which runs a command at a pseudo terminal. */
function hasPseudoTerminal(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux")
  } catch {
    return false
  }
}
