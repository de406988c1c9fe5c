import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  holdsCredential,
  normalizeClaims,
  type ClaimsContext,
  type NormalizedClaims,
} from "../../../lib/id-token/claims.ts"
import type { AllClaims } from "../../../lib/claims.ts"
import type { VerifiedPayload } from "../../../lib/id-token/id-token.ts"
import { clientId, issuer, namespace } from "../../support/id-tokens.ts"

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
const deployed: ClaimsContext = { audience: clientId, localHost: undefined }

function normalize(members: Readonly<Record<string, unknown>> = {}, context = deployed) {
  return allOf(normalizeClaims({ ...required, ...members }, context))
}

/** What a cloud function sees: the claims of the contract and all others. */
function allOf({ claims, others, dropped }: NormalizedClaims): {
  readonly claims: AllClaims
  readonly dropped: number
} {
  return { claims: { ...others, ...claims }, dropped }
}

/** The claims beside the ones that every token has, and how many were dropped. */
function added(members: Readonly<Record<string, unknown>>, context = deployed) {
  const { claims, dropped } = normalize(members, context)
  const extra = Object.entries(claims).filter(([name]) => !Object.hasOwn(normalized, name))
  return { ...Object.fromEntries(extra), dropped }
}

describe("normalized claims", () => {
  it("are the contract's for a whole token of SuperOffice's", () => {
    const written = {
      aud: [clientId, clientId],
      nonce: "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7",
      at_hash: "HpKOz9aiJJ7wz_5dDM8ANg",
      [`${namespace}associateid`]: "5",
      [`${namespace}serial`]: "1501178584",
      [`${namespace}is_administrator`]: "False",
      [`${namespace}email`]: "tony@example.com",
      [`${namespace}upn`]: "tony@example.com",
      [`${namespace}company_name`]: "Tonys Developer Network",
      [`${namespace}initials`]: "TY",
      [`${namespace}so_primary_email_address`]: "tony.yates@example.com",
      [`${namespace}identityprovider`]: "central-superid",
      [`${namespace}netserver_url`]: "https://sod.superoffice.com/Cust12020/Remote/Services88/",
      [`${namespace}webapi_url`]: "https://sod.superoffice.com/Cust12020/api/",
      [`${namespace}firstname`]: "Tony",
      [`${namespace}lastname`]: "Yates",
      [`${namespace}system_token`]: "App-8k8Q7DmBgo",
      [`${namespace}remember_me_expires`]: "",
    }
    expect(normalize(written)).toEqual({
      claims: {
        ...normalized,
        nonce: "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7",
        at_hash: "HpKOz9aiJJ7wz_5dDM8ANg",
        associateid: 5,
        serial: "1501178584",
        is_administrator: false,
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
        system_token: "App-8k8Q7DmBgo",
      },
      dropped: 0,
    })
  })

  it("need nothing but what the validation requires", () => {
    expect(normalize()).toEqual({ claims: normalized, dropped: 0 })
  })
})

describe("the kinds of claim", () => {
  it.each<[string, unknown, unknown]>([
    ["associateid", "5", 5],
    ["associateid", 5, 5],
    ["associateid", "007", 7],
    ["associateid", 0, 0],
    ["serial", "1501178584", "1501178584"],
    ["serial", "0012", "0012"],
    ["serial", 1501178584, "1501178584"],
    ["is_administrator", "True", true],
    ["is_administrator", "False", false],
    ["is_administrator", "TRUE", true],
    ["is_administrator", "false", false],
    ["is_administrator", true, true],
    ["is_administrator", false, false],
    ["company_name", "Blåbær & Søn", "Blåbær & Søn"],
  ])("reads %s %j as %j", (name, written, read) => {
    expect(added({ [namespace + name]: written })).toEqual({ [name]: read, dropped: 0 })
  })

  it.each<[string, unknown[]]>([
    ["associateid", ["", "five", "-5", "5.0", "1234567890123", -5, 1.5, 1e12, true, null, [5], {}]],
    ["serial", ["", 1.5, 2 ** 53, null, true, ["1"], {}]],
    ["is_administrator", ["", "yes", "1", " True", 1, 0, null, ["True"]]],
    ["email", ["", 5, null, true, ["tony@example.com"], {}]],
    ["upn", ["", 5, null]],
    ["company_name", ["", 5, null]],
    ["initials", ["", 5, null]],
    ["so_primary_email_address", ["", 5, null]],
    ["identityprovider", ["", 5, null]],
    ["firstname", ["", 5, null]],
    ["lastname", ["", 5, null]],
    ["netserver_url", ["", 5, null, "Cust12020"]],
    ["webapi_url", ["", 5, null, ["https://sod.superoffice.com/"]]],
  ])("drops and counts a malformed %s, and keeps the rest", (name, malformed) => {
    for (const written of malformed) {
      expect(normalize({ [namespace + name]: written })).toEqual({ claims: normalized, dropped: 1 })
    }
  })

  it.each(["nonce", "at_hash", "email"])("drops and counts a standard %s that is not text", (name) => {
    for (const written of [5, null, "", ["a"]]) {
      expect(normalize({ [name]: written })).toEqual({ claims: normalized, dropped: 1 })
    }
  })
})

