import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { pythonWithJwt } from "../../support/python.ts"
import type { JsonRecord } from "../../support/journey.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const page = readFileSync(`${root}docs/api-token.md`, "utf8")

/** A process with a library and the code of docs/api-token.md, which verifies one token after the other. */
export interface Verifier {
  /** The claims that the library hands over, or why it refuses the token. */
  verify(token: string): Promise<Verdict>
  close(): void
}
export type Verdict = { readonly claims: JsonRecord } | { readonly refusal: string }

/** Where the tokens are from, and a file with the certificate that is trusted there. */
export interface Trusted {
  readonly issuer: string
  readonly audience: string
  readonly certificate: string
}

/** What `verify` of the page takes is a token, but for the library that wants the whole request. */
const inNode = (argument: string) => `
import { createInterface } from "node:readline"
for await (const token of createInterface({ input: process.stdin })) {
  const verdict = await Promise.resolve().then(() => verify(${argument})).then(
    (claims) => ({ claims }),
    ({ name, code = "", message }) => ({ refusal: [name, code, message].join(" ") }),
  )
  console.log(JSON.stringify(verdict))
}`

const inPython = `
import json, sys
for line in sys.stdin:
    try:
        verdict = {"claims": verify(line.strip())}
    except Exception as error:
        verdict = {"refusal": f"{type(error).__name__} {error}"}
    print(json.dumps(verdict), flush=True)
`

const request = 'new Request("https://api.example.com", { headers: { authorization: "Bearer " + token } })'

/** For each library, the code around that of its section. */
const harnesses = {
  "aws-jwt-verify": inNode("token"),
  jose: inNode("token"),
  oauth4webapi: inNode(request),
  PyJWT: inPython,
}

export type Library = keyof typeof harnesses

/** Every library that this machine has. */
export const libraries = (Object.keys(harnesses) as Library[]).filter(
  (library) => library !== "PyJWT" || pythonWithJwt !== undefined,
)

/** Starts a process that has not read a key set yet, which trusts an issuer in place of the page's. */
export function startVerifier(library: Library, trusted: Trusted): Verifier {
  const code = codeOf(library, trusted) + harnesses[library]
  const [program, args] =
    library === "PyJWT"
      ? [pythonWithJwt ?? "python3", ["-c", code]]
      : [process.execPath, ["--input-type=module", "--eval", code]]
  const { PATH = "" } = process.env
  const trust = { NODE_EXTRA_CA_CERTS: trusted.certificate, SSL_CERT_FILE: trusted.certificate }
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH, ...trust },
    stdio: ["pipe", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async verify(token) {
      child.stdin.write(`${token}\n`)
      const { done, value } = (await lines.next()) as IteratorResult<string, undefined>
      if (done) throw new Error(`${library} has ended`)
      return JSON.parse(value) as Verdict
    },
    close: () => child.kill(),
  }
}

/** The code under the library's heading, with the issuer and the audience of this run. */
function codeOf(library: Library, { issuer, audience }: Trusted): string {
  const [, code] = new RegExp(`\\n### ${library}\\b[^]*?\`\`\`(?:js|python)\\n([^]*?)\`\`\``).exec(page) ?? []
  if (code === undefined) throw new Error(`docs/api-token.md has no code for ${library}`)
  return code.replace("https://login.example.com", issuer).replace("https://api.example.com", audience)
}
