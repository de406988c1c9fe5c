import { requirements } from "./requirements.ts"
import { unmet } from "./unmet.ts"

/** A rule of docs/conformance.md that names requirements of OWASP ASVS as its source. */
interface Rule {
  readonly id: string
  readonly requirements: readonly Reference[]
  /** Links to the files with its tests. */
  readonly tests: readonly string[]
}

interface Reference {
  readonly number: string
  readonly level: number | undefined
}

/** docs/asvs.md, made from the text of docs/conformance.md, and what keeps it from being right. */
export interface AsvsPage {
  readonly text: string
  readonly problems: readonly string[]
}

const maxFiles = 3

export function asvsPage(conformance: string): AsvsPage {
  const rules = [...conformance.matchAll(/^\| ([CR]\d\d) \|.*$/gm)].map(([row, id = ""]) =>
    parseRule(row, id),
  )
  const numbers = Object.keys(requirements)
  const rows = numbers.map((number) => rowOf(number, rules))
  return { text: textOf(rows), problems: problemsOf(rules, numbers) }
}

function parseRule(row: string, id: string): Rule {
  const [, , source = "", tests = ""] = row
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(1)
  const cited = source
    .split(";")
    .filter((part) => part.includes("ASVS"))
    .flatMap((part) => [...part.matchAll(/(\d+\.\d+)\.(\d+)(?:-(\d+))?(?: L(\d))?/g)])
  return {
    id,
    requirements: cited.flatMap(([, section = "", first, last = first, level]) =>
      range(Number(first), Number(last)).map((last) => ({
        number: `${section}.${last}`,
        level: level === undefined ? undefined : Number(level),
      })),
    ),
    tests: tests.match(/\[[^\]]+\]\(\.\.\/test\/[^)]+\)/g) ?? [],
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function rowOf(number: string, rules: readonly Rule[]): string {
  const { level, asks, also } = requirements[number] ?? { level: 0, asks: "" }
  const naming = rulesOf(number, rules)
  const files = [...new Set(naming.flatMap(({ tests }) => tests))]
  const more = files.length - maxFiles
  const evidence = [
    also,
    ...files.slice(0, maxFiles),
    more > 0 ? `${more} more ${more === 1 ? "file" : "files"}` : undefined,
  ]
  const ids = naming.map(({ id }) => id).join(", ")
  return `| ${number} | ${level} | ${asks} | ${ids} | ${evidence.filter((item) => item !== undefined).join("; ")} |`
}

function rulesOf(number: string, rules: readonly Rule[]): Rule[] {
  return rules.filter((rule) => rule.requirements.some((reference) => reference.number === number))
}

function problemsOf(rules: readonly Rule[], numbers: readonly string[]): string[] {
  const cited = rules.flatMap((rule) => rule.requirements.map((reference) => ({ ...reference, id: rule.id })))
  return [
    ...cited
      .filter(({ number }) => !numbers.includes(number))
      .map(
        ({ number, id }) => `${id} names ASVS ${number}, which scripts/asvs/requirements.ts does not have`,
      ),
    ...cited
      .filter(({ number, level }) => level !== undefined && level !== (requirements[number]?.level ?? level))
      .map(({ number, level, id }) => `${id} says that ASVS ${number} is of level ${level ?? ""}`),
    ...numbers
      .filter((number) => requirements[number]?.also === undefined && rulesOf(number, rules).length === 0)
      .map((number) => `ASVS ${number} has no rule and no other evidence`),
  ]
}

function textOf(rows: readonly string[]): string {
  return `# OWASP ASVS 5.0

For auditors. \`npm run conformance -- --write\` makes this page from the sources and the tests of
[conformance.md](conformance.md) and from a list of other evidence, \`scripts/asvs/requirements.ts\`. \`npm run conformance\` and a
test fail when the page is not what they make.

Nobody outside has assessed this. The table has the requirements of level 1 and 2 that apply to the functions and to what the stack
has around them, and the few of level 3 that are met. "asks" is in our words:
[the standard](https://owasp.org/www-project-application-security-verification-standard/) is what counts. Rules are rows of
[conformance.md](conformance.md), which names each test; three files with tests of them are linked here.

| requirement | level | asks | rules | evidence |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

## Not met, or only in part

${Object.entries(unmet)
  .map(([number, why]) => `- **${number}** ${why}`)
  .join("\n")}

## Not in the table

- V5 (files), V17 (WebRTC), 4.3 (GraphQL) and 4.4 (WebSocket): the service has none. It has no database and no command line either,
  which the rest of V1 is about.
- V6 (authentication): the functions know no passwords. SuperOffice and the identity provider of the tenant sign users in.
- 10.3 and the rest of 10.4: SuperOffice is resource server and authorization server.
- What the table does not name of the other chapters was not looked into. Most of it is about pages, users' rights and data, which
  your application has, or about the AWS account and how its owner works.
`
}