describe("names", () => {
  it("lets the standard email win over SuperOffice's", () => {
    const both = { email: "standard@example.com", [`${namespace}email`]: "namespaced@example.com" }
    expect(added(both)).toEqual({ email: "standard@example.com", dropped: 0 })
  })

  it("falls back on SuperOffice's email when the standard one is malformed", () => {
    const both = { email: 5, [`${namespace}email`]: "namespaced@example.com" }
    expect(added(both)).toEqual({ email: "namespaced@example.com", dropped: 1 })
  })

  it.each([
    "ctx",
    "associateid",
    "serial",
    "is_administrator",
    "upn",
    "company_name",
    "initials",
    "so_primary_email_address",
    "identityprovider",
    "netserver_url",
    "webapi_url",
    "firstname",
    "lastname",
  ])("does not count a %s outside the namespace", (name) => {
    expect(normalize({ [name]: "https://sod.superoffice.com/" })).toEqual({ claims: normalized, dropped: 0 })
  })

  it("removes the namespace from a claim that we do not know, as received", () => {
    expect(added({ [`${namespace}personid`]: 12, [`${namespace}url`]: { any: ["thing", null] } })).toEqual({
      personid: 12,
      url: { any: ["thing", null] },
      dropped: 0,
    })
  })

  it("hands over any other claim as received", () => {
    const other = { custom: null, "https://other.example/role": ["a"], toString: "text", hasOwnProperty: 1 }
    expect(added(other)).toEqual({ ...other, dropped: 0 })
  })

  it.each([
    ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", "at_hash", "c_hash", "auth_time"],
    ...["acr", "amr", "sid", "name", "preferred_username", "email_verified", "cnf", "scope", "roles", ""],
  ])("never lets a namespaced claim take the registered name %j: it keeps its URI", (name) => {
    expect(added({ [namespace + name]: "x" })).toEqual({ [namespace + name]: "x", dropped: 0 })
  })

  it("never lets a namespaced claim take the name of another claim of the token", () => {
    const both = { personid: "standard", [`${namespace}personid`]: "namespaced" }
    expect(added(both)).toEqual({ ...both, dropped: 0 })
  })

  it.each(["HTTPS://schemes.superoffice.net/identity/upn", "https://schemes.superoffice.net/identity/upn"])(
    "takes only the namespace as it is, with http: %s stays",
    (name) => {
      expect(added({ [name]: "x" })).toEqual({ [name]: "x", dropped: 0 })
    },
  )

  it("drops the unused remember_me_expires only when it is empty", () => {
    expect(added({ [`${namespace}remember_me_expires`]: "" })).toEqual({ dropped: 0 })
    expect(added({ [`${namespace}remember_me_expires`]: "1516299956" })).toEqual({
      remember_me_expires: "1516299956",
      dropped: 0,
    })
  })

  it("keeps any other claim that is empty", () => {
    const empty = { [`${namespace}personid`]: "", custom: "", remember_me_expires: "" }
    expect(added(empty)).toEqual({ personid: "", custom: "", remember_me_expires: "", dropped: 0 })
  })

  it.each(["__proto__", "constructor", "prototype"])("drops %s, namespaced or not (C55)", (name) => {
    const written = JSON.stringify({ [`${namespace}${name}`]: { evil: true } }).replace(
      "{",
      `{"${name}":{"evil":true},`,
    )
    const members = JSON.parse(written) as Record<string, unknown>
    expect(Object.hasOwn(members, name)).toBe(true)
    const { claims, dropped } = allOf(
      normalizeClaims(Object.assign(JSON.parse(written) as object, required), deployed),
    )
    expect(claims).toEqual(normalized)
    expect(dropped).toBe(0)
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype)
    expect(Object.hasOwn(claims, name)).toBe(false)
  })
})

