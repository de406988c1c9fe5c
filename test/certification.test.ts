import { existsSync, readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }
import { loadConfig } from "../lib/config.ts"
import { expiryNoticeDays } from "../lib/credentials/expiry.ts"
import { loginMaxAgeSeconds } from "../lib/session/login.ts"
import { isSettingName, settingOf, settings } from "../operator/deployment/settings.ts"
import { commands } from "../operator/secret/options.ts"
import { everything } from "./support/deployments.ts"
import { packageService } from "./support/package.ts"
import { object, ofType, only, text, type StackTemplate } from "./support/template.ts"

const page = read("docs/certification.md")
const sections = page.split(/^### /m).slice(1)

/** What SuperOffice asks of sign-in, tokens, secrets, consent, panels, tenants, addresses, logs and ways of working. */
const requirements = [
  "Federated sign-in alone",
  "Every token is validated",
  "Cookies",
  "Errors show nothing of the inside",
  "One client secret for each environment",
  "The secret and the client id are replaced",
  "A secret that leaked",
  "The certificate",
  "An administrator consents",
  "Consent that was revoked, or has expired",
  "The ticket is kept",
  "Ticket and application token go together",
  "Users are authorized before anything is shown",
  "Nothing leaks to another user or tenant",
  "Login pages that refuse a frame",
  "A tenant's state and host",
  "Calls are limited",
  "Uninstalling",
  "TLS",
  "Registered addresses",
  "What is logged",
  "How long logs are kept",
  "Logs are reviewed",
  "Production apart from development",
  "Administrators",
  "The penetration test",
]

/** Names in the page's code that look like settings: what the clients export or take, and a tenant's state. */
const otherNames = ["getAccessToken", "signIn", "cacheTickets", "popUp"]

it("docs/certification.md says for whom it is, and that nobody has audited the product", () => {
  expect(page).toMatch(/^# .*\n\nFor a partner who prepares an application for SuperOffice's certification/)
  expect(page).toContain("**Nobody has audited this product**")
})

it("docs/certification.md is among the documents of the index and of the deployment guide", () => {
  expect(read("docs/README.md")).toContain("(certification.md)")
  expect(read("docs/deployment.md")).toContain("(certification.md)")
})

it("docs/certification.md has every requirement, and none that this test does not know", () => {
  expect(sections.map((section) => section.split("\n")[0])).toEqual(requirements)
})

it.each(sections.map((section) => [section.split("\n")[0], section]))(
  "the requirement %s has what is asked with its source, what is done, evidence and what stays with the partner",
  (_heading, section = "") => {
    const parts = [...section.matchAll(/\n- \*\*(\w+)\*\*: ([^]*?)(?=\n- \*\*|\n\n|$)/g)]
    expect(parts.map(([, label]) => label)).toEqual(["Asks", "Does", "Evidence", "Yours"])
    const [asks = "", , evidence = ""] = parts.map(([, , content = ""]) => content)
    expect(asks).toMatch(/`[\w-]+\/[\w/-]+\.mdx?`/)
    expect(evidence).toMatch(/\]\(|\bC\d\d\b|`npm run /)
  },
)

it("docs/certification.md names rules that docs/conformance.md has", () => {
  const rules = read("docs/conformance.md")
  const named = page.match(/\b[CR]\d\d\b/g) ?? []
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((id) => !rules.includes(`\n| ${id} |`))).toEqual([])
})

it("docs/certification.md names only settings that a deployment has", () => {
  const names = [...page.matchAll(/`([a-z]+[A-Z]\w*)\b[^`]*`/g)].map(([, name = ""]) => name)
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !isSettingName(name) && !otherNames.includes(name))).toEqual([])
  const clients = ["client/browser/client.ts", "client/browser/options.ts", "client/cloud/tickets.ts"].map(
    read,
  )
  for (const name of otherNames) expect(clients.join("\n")).toContain(name)
})

it("docs/certification.md gives settings only values that they may have", () => {
  const given = [...page.matchAll(/`(\w+): (\d+)`/g)].map(([, name = "", value = ""]) => ({ name, value }))
  expect(given).not.toEqual([])
  for (const { name, value } of given) {
    const check = isSettingName(name) ? settingOf(name).check : undefined
    expect(check?.(value, undefined), name).toBeUndefined()
  }
})

