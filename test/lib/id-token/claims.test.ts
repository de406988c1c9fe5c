import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { holdsCredential, normalizeClaims } from "../../../lib/id-token/claims.ts"
import type { VerifiedPayload } from "../../../lib/id-token/id-token.ts"
import { clientId, issuer, namespace } from "../../../harness/id-tokens.ts"

const registered = {
  iss: issuer,
  aud: clientId,
  sub: "tony@example.com",
  iat: 1_649_314_756,
  nbf: 1_649_314_696,
  exp: 1_649_315_056,
}
const required = { ...registered, [`${namespace}ctx`]: "Cust12020" }
const normalized = { ...registered, ctx: "Cust12020" }
/** SuperOffice's own claims that are text and nothing more. */
const textClaims = [
  ...["email", "upn", "company_name", "initials", "so_primary_email_address", "identityprovider"],
  ...["firstname", "lastname"],
]
const context = { audience: clientId, localHost: undefined }

/** What these members add to the claims of every token, and how many were dropped. */
function added(members: Readonly<Record<string, unknown>>, localHost?: string) {
  const { claims, others, dropped } = normalizeClaims({ ...required, ...members }, { ...context, localHost })
  expect(claims).toMatchObject(normalized)
  const extra = Object.entries(claims).filter(([name]) => !Object.hasOwn(normalized, name))
  return { claims: Object.fromEntries(extra), others, dropped }
}

/** SuperOffice's own claims, as it writes them. */
function inNamespace(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [namespace + name, value]))
}

const nothing = { claims: {}, others: {}, dropped: 0 }
const malformed = { claims: {}, others: {}, dropped: 1 }

describe("normalizeClaims", () => {
  it("gives the contract's claims of a whole token, and apart from them the credentials", () => {
    const standard = { nonce: "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7", at_hash: "HpKOz9aiJJ7wz_5dDM8ANg" }
    const texts = {
      serial: "1501178584",
      email: "tony@example.com",
      upn: "tony@example.com",
      company_name: "Tonys Developer Network",
      initials: "TY",
      so_primary_email_address: "tony.yates@example.com",
      identityprovider: "central-superid",
      netserver_url: "https://sod.superoffice.com/Cust12020/Remote/Services88/",
      webapi_url: "https://sod.superoffice.com/Cust12020/api/",
      firstname: "Tony",
      lastname: "Yates",
    }
    const written = { ...texts, associateid: "5", is_administrator: "False", system_token: "App-8k8Q7DmBgo" }
    const theirs = inNamespace({ ...written, remember_me_expires: "" })
    expect(added({ aud: [clientId, clientId], ...standard, ...theirs })).toEqual({
      claims: { ...standard, ...texts, associateid: 5, is_administrator: false },
      others: { system_token: "App-8k8Q7DmBgo" },
      dropped: 0,
    })
  })

  it.each<[string, unknown, unknown[]]>([
    ["associateid", 5, ["5", 5, "005"]],
    ["serial", "1501178584", ["1501178584", 1501178584]],
    ["serial", "0012", ["0012"]],
    ["is_administrator", true, ["True", "TRUE", true]],
    ["is_administrator", false, ["False", "false", false]],
    ["company_name", "Blåbær & Søn", ["Blåbær & Søn"]],
  ])("reads %s as %j from each of %j", (name, value, written) => {
    for (const one of written)
      expect(added(inNamespace({ [name]: one }))).toEqual({ ...nothing, claims: { [name]: value } })
  })

  it.each<[string, unknown[]]>([
    ["associateid", ["", "five", "-5", "1234567890123", 1.5, true, null, [5], {}]],
    ["serial", ["", 1.5, 2 ** 53, null, true, ["1"]]],
    ["is_administrator", ["", "yes", "1", " True", 1, null, ["True"]]],
    ["webapi_url", ["", 5, "http://sod.superoffice.com/", "https://superoffice.com.example.com/"]],
    ["netserver_url", ["", 5, "http://sod.superoffice.com/", "https://user@sod.superoffice.com/"]],
    ...textClaims.map((name): [string, unknown[]] => [name, ["", 5, null, ["a"]]]),
  ])("drops and counts a malformed %s, and keeps the rest: %j", (name, values) => {
    for (const value of values) expect(added(inNamespace({ [name]: value }))).toEqual(malformed)
  })

  it.each(["nonce", "at_hash", "email"])("drops and counts a standard %s that is not text", (name) => {
    for (const value of [5, null, "", ["a"]]) expect(added({ [name]: value })).toEqual(malformed)
  })

  it.each(["webapi_url", "netserver_url"])("keeps a %s of the local host only when developing", (name) => {
    const members = inNamespace({ [name]: "http://127.0.0.1:4020/Cust12020/api/" })
    expect(added(members)).toEqual(malformed)
    const claims = { [name]: "http://127.0.0.1:4020/Cust12020/api/" }
    expect(added(members, "127.0.0.1")).toEqual({ ...nothing, claims })
  })

  it("lets the standard email win over SuperOffice's, unless it is malformed", () => {
    const [standard, theirs] = [{ email: "standard@example.com" }, { email: "namespaced@example.com" }]
    expect(added({ ...standard, ...inNamespace(theirs) })).toEqual({ ...nothing, claims: standard })
    expect(added({ email: 5, ...inNamespace(theirs) })).toEqual({ ...malformed, claims: theirs })
  })

  it("passes over SuperOffice's claims outside its namespace", () => {
    const names = ["ctx", "associateid", "serial", "is_administrator", "netserver_url", "webapi_url"]
    for (const name of [...names, ...textClaims.filter((claim) => claim !== "email")])
      expect(added({ [name]: "https://sod.superoffice.com/" })).toEqual(nothing)
  })

  it("hands over all other claims as received, those of the namespace without it", () => {
    const unknown = { personid: 12, url: { any: ["thing", null] }, empty: "" }
    const other = { custom: null, "https://a.example/role": ["a"], toString: "text", remember_me_expires: "" }
    const https = { "https://schemes.superoffice.net/identity/upn": "x" }
    const others = { ...unknown, ...other, ...https }
    expect(added({ ...inNamespace(unknown), ...other, ...https })).toEqual({ ...nothing, others })
  })

  it.each([
    ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", "at_hash", "c_hash", "auth_time"],
    ...["acr", "amr", "sid", "name", "preferred_username", "email_verified", "cnf", "scope", "roles", ""],
  ])("lets no namespaced claim take the registered name %j: it keeps its URI", (name) => {
    const members = inNamespace({ [name]: "x" })
    expect(added(members)).toEqual({ ...nothing, others: members })
  })

  it("lets no namespaced claim take the name of another claim of the token", () => {
    const others = { personid: "standard", ...inNamespace({ personid: "namespaced" }) }
    expect(added(others)).toEqual({ ...nothing, others })
  })

  it("drops the unused remember_me_expires only when it is empty", () => {
    expect(added(inNamespace({ remember_me_expires: "" }))).toEqual(nothing)
    const others = { remember_me_expires: "1516299956" }
    expect(added(inNamespace(others))).toEqual({ ...nothing, others })
  })

  it.each(["__proto__", "constructor", "prototype"])("drops %s, namespaced or not (C55)", (name) => {
    const text = `{"${name}":{"evil":true},"${namespace}${name}":{"evil":true}}`
    const payload = Object.assign(JSON.parse(text) as object, required) as VerifiedPayload
    expect(Object.hasOwn(payload, name)).toBe(true)
    const { claims, others, dropped } = normalizeClaims(payload, context)
    expect({ claims, others, dropped }).toEqual({ ...nothing, claims: normalized })
    for (const one of [claims, others]) {
      expect(Object.getPrototypeOf(one)).toBe(Object.prototype)
      expect(Object.hasOwn(one, name)).toBe(false)
    }
  })
})