describe.each(["webapi_url", "netserver_url"])("%s, where a bearer token will be sent", (name) => {
  const local = { audience: clientId, localHost: "127.0.0.1" }
  const claim = namespace + name

  it.each([
    "https://sod.superoffice.com/Cust12020/api/",
    "https://online2.superoffice.com/Cust12020/Remote/Services88/",
    "https://superoffice.com",
    "https://a.b.superoffice.com/",
    "https://sod.superoffice.com:443/Cust12020/api/",
    "HTTPS://SOD.SUPEROFFICE.COM/Cust12020/api/",
    "https://sod.superoffice.com/?next=https://evil.org",
  ])("is kept as written: %s", (url) => {
    expect(added({ [claim]: url })).toEqual({ [name]: url, dropped: 0 })
  })

  it.each([
    "https://superoffice.com.evil.org/",
    "https://evilsuperoffice.com/",
    "https://sod.superoffice.com.evil.org/",
    "https://superoffice.net/",
    "https://superoffice.com.",
    "https://sod-superoffice.com/",
    "https://sod.superoffice.com@evil.org/",
    "https://evil.org/sod.superoffice.com",
    "https://evil.org#.superoffice.com",
    "https://evil.org?.superoffice.com",
    "https://user@sod.superoffice.com/",
    "https://user:password@sod.superoffice.com/",
    "https://evil.org@sod.superoffice.com/",
    "https://:@evil.org/",
    "https://sod.superoffice.com:8443/",
    "https://sod.superoffice.com:80/",
    "https://evil.org\\.superoffice.com/",
    "https://evil.org\\@sod.superoffice.com/",
    "https:\\\\sod.superoffice.com/",
    "https://sod.superoffice.com\\Cust12020",
    "http://sod.superoffice.com/",
    "wss://sod.superoffice.com/",
    "javascript:alert(1)//sod.superoffice.com/",
    "//sod.superoffice.com/",
    "sod.superoffice.com",
    " https://sod.superoffice.com/",
    "https://sod.superoffice.com/ ",
    "https://sod.superoffice.com/\r\nX-Evil: 1",
    "https://so\td.superoffice.com/",
    "https://sod.superoffice。com/",
    "https://ѕod.superoffice.com/",
    "https://sod.superoffice.com%2eevil.org/",
    "https://sod.superoffice.com%00.evil.org/",
    "https://[::1]/",
    "https://127.0.0.1/",
    "http://127.0.0.1:4020/",
    "https://",
  ])("is dropped and counted: %j", (url) => {
    expect(normalize({ [claim]: url })).toEqual({ claims: normalized, dropped: 1 })
  })

  it.each(["http://127.0.0.1:4020/Cust12020/api/", "https://127.0.0.1/", "https://sod.superoffice.com/"])(
    "may name the local host when developing: %s",
    (url) => {
      expect(added({ [claim]: url }, local)).toEqual({ [name]: url, dropped: 0 })
    },
  )

  it.each([
    "http://127.0.0.1.evil.org/",
    "http://user@127.0.0.1/",
    "ftp://127.0.0.1/",
    "http://localhost:4020/",
    "http://sod.superoffice.com/",
  ])("may name nothing else when developing: %s", (url) => {
    expect(normalize({ [claim]: url }, local)).toEqual({ claims: normalized, dropped: 1 })
  })
})

describe("what a page may see", () => {
  it("is the contract's claims, and neither credentials nor anything unknown", () => {
    const { claims } = normalizeClaims(
      {
        ...required,
        nonce: "n",
        at_hash: "h",
        custom: "unknown",
        azp: clientId,
        system_token: "App-8k8Q7DmBgo",
        ticket: "7T:a",
        [`${namespace}system_token`]: "App-8k8Q7DmBgo",
        [`${namespace}ticket`]: "7T:a",
        [`${namespace}personid`]: "12",
        [`${namespace}nonce`]: "namespaced",
        [`${namespace}email`]: "tony@example.com",
      },
      deployed,
    )
    expect(claims).toEqual({
      ...normalized,
      nonce: "n",
      at_hash: "h",
      email: "tony@example.com",
    })
  })
})

