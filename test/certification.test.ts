import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }
import { expiryNoticeDays } from "../lib/credentials/expiry.ts"
import { loginMaxAgeSeconds } from "../lib/session/login.ts"
import { isSettingName, settingOf, settings } from "../operator/deployment/settings.ts"
import { commands } from "../operator/secret/options.ts"
import { completeConfig } from "./support/context.ts"
import { everything } from "./support/deployments.ts"
import { packageService } from "./support/package.ts"
import { ofType, only, type StackTemplate } from "./support/template.ts"

const page = read("docs/certification.md")
const sections = page.split(/^### /m).slice(1)

/** Names in the page's code that look like settings: what the clients export or take, and a tenant's state. */
const otherNames = ["getAccessToken", "signIn", "cacheTickets", "popUp"]

it("docs/certification.md says that nobody has audited the product, and the deployment guide leads to it", () => {
  expect(page).toContain("**Nobody has audited this product**")
  expect(read("docs/deployment.md")).toContain("(certification.md)")
})

/** Of SuperOffice: sign-in, tokens, secrets, consent, panels, tenants, addresses, logs and ways of working. */
it("docs/certification.md has all 26 requirements", () => {
  expect(sections).toHaveLength(26)
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
  const clients = ["browser/client.ts", "browser/options.ts", "cloud/tickets.ts"]
  const code = clients.map((path) => read(`client/${path}`)).join("\n")
  for (const name of otherNames) expect(code).toContain(name)
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
  const scripts = [...page.matchAll(/`npm (?:run )?([\w:-]+)/g)].map(([, script]) => script)
  expect(scripts.length).toBeGreaterThan(5)
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts))
  const used = [...page.matchAll(/`npm run secret -- ([\w-]+)/g)].map(([, command]) => command)
  expect(commands).toEqual(expect.arrayContaining(used))
})

describe("the figures of docs/certification.md", () => {
  /** SuperOffice's, as its documentation has them. */
  const theirs = [
    ...["6 hours", "10 calls", "TLS 1.2", "TLS 1.3", "3 months", "Top 10"],
    ...["status 421", "a 421", "a 401"],
  ]
  /** Neither: of the calendar, and what follows from it. */
  const others = ["July 2026", "three calendar", "92 days"]

  it("are those of the code and of the packaged template, or SuperOffice's, and all there", async () => {
    const known = [...figuresOf((await packageService(everything)).stack), ...theirs]
    const found = figuresIn(page).filter((figure) => !others.includes(figure))
    expect([...new Set(found)].toSorted()).toEqual([...new Set(known)].toSorted())
  }, 60_000)

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
  const config = completeConfig()
  const { DomainNameConfigurations } = only(stack, "AWS::ApiGatewayV2::DomainName")
  const [domain] = DomainNameConfigurations as readonly { readonly SecurityPolicy: string }[]
  const [, waits = ""] = /abortAfter\((\w+)\)/.exec(read("client/browser/call-function.ts")) ?? []
  const [, tenantAge = ""] = /maxAgeMs = ([^\n]+)/.exec(read("lib/adapters/tenants.ts")) ?? []
  const [, ticketAge = ""] = /maxIdleMs = ([^\n]+)/.exec(read("client/cloud/tickets.ts")) ?? []
  expect([tenantAge, ticketAge]).toEqual(["60 * 60 * 1000", "(6 * 60 - 1) * 60_000"])
  const retention = String(Number(ofType(stack, "AWS::Logs::LogGroup")[0]?.RetentionInDays))
  expect(settings.logRetentionInDays.default).toBe(retention)
  return [
    `${retention} days`,
    `${expiryNoticeDays} days`,
    `${loginMaxAgeSeconds / 60} minutes`,
    `${config.sessionMaxAgeSeconds / 3_600} hours`,
    `${completeConfig({ REFRESH_TOKEN_DELIVERY: "sealed" }).sessionMaxAgeSeconds / 3_600} hour`,
    `${config.secretMaxAgeSeconds / 60} minutes`,
    `${settings.throttleRate.default} requests`,
    `${settings.throttleBurst.default} at once`,
    `${Number(waits) / 1_000} seconds`,
    `${ofType(stack, "AWS::Logs::QueryDefinition").length === 3 ? "three" : "other"} saved`,
    String(domain?.SecurityPolicy).replace(/_(\d)_(\d)$/, " $1.$2"),
  ]
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
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
}