describe("holdsCredential", () => {
  it.each(["system_token", "ticket", `${namespace}system_token`, `${namespace}ticket`])(
    "is true of an ID Token that has %s, whatever its value",
    (name) => {
      for (const value of ["7T:a", "", null, false])
        expect(holdsCredential({ ...required, [name]: value })).toBe(true)
    },
  )

  it("is false of every other ID Token", () => {
    const others = { tickets: "7T:a", ...inNamespace({ system_token_id: "1" }) }
    expect([required, { ...required, ...others }].map(holdsCredential)).toEqual([false, false])
  })
})

describe("normalizeClaims, whatever SuperOffice may sign (seed 20180118),", () => {
  const run = { seed: 20_180_118, numRuns: 500 }
  const isText = (value: unknown) => typeof value === "string" && value !== ""
  const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0
  const url = /^https:\/\/([\w.-]+\.)?superoffice\.com(:443)?(\/|$)/i
  const isUrl = (value: unknown) => url.test(String(value))
  const standardTexts = ["iss", "sub", "aud", "ctx", "nonce", "at_hash", "serial"]
  const contractTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
    ...Object.fromEntries([...standardTexts, ...textClaims].map((name) => [name, isText])),
    ...Object.fromEntries(["iat", "nbf", "exp", "associateid"].map((name) => [name, isCount])),
    is_administrator: (value) => typeof value === "boolean",
    netserver_url: isUrl,
    webapi_url: isUrl,
  }
  const unsafe = ["__proto__", "constructor", "prototype"]
  const knownName = fc.constantFrom(
    ...Object.keys(contractTypes).filter((name) => !Object.hasOwn(normalized, name)),
    ...["system_token", "ticket", "remember_me_expires", "azp", "jti", "name", "toString", "valueOf", ""],
    ...[...unsafe, "hasOwnProperty", "__defineGetter__"],
  )
  const name = fc
    .tuple(fc.constantFrom("", namespace, namespace.repeat(2)), fc.oneof(knownName, fc.string()))
    .map((parts) => parts.join(""))
  const urls = ["https://sod.superoffice.com/", "https://superoffice.com.evil.org"]
  const value = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.constantFrom("True", "false", "5", "", ...urls))
  // By way of JSON, as in a token, so that __proto__ is an ordinary member.
  const payload = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((members) => {
    const text = members.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)},`).join("")
    return JSON.parse(`{${text}${JSON.stringify(required).slice(1)}`) as VerifiedPayload
  })

  it("keeps every type of the contract, and shows a page the claims of the contract alone", () => {
    fc.assert(
      fc.property(payload, (written) => {
        const { claims, others, dropped } = normalizeClaims(written, context)
        expect(claims).toMatchObject(normalized)
        expect(dropped).toBeGreaterThanOrEqual(0)
        for (const [claim, value] of Object.entries(claims))
          expect([claim, contractTypes[claim]?.(value)]).toEqual([claim, true])
        expect(Object.keys(others).filter((claim) => Object.hasOwn(contractTypes, claim))).toEqual([])
      }),
      run,
    )
  })

  it("never changes a prototype (C55)", () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    fc.assert(
      fc.property(payload, (written) => {
        const { claims, others } = normalizeClaims(written, context)
        for (const one of [claims, others]) {
          expect(Object.getPrototypeOf(one)).toBe(Object.prototype)
          expect(unsafe.filter((name) => Object.hasOwn(one, name))).toEqual([])
        }
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      }),
      run,
    )
  })
})
