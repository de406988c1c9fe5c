import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { parseClientSecret, UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { exchangeCode } from "../../../lib/operations/token.ts"
import { Secret } from "../../../lib/secret.ts"
import { codeVerifier, openFrontDoor, pageOrigin } from "../../support/front-door.ts"

const complete = { client_id: "db1834037c58c02b6bd9898feef19845", client_secret: "the-secret" }
const text = JSON.stringify(complete)

function parse(changes: object, needsSealingKeys = false) {
  return parseClientSecret(JSON.stringify({ ...complete, ...changes }), "v1", needsSealingKeys)
}

describe("parseClientSecret", () => {
  const parsed = {
    version: "v1",
    clientId: complete.client_id,
    clientSecret: new Secret("the-secret"),
    sealingKeys: [],
  }

  it.each([
    ["a JSON object", text],
    ["one with a byte order mark and line ends around it", `\ufeff\r\n${text}\r\n`],
    ["one with white space around it that JSON does not know", `\u00a0${text}\u2028`],
    [
      "one with members that nobody needs",
      JSON.stringify({ ...complete, sealing_keys: "none", owner: "crm" }),
    ],
  ])("reads %s", (_what, written) => {
    const credentials = parseClientSecret(written, "v1", false)
    expect(credentials).toEqual(parsed)
    expect(credentials.clientSecret.reveal()).toBe("the-secret")
  })

  it("reads the date on which the client secret expires", () => {
    expect(parse({ client_secret_expires: "2027-11-27" }).expires).toEqual(new Date("2027-11-27"))
  })

  it("gives what prints without its value (C60, C62)", () => {
    const credentials = parse({})
    for (const printed of [inspect(credentials, { depth: 9 }), JSON.stringify(credentials)]) {
      expect(printed).toContain("[secret]")
      expect(printed).not.toContain("the-secret")
    }
  })

  it.each<[string, string | undefined, string]>([
    ["is binary", undefined, "it is binary, not text"],
    ["is empty", "", "it is not a JSON object"],
    ["is the bare secret", "the-secret", "it is not a JSON object"],
    ["is a list", `[${text}]`, "it is not a JSON object"],
    ["is null", "null", "it is not a JSON object"],
  ])("refuses a secret that %s, and quotes nothing of it (C62)", (_how, written, why) => {
    expect(() => parseClientSecret(written, "v1", false)).toThrow(new UnusableSecret(why))
  })
})

describe.each(["client_id", "client_secret"])("the %s of a client secret", (name) => {
  it("may be any visible ASCII characters", () => {
    const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index))
    const { clientId, clientSecret } = parse({ [name]: visible })
    expect([clientId, clientSecret.reveal()]).toContain(visible)
  })

  const blanks = Array.from("\t\n\r \u00a0\u2009\u2028\u3000\ufeff\u200b\u200d\u00ad\u202c").concat("\r\n")
  const controls = Array.from("\0\u001b\u001f\u007f\u0080\u0085\u009f")
  it.each([
    [`it lacks "${name}"`, [undefined, null, "", 1]],
    [
      `its "${name}" begins or ends with white space or an invisible character`,
      blanks.flatMap((blank) => [`${blank}the-secret`, `the-secret${blank}`, blank]),
    ],
    [
      `its "${name}" contains a control character`,
      controls.flatMap((control) => [`the-${control}secret`, `${control}the-secret`, `the-secret${control}`]),
    ],
    [
      `its "${name}" contains a space or a character outside ASCII`,
      ["the secret", "the\u00a0secret", "the\u200bsecret", "the…secret", "thé-secret", "中"],
    ],
  ])("makes the secret unusable, and is not quoted, when %s", (why, values) => {
    for (const value of values) {
      expect(() => parse({ [name]: value }), inspect(value)).toThrow(new UnusableSecret(why))
    }
  })

  it("spends no code when SuperOffice would reject it, and the log names it without its value", async () => {
    const pasted = () => Promise.resolve().then(() => parse({ [name]: "pasted\n" }))
    const door = openFrontDoor(exchangeCode, {
      credentials: async () => ({ value: await pasted(), stale: false }),
    })
    const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
    expect(await door.invoke(code)).toMatchObject({ code: "configuration_invalid", retryable: false })
    expect(door.requests).toEqual([])
    expect(door.log.join()).toContain(`its \\"${name}\\" `)
    expect(door.log.join()).not.toContain("pasted")
  })
})

describe("the sealing keys of a client secret, where pages may call,", () => {
  const key = (byte: number, length = 32) => Buffer.alloc(length, byte).toString("base64url")
  const pair = [
    { kid: "new", key: key(1) },
    { kid: "k".repeat(64), key: key(2) },
  ]

  it.each([
    ["a list", pair],
    ["its text, as the console's key/value form stores it", JSON.stringify(pair)],
    ["its text behind a byte order mark, with line ends", `\ufeff ${JSON.stringify(pair, null, 2)}\r\n`],
  ])("may be %s, and keep their order: the first seals, all open (C43)", (_how, sealing_keys) => {
    const { sealingKeys } = parse({ sealing_keys }, true)
    const read = sealingKeys.map(({ kid, key }) => ({ kid, key: key.export().toString("base64url") }))
    expect(read).toEqual(pair)
  })

  const none = 'it lacks "sealing_keys", which ALLOWED_ORIGINS needs'
  const noKid = 'one of its "sealing_keys" lacks a short "kid"'
  const noKey = 'one of its "sealing_keys" is not 32 bytes in base64url'
  it.each<[string, unknown, string]>([
    ["are absent", undefined, none],
    ["are not a list", pair[0], none],
    ["are none", [], none],
    ["are text that is not JSON", `kid: a, key: ${key(1)}`, none],
    ["are the text of one key", JSON.stringify(pair[0]), none],
    ["are the text of text", JSON.stringify(JSON.stringify(pair)), none],
    ["have one that is not an object", ["key"], noKid],
    ["have one with an empty kid", [{ kid: "", key: key(1) }], noKid],
    ["have one with a kid of 65 characters", [{ kid: "k".repeat(65), key: key(1) }], noKid],
    ["have one without key", [{ kid: "a" }], noKey],
    ["have one of 31 bytes", [{ kid: "a", key: key(1, 31) }], noKey],
    ["have one of 33 bytes", [{ kid: "a", key: key(1, 33) }], noKey],
    ["have one in ordinary base64", [{ kid: "a", key: Buffer.alloc(32, 0xff).toString("base64") }], noKey],
    ["have two of the same kid", [pair[0], pair[0]], 'two of its "sealing_keys" have the same "kid"'],
  ])("make the secret unusable, and are not quoted, when they %s (C62)", (_how, sealing_keys, why) => {
    expect(() => parse({ sealing_keys }, true)).toThrow(new UnusableSecret(why))
  })
})
