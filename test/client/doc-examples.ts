import { dirname, resolve } from "node:path"
import ts from "typescript"

/** What an entry exports, or a method of that, e.g. `Client.signIn`. */
interface PublicName {
  readonly name: string
  readonly isType: boolean
  readonly examples: readonly string[]
}

type Read = (path: string) => string | undefined

export const readFile: Read = (path) => ts.sys.readFile(path)

/** The exports and methods of a module, also those that it takes from other files, as far as `wanted` has them. */
export function publicNamesOf(path: string, read: Read = readFile, wanted?: readonly string[]): PublicName[] {
  const file = ts.createSourceFile(path, read(path) ?? "", ts.ScriptTarget.Latest, true)
  const from = (specifier: ts.Expression | undefined, names?: readonly string[]): PublicName[] => {
    if (!specifier || !ts.isStringLiteral(specifier)) return []
    return publicNamesOf(resolve(dirname(path), specifier.text), read, names)
  }
  const found = file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement
      if (!exportClause || !ts.isNamedExports(exportClause)) return from(moduleSpecifier)
      const names = exportClause.elements.map(({ name }) => name.text)
      const sources = moduleSpecifier
        ? [moduleSpecifier]
        : file.statements.filter(ts.isImportDeclaration).map((one) => one.moduleSpecifier)
      return sources.flatMap((source) => from(source, names))
    }
    return isExported(statement) ? declaredBy(statement) : []
  })
  return found.filter(({ name }) => wanted?.includes(name.split(".")[0] ?? "") ?? true)
}

type Declaration =
  ts.FunctionDeclaration | ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration

function isExported(statement: ts.Statement): statement is Declaration {
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  )
}

function declaredBy(node: Declaration): PublicName[] {
  const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
  const name = node.name?.text ?? node.getText()
  const members: readonly ts.Node[] =
    ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? node.members : []
  const methods = members.filter((one) => ts.isMethodSignature(one) || ts.isMethodDeclaration(one))
  return [
    { name, isType, examples: examplesOf(node) },
    ...methods.map((one) => ({ name: `${name}.${one.name.getText()}`, isType, examples: examplesOf(one) })),
  ]
}

function examplesOf(node: ts.Node): readonly string[] {
  return ts
    .getJSDocTags(node)
    .filter(({ tagName }) => tagName.text === "example")
    .map(({ comment }) => ts.getTextOfJSDocComment(comment)?.trim() ?? "")
    .filter((code) => code !== "")
}

interface Checked {
  readonly path: string
  readonly options: ts.CompilerOptions
  /** The code that stands before each example, beside the import of what the entry exports. */
  readonly prelude: string
  readonly read?: Read
}

/** Compiles the examples of an entry, each as a module: what the compiler says about each, by the name that it is of. */
export function checkExamples({ path, options, prelude, read = readFile }: Checked) {
  const names = publicNamesOf(path, read)
  const exported = names.filter(({ name }) => !name.includes("."))
  const imports = exported.map(({ name, isType }) => (isType ? `type ${name}` : name)).join(", ")
  const head = `import { ${imports} } from ${JSON.stringify(path)}\n${prelude}`
  // A block of its own lets an example declare a name again. Beside the entry, imports resolve as they do for it.
  const modules = names
    .flatMap(({ name, examples }) => examples.map((code) => ({ name, code })))
    .map(({ name, code }, index) => ({
      name,
      path: `${path}.${index}.ts`,
      text: `${head};\n{\n${code}\n}\nexport {}\n`,
    }))
  const textOf: Read = (name) => modules.find((one) => one.path === name)?.text ?? read(name)
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram(
    modules.map((one) => one.path),
    options,
    {
      ...host,
      fileExists: (name) => textOf(name) !== undefined,
      readFile: textOf,
      getSourceFile: (name, version) => ts.createSourceFile(name, textOf(name) ?? "", version),
    },
  )
  // With a wrong option, the compiler could check less than it seems.
  const [problem] = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
  if (problem) throw new Error(messageOf(problem))
  return modules.map((one) => [one.name, errorsIn(program, one.path)] as const)
}

/** The options of a tsconfig.json of this repository. */
export function compilerOptions(path: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(path, readFile) as {
    config: unknown
    error?: ts.Diagnostic
  }
  if (error) throw new Error(messageOf(error))
  const host = { ...ts.sys, readDirectory: () => [path] }
  // Most examples declare a constant only to show its type.
  return ts.parseJsonConfigFileContent(config, host, dirname(path), { noUnusedLocals: false }, path).options
}

function errorsIn(program: ts.Program, path: string): readonly string[] {
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
