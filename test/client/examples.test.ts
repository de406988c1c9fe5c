import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** What the page of an example's reader has: its settings, its elements, and functions that show something. */
const browserPrelude = `
declare const client: Client
declare const api: string, redirectUri: string
declare const button: HTMLButtonElement
declare const controller: AbortController
declare function showSignIn(): void
declare function showApplication(session: Session | undefined): void
declare function showUser(ctx: string, associateid: number | undefined): void
declare function showError(text: string, requestId: string | undefined): void
declare function textFor(code: ClientErrorCode): string
`

/** What the reader's cloud function has: the values of a sign-in, a store for tokens, and the AWS SDK. */
const cloudPrelude = `
import { LambdaClient } from "@aws-sdk/client-lambda"
declare const tokens: Client, transport: Transport
declare const accessTokens: AccessTokenCache, tickets: TicketCache
declare const code: string, redirect_uri: string, code_verifier: string, nonce: string, state: string
declare const refresh_token: string, system_token: string, clientSecret: string, claimsOfTheSignIn: Claims
declare const sub: string, ctx: string
declare const headers: Headers, response: Response
declare function store(claims: AllClaims, refreshToken: string | undefined): Promise<void>
declare function askToSignInAgain(code: CallError["code"]): void
declare function fromNodeProviderChain(): () => Promise<AwsCredentials>
`

describe.each([
  {
    entry: "client/browser.ts",
    config: "client/tsconfig.json",
    prelude: browserPrelude,
    known: ["createClient", "TokenExchangeError", "RevokeTokenResponse", "Client.signIn"],
  },
  {
    entry: "client/cloud.ts",
    config: "tsconfig.json",
    prelude: cloudPrelude,
    known: ["overLambda", "Claims", "TokenRequest", "ErrorCode", "Client.token", "Transport.call"],
  },
])("the package's entry $entry", ({ entry, config, prelude, known }) => {
  const options = compilerOptions(`${root}${config}`)
  const path = `${root}${entry}`
  const names = publicNamesOf(path, options)

  it("has an example for every export and every method", () => {
    expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(known))
    expect(namesWithout(names)).toEqual([])
    // One that has none shows that the test sees it.
    expect(namesWithout(publicNamesOf(`${root}client/cloud/sha256.ts`, options))).toContain("Sha256.digest")
  })

  it("has examples that compile", { timeout: 60_000 }, () => {
    const broken = { name: "broken", examples: ["const one: number = nobody", "const two: number = 'two'"] }
    const imports = names.map(({ name }) => name).filter((name) => !name.includes("."))
    const head = `import { ${imports.join(", ")} } from ${JSON.stringify(path)}\n${prelude}`
    expect(errorsIn([...names, broken], { path, options, head })).toEqual([
      ["broken", "Cannot find name 'nobody'."],
      ["broken", "Type 'string' is not assignable to type 'number'."],
    ])
  })
})

/** What an entry exports, or a method of that, e.g. `Client.signIn`. */
interface PublicName {
  readonly name: string
  readonly examples: readonly string[]
}

function publicNamesOf(path: string, options: ts.CompilerOptions): PublicName[] {
  const program = ts.createProgram([path], options)
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(path)
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${path} is not in the program`)
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
    const members = [...(symbol.members?.values() ?? [])]
    const methods = members.filter(({ flags }) => (flags & ts.SymbolFlags.Method) !== 0)
    return [
      { name: exported.name, examples: examplesOf(symbol) },
      ...methods.map((one) => ({ name: `${exported.name}.${one.name}`, examples: examplesOf(one) })),
    ]
  })
}

function examplesOf(symbol: ts.Symbol): string[] {
  const examples = symbol.getJsDocTags(undefined).filter(({ name }) => name === "example")
  return examples.map(({ text }) => ts.displayPartsToString(text).trim()).filter((code) => code !== "")
}

function namesWithout(names: readonly PublicName[]): string[] {
  return names.filter(({ examples }) => examples.length === 0).map(({ name }) => name)
}

interface Surroundings {
  /** Imports of an example resolve as they do for this file. */
  readonly path: string
  readonly options: ts.CompilerOptions
  readonly head: string
}

/** Compiles the examples, each as a module: what the compiler says, by the name whose example it is. */
function errorsIn(names: readonly PublicName[], { path, options, head }: Surroundings) {
  const codes = names.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })))
  // A block of its own lets an example declare a name again.
  const modules = new Map(
    codes.map(({ name, code }, index) => [
      `${path}.${index}.ts`,
      { name, text: `${head};\n{\n${code}\n}\nexport {}\n` },
    ]),
  )
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram([...modules.keys()], options, {
    ...host,
    getSourceFile: (name, version) => {
      const text = modules.get(name)?.text
      return text === undefined ? host.getSourceFile(name, version) : ts.createSourceFile(name, text, version)
    },
  })
  // With a wrong option, the compiler could check less than it seems.
  const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
  for (const file of program.getSourceFiles().filter(({ fileName }) => modules.has(fileName))) {
    found.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file))
  }
  return found.map(({ file, messageText }) => [
    modules.get(file?.fileName ?? "")?.name,
    ts.flattenDiagnosticMessageText(messageText, "\n"),
  ])
}

/** The options of a tsconfig.json of this repository. */
function compilerOptions(path: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as {
    config: unknown
    error?: ts.Diagnostic
  }
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"))
  const host = { ...ts.sys, readDirectory: () => [path] }
  // Most examples declare a constant only to show its type, and types are imported like everything else.
  const changes = { noUnusedLocals: false, verbatimModuleSyntax: false }
  return ts.parseJsonConfigFileContent(config, host, dirname(path), changes, path).options
}