describe("an ID Token", () => {
  it.each(["system_token", "ticket", `${namespace}system_token`, `${namespace}ticket`])(
    "holds a credential when it has %s, whatever its value",
    (name) => {
      for (const value of ["7T:a", "", null, false]) {
        expect(holdsCredential({ ...required, [name]: value })).toBe(true)
      }
    },
  )

  it("holds none otherwise", () => {
    expect(holdsCredential(required)).toBe(false)
    expect(holdsCredential({ ...required, tickets: "7T:a", [`${namespace}system_token_id`]: "1" })).toBe(
      false,
    )
  })
})

describe("whatever SuperOffice may sign (seed 20180118)", () => {
  const run = { seed: 20_180_118, numRuns: 500 }
  const contractTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
    ...Object.fromEntries(["iss", "sub", "aud", "ctx"].map((name) => [name, isText])),
    ...Object.fromEntries(["iat", "nbf", "exp", "associateid"].map((name) => [name, isWholeNumber])),
    ...Object.fromEntries(
      ["nonce", "at_hash", "serial", "email", "upn", "company_name", "initials"].map((name) => [
        name,
        isText,
      ]),
    ),
    so_primary_email_address: isText,
    identityprovider: isText,
    firstname: isText,
    lastname: isText,
    is_administrator: (value) => typeof value === "boolean",
    netserver_url: isSuperOfficeUrl,
    webapi_url: isSuperOfficeUrl,
  }
  const knownName = fc.constantFrom(
    ...Object.keys(contractTypes).filter((name) => !Object.hasOwn(normalized, name)),
    ...["system_token", "ticket", "remember_me_expires", "azp", "jti", "name", "toString", "valueOf", ""],
    ...["__proto__", "constructor", "prototype", "hasOwnProperty", "__defineGetter__"],
  )
  const name = fc
    .tuple(fc.constantFrom("", namespace, namespace.repeat(2)), fc.oneof(knownName, fc.string()))
    .map((parts) => parts.join(""))
  const value = fc.oneof(
    fc.jsonValue(),
    fc.webUrl(),
    fc.constantFrom(
      "True",
      "false",
      "5",
      "",
      "https://sod.superoffice.com/",
      "https://superoffice.com.evil.org",
    ),
  )
  // By way of JSON, as in a token, so that __proto__ is an ordinary member.
  const payload = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((members) => {
    const text = members.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)},`).join("")
    return JSON.parse(`{${text}${JSON.stringify(required).slice(1)}`) as VerifiedPayload
  })

  it("never throws, and keeps every type of the contract", () => {
    fc.assert(
      fc.property(payload, (written) => {
        const { claims, dropped } = allOf(normalizeClaims(written, deployed))
        expect(claims).toMatchObject(normalized)
        expect(dropped).toBeGreaterThanOrEqual(0)
        for (const [claim, isRight] of Object.entries(contractTypes)) {
          if (Object.hasOwn(claims, claim)) expect([claim, isRight(claims[claim])]).toEqual([claim, true])
        }
      }),
      run,
    )
  })

  it("never changes a prototype (C55)", () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    fc.assert(
      fc.property(payload, (written) => {
        const { claims, others } = normalizeClaims(written, deployed)
        for (const one of [claims, others]) {
          expect(Object.getPrototypeOf(one)).toBe(Object.prototype)
          expect(
            ["__proto__", "constructor", "prototype"].filter((name) => Object.hasOwn(one, name)),
          ).toEqual([])
        }
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      }),
      run,
    )
  })

  it("never shows a page anything outside the contract, nor hides a claim of it among the others", () => {
    fc.assert(
      fc.property(payload, (written) => {
        const { claims, others } = normalizeClaims(written, deployed)
        expect(Object.keys(claims).filter((claim) => !Object.hasOwn(contractTypes, claim))).toEqual([])
        expect(Object.keys(others).filter((claim) => Object.hasOwn(contractTypes, claim))).toEqual([])
      }),
      run,
    )
  })
})

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== ""
}

function isWholeNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0
}

function isSuperOfficeUrl(value: unknown): boolean {
  return typeof value === "string" && /^https:\/\/([\w.-]+\.)?superoffice\.com(:443)?(\/|$)/i.test(value)
}
