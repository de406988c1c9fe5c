import ts from "typescript"

/** What the examples of one entry are checked with. */
export interface Entry {
  /** Absolute path of the module whose exports are public. */
  readonly path: string
  /** Options of the compiler, and the code that stands before each example beside the imports of the exports. */
  readonly options: ts.CompilerOptions
  readonly prelude: string
  /** Texts of files that are not on the disk, by their absolute paths. */
  readonly files?: ReadonlyMap<string, string>
}

/** An exported symbol, or a method of one, e.g. `Client.signIn`. */
interface PublicName {
  readonly name: string
  readonly examples: readonly string[]
}

/** The public names of an entry, and those without an example. */
export interface DocExamples {
  readonly names: readonly string[]
  readonly without: readonly string[]
  /** Each example by the name that it is of, and what the compiler says about it. */
  readonly checked: readonly (readonly [name: string, errors: readonly string[]])[]
}

/** Finds everything that the entry exports, and compiles the examples: each is a module, and all are in one program. */
export function docExamplesOf(entry: Entry): DocExamples {
  const programOf = programsOf(entry)
  const program = programOf(new Map())
  const checker = program.getTypeChecker()
  const exported = exportsOf(entry, program)
  const found = exported.flatMap((symbol) => [publicName(symbol), ...methodsOf(symbol, checker)])
  const head = `${importOf(entry, exported)}\n${entry.prelude}`
  const examples = found.flatMap(({ name, examples }) =>
    examples.map((code, index) => ({ name: index === 0 ? name : `${name} (${index + 1})`, code })),
  )
  // Beside the entry, where its imports resolve as they do for the entry itself.
  const modules = new Map(
    // A block of its own lets an example declare a name again.
    examples.map(({ code }, index) => [`${entry.path}.${index}.ts`, `${head};\n{\n${code}\n}\nexport {}\n`]),
  )
  const second = programOf(modules)
  const paths = [...modules.keys()]
  return {
    names: found.map(({ name }) => name),
    without: found.filter((one) => one.examples.length === 0).map(({ name }) => name),
    checked: examples.map(({ name }, index) => [name, errorsIn(second, paths[index])] as const),
  }
}

/** The options of a tsconfig.json of this repository. */
export function compilerOptions(path: string): ts.CompilerOptions {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    path,
    // Most examples declare a constant only to show its type.
    { noUnusedLocals: false },
    {
      ...ts.sys,
      // The files of that configuration do not matter here.
      readDirectory: () => [path],
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(messageOf(diagnostic))
      },
    },
  )
  if (parsed === undefined) throw new Error(`There is no ${path}`)
  return parsed.options
}

/** Makes programs of an entry and other modules. The files that they share are parsed once. */
function programsOf({ path, options, files }: Entry): (modules: ReadonlyMap<string, string>) => ts.Program {
  const host = ts.createCompilerHost(options)
  const parsed = new Map<string, ts.SourceFile | undefined>()
  return (modules) => {
    const textOf = (name: string): string | undefined => modules.get(name) ?? files?.get(name)
    const program = ts.createProgram([path, ...modules.keys()], options, {
      ...host,
      fileExists: (name) => textOf(name) !== undefined || host.fileExists(name),
      readFile: (name) => textOf(name) ?? host.readFile(name),
      getSourceFile(name, languageVersion) {
        if (!parsed.has(name)) {
          const text = textOf(name) ?? host.readFile(name)
          parsed.set(name, text === undefined ? text : ts.createSourceFile(name, text, languageVersion))
        }
        return parsed.get(name)
      },
    })
    // With a wrong option, the compiler could check less than it seems.
    const [problem] = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
    if (problem) throw new Error(messageOf(problem))
    return program
  }
}

/** The symbols themselves, not the entry's aliases for them. */
function exportsOf({ path }: Entry, program: ts.Program): readonly ts.Symbol[] {
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(path)
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${path} is not a module`)
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
}

function methodsOf(symbol: ts.Symbol, checker: ts.TypeChecker): readonly PublicName[] {
  if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return []
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter(({ flags }) => flags & ts.SymbolFlags.Method)
    .map((method) => publicName(method, `${symbol.name}.`))
}

function publicName(symbol: ts.Symbol, prefix = ""): PublicName {
  const tags = (symbol.declarations ?? []).flatMap((declaration) => ts.getJSDocTags(declaration))
  const examples = tags
    .filter(({ tagName }) => tagName.text === "example")
    .map(({ comment }) => ts.getTextOfJSDocComment(comment)?.trim() ?? "")
  return { name: `${prefix}${symbol.name}`, examples: examples.filter((code) => code !== "") }
}

function importOf({ path }: Entry, symbols: readonly ts.Symbol[]): string {
  const names = symbols.map(({ name, flags }) => (flags & ts.SymbolFlags.Value ? name : `type ${name}`))
  return `import { ${names.join(", ")} } from ${JSON.stringify(path)}`
}

function errorsIn(program: ts.Program, path = ""): readonly string[] {
  const file = program.getSourceFile(path)
  if (!file) throw new Error(`${path} is not in the program`)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    (diagnostic) => {
      const { line } = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
      return `${file.text.split("\n")[line]?.trim() ?? ""}: ${messageOf(diagnostic)}`
    },
  )
}

function messageOf({ messageText }: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(messageText, "\n")
}
