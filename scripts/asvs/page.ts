import { requirements } from "./requirements.ts"
import { unmet } from "./unmet.ts"

/** A rule of docs/conformance.md that names requirements of OWASP ASVS as its source. */
interface Rule {
  readonly id: string
  readonly requirements: readonly Reference[]
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

/** The chapters of ASVS that have requirements here. */
const chapters: Readonly<Record<string, string>> = {
  1: "Encoding and sanitization",
  2: "Validation and business logic",
  3: "Web frontend security",
  4: "API and web service",
  7: "Session management",
  8: "Authorization",
  9: "Self-contained tokens",
  10: "OAuth and OIDC",
  11: "Cryptography",
  12: "Secure communication",
  13: "Configuration",
  14: "Data protection",
  15: "Secure coding and architecture",
  16: "Security logging and error handling",
}

export function asvsPage(conformance: string): AsvsPage {
  const rules = [...conformance.matchAll(/^\| ([CR]\d\d) \|.*$/gm)].map(([row, id = ""]) =>
    parseRule(row, id),
  )
  const numbers = Object.keys(requirements)
  const sections = Object.entries(chapters).map(([chapter, title]) => {
    const items = numbers.filter((number) => number.startsWith(`${chapter}.`))
    return `## V${chapter} ${title}\n\n${items.map((number) => itemOf(number, rules)).join("\n")}`
  })
  return { text: textOf(sections), problems: problemsOf(rules, numbers) }
}

function parseRule(row: string, id: string): Rule {
  const [, , , source = ""] = row.split(/(?<!\\)\|/)
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
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function itemOf(number: string, rules: readonly Rule[]): string {
  const { level, asks, also } = requirements[number] ?? { level: 0, asks: "" }
  const links = rulesOf(number, rules).map(({ id }) => `[${id}](conformance-tests.md#${id.toLowerCase()})`)
  const evidence = [links.join(", "), also ?? ""].filter((text) => text !== "").join("; ")
  return `- **${number}**, level ${level}: ${asks} Evidence: ${evidence}`
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

function textOf(sections: readonly string[]): string {
  return `# OWASP ASVS 5.0

For auditors who work with OWASP's Application Security Verification Standard. The page has the requirements of level 1 and 2 that
apply to the functions and to the stack around them, and the few of level 3 that are met. **Nobody outside has assessed this.**

What each requirement asks is in our words:
[the standard](https://owasp.org/www-project-application-security-verification-standard/) is what counts. An id, such as C27, is a
rule of [conformance.md](conformance.md), and leads to the tests that prove it.

\`npm run conformance -- --write\` makes this page from the sources of those rules and from a list of other evidence,
\`scripts/asvs/requirements.ts\`. \`npm run conformance\` and a test fail when the page is not what they make.

${sections.join("\n\n")}

## Not met, or only in part

${Object.entries(unmet)
  .map(([number, why]) => `- **${number}** ${why}`)
  .join("\n")}

## What is left out

- V5 (files), V17 (WebRTC), 4.3 (GraphQL) and 4.4 (WebSocket): the service has none of them. It has no database and no command
  line either, which the rest of V1 is about.
- V6 (authentication): the functions know no passwords. SuperOffice and the identity provider of the tenant sign users in.
- 10.3 and the rest of 10.4: SuperOffice is the resource server and the authorization server. An API that takes
  [our own token](api-token.md) is a resource server, too: 10.3 is for whoever develops it.
- We did not look into the other requirements of these chapters. Most of them are about pages, users' rights and data, which
  your application has, or about the AWS account and how its owner works.
`
}
