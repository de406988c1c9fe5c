import { createServer, type ServerResponse } from "node:http"
import { expect, it, onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { allowing, examine } from "./examine.ts"
import { well } from "./well-health.ts"

const origin = "http://127.0.0.1:5173"

/** A colour, a new title of the window, a control sequence in one character, and an override of the direction. */
const hostile = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202eko\u2028\ud800\n  ok        everything"

const health = {
  ...well,
  version: hostile,
  secret: { ...well.secret, version: hostile, expires: hostile, expires_in_days: 7 },
  key_set: { ...well.key_set, key_ids: [hostile, ...Array<string>(5_000).fill("kid")] },
}

const long = `${hostile} on another site ${hostile.repeat(500)}`
const failure = { error: hostile, retryable: false, request_id: hostile }

/** Answers every request. Everything that a browser needs is allowed, so that the bodies decide. */
async function startServer(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeaders(new Headers(allowing(origin)))
    // The answer to HEAD has no body to attack with.
    if (request.method === "HEAD") response.end()
    else answer(response)
  })
  onTestFinished(() => closeServer(server))
  return await listenOnLoopback(server)
}

function json(body: object, status = 200): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end(JSON.stringify(body))
}

const answers = {
  "the members of its health": json(health),
  "why its secret cannot be used": json({ ...health, secret: { ...health.secret, problem: long } }),
  "why its secret cannot be read": json({ ...health, secret: { ...health.secret, error: hostile } }),
  "why its key set cannot be read": json({ ...health, key_set: { ...health.key_set, error: hostile } }),
  "the code of its error": json({ ...failure, code: hostile }, 400),
  "a code of our own client": json({ ...failure, code: "no_answer", error_description: hostile }, 400),
  "what a browser would be told": json({ ...failure, code: "request_invalid", error_description: long }, 400),
  "why no sign-in begins": json({ ...failure, code: hostile, error_description: hostile }, 400),
}

it.each(Object.entries(answers))(
  "a server cannot write to the terminal through %s (C81)",
  async (_, answer) => {
    await expectPlain(["--url", await startServer(answer), "--origin", origin])
  },
)

it("a server cannot put control characters into the JSON for a scheduler (C81)", async () => {
  const stdout = await expectPlain(["--url", await startServer(json(health)), "--json"])
  expect(JSON.parse(stdout)).toMatchObject({ ok: true })
})

/** Runs the command. What it prints is printable, bounded, and has no line that the server made. */
async function expectPlain(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await examine(args)
  const characters = Array.from((stdout + stderr).replaceAll("\n", ""))
  expect(characters.filter((character) => /[\p{C}\p{Zl}\p{Zp}]/u.test(character))).toEqual([])
  expect(stdout).not.toMatch(/^ {2}ok {8}everything/m)
  expect(stdout.length).toBeGreaterThan(100)
  expect(stdout.length).toBeLessThan(5_000)
  return stdout
}

it("a server cannot write to the terminal through its headers (C81)", async () => {
  const url = await startServer((response) => {
    // What a header can carry: every character of ISO 8859-1 but the control characters of ASCII.
    response.setHeader("access-control-allow-headers", "\x9b31m\x85")
    response.setHeader("set-cookie", "__Host-so-login-1=\x9b31m; SameSite=Strict\x9b")
    response.writeHead(200).end("{}")
  })
  const stdout = await expectPlain(["--url", url, "--origin", origin])
  expect(stdout).toContain("access-control-allow-headers lacks content-type")
})

it("a clock that is text is a failure, and not NaN seconds ahead", async () => {
  const url = await startServer(json({ ...health, clock_skew_seconds: "abc" }))
  const { exitCode, stdout } = await examine(["--url", url])
  const said = / failed {4}reach .* health function: wrong are clock_skew_seconds\n/
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
})

it("a body without an end is read up to a bound, and is a failure", async () => {
  let sent = 0
  const url = await startServer((response) => {
    const chunk = Buffer.alloc(64 * 1024, " ")
    const write = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.writeHead(200).on("drain", write)
    write()
  })
  const { exitCode, stdout } = await examine(["--url", url, "--origin", origin])
  expect(stdout).toContain("  failed    reach          The answer is longer than 1 MiB.\n")
  expect(stdout).toContain("  failed    page's door    the answer is not from exchange-code (status 200)\n")
  expect(exitCode).toBe(1)
  expect(sent).toBeLessThan(100 * 1024 * 1024)
})