it("docs/certification.md names only commands that npm has", () => {
  const code = [...page.matchAll(/`npm (run )?([\w:-]+)([^`]*)`/g)]
  expect(code.length).toBeGreaterThan(5)
  const scripts = Object.keys(manifest.scripts)
  expect(code.filter(([, , script = ""]) => !scripts.includes(script))).toEqual([])
  const programs = code.filter(([, , script, words = ""]) => script === "secret" && words !== "")
  const used = programs.map(([, , , words = ""]) => /^ -- ([\w-]+)/.exec(words)?.[1])
  expect(used.filter((command) => !commands.some((known) => known === command))).toEqual([])
})

describe("the figures of docs/certification.md", () => {
  /** SuperOffice's, as its documentation has them. */
  const theirs = [
    "6 hours",
    "10 calls",
    "TLS 1.2",
    "TLS 1.3",
    "3 months",
    "status 421",
    "a 421",
    "a 401",
    "Top 10",
  ]
  /** Neither: of the calendar, and what follows from it. */
  const others = ["July 2026", "three calendar", "92 days"]
  let ours: readonly string[]

  beforeAll(async () => {
    ours = figuresOf((await packageService(everything)).stack)
  })

  it("are those of the code and of the packaged template, or SuperOffice's", () => {
    const found = figuresIn(page)
    expect(found.length).toBeGreaterThan(10)
    const known = [...ours, ...theirs, ...others]
    expect(found.filter((figure) => !known.includes(figure))).toEqual([])
  })

  it("are all there", () => {
    const found = figuresIn(page)
    expect([...ours, ...theirs].filter((figure) => !found.includes(figure))).toEqual([])
  })

  it("leave no number out", () => {
    const rest = figuresIn(page).reduce((left, found) => left.replace(found, ""), proseOf(page))
    expect(rest.match(/.{0,20}\d.{0,20}/g)).toBeNull()
  })

  it("are found in numbers and in words", () => {
    const text =
      "Of [all](a.md#3) `4` rules (C05): ten minutes, 90 days, three saved queries, TLS 1.2 and one day."
    expect(figuresIn(text)).toEqual(["ten minutes", "90 days", "three saved", "TLS 1.2"])
  })
})

/** Our figures, each written from its source as the page has it. */
function figuresOf(stack: StackTemplate): string[] {
  const config = configOf("cookie")
  const { DomainNameConfigurations } = only(stack, "AWS::ApiGatewayV2::DomainName")
  const [domain] = DomainNameConfigurations as readonly object[]
  const policy = text(object({ ...domain }).SecurityPolicy)
  const [, waits = ""] = /abortAfter\((\w+)\)/.exec(read("client/browser/call-function.ts")) ?? []
  const [, tenantAge = ""] = /maxAgeMs = ([^\n]+)/.exec(read("lib/adapters/tenants.ts")) ?? []
  const [, ticketAge = ""] = /maxIdleMs = ([^\n]+)/.exec(read("client/cloud/tickets.ts")) ?? []
  expect([tenantAge, ticketAge]).toEqual(["60 * 60 * 1000", "(6 * 60 - 1) * 60_000"])
  const [retention] = ofType(stack, "AWS::Logs::LogGroup").map(({ RetentionInDays }) =>
    Number(RetentionInDays),
  )
  expect(settings.logRetentionInDays.default).toBe(String(retention))
  return [
    `${retention ?? 0} days`,
    `${expiryNoticeDays} days`,
    `${loginMaxAgeSeconds / 60} minutes`,
    `${config.sessionMaxAgeSeconds / 3_600} hours`,
    `${configOf("sealed").sessionMaxAgeSeconds / 3_600} hour`,
    `${config.secretMaxAgeSeconds / 60} minutes`,
    `${settings.throttleRate.default} requests`,
    `${settings.throttleBurst.default} at once`,
    `${Number(waits) / 1_000} seconds`,
    `${ofType(stack, "AWS::Logs::QueryDefinition").length === 3 ? "three" : "other"} saved`,
    policy.replace(/_(\d)_(\d)$/, " $1.$2"),
  ]
}

function configOf(delivery: string) {
  const config = loadConfig({
    SUPEROFFICE_ENVIRONMENT: "sod",
    CLIENT_SECRET_ID: "superoffice/sod",
    REFRESH_TOKEN_DELIVERY: delivery,
  })
  if ("problems" in config) throw new Error(config.problems.join())
  return config
}

/** Numbers with the word that says of what. */
function figuresIn(markdown: string): string[] {
  const words = "two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|sixty|ninety"
  const figure = new RegExp(
    `\\b(?:(?:TLS|Top|status|July|a) \\d+(?:\\.\\d+)?|(?:\\d+(?:\\.\\d+)?|${words}) (?:at )?[a-z]+)`,
    "g",
  )
  return proseOf(markdown).match(figure) ?? []
}

/** Without code, the targets of links and ids of rules. */
function proseOf(markdown: string): string {
  return markdown.replaceAll(/`[^`]*`|\]\([^)]*\)|\b[CR]\d\d\b/g, "").replaceAll(/\s+/g, " ")
}

function read(path: string): string {
  const url = new URL(`../${path}`, import.meta.url)
  return existsSync(url) ? readFileSync(url, "utf8") : ""
}
