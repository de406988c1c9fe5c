import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { parseClientSecret, UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { exchangeCode, refreshToken } from "../../../lib/operations/token.ts"
import { Secret } from "../../../lib/secret.ts"
import { bodyOf, browserEvent } from "../../support/events.ts"
import { codeVerifier, openFrontDoor, pageOrigin, refreshTokenText } from "../../support/front-door.ts"

const complete = { client_id: "db1834037c58c02b6bd9898feef19845", client_secret: "the-secret" }

function thrownBy(text: string | undefined, needsSealingKeys = false): unknown {
  try {
    return parseClientSecret(text, "v1", needsSealingKeys)
  } catch (error) {
    return error
  }
}

describe("the client secret in Secrets Manager", () => {
  it("gives the credentials and the version they are of", () => {
    const credentials = parseClientSecret(JSON.stringify(complete), "v1", false)
    expect(credentials).toEqual({
      version: "v1",
      clientId: "db1834037c58c02b6bd9898feef19845",
      clientSecret: expect.any(Secret) as Secret,
      sealingKeys: [],
    })
    expect(credentials.clientSecret.reveal()).toBe("the-secret")
  })

  it("may hold more than we read", () => {
    const text = JSON.stringify({ ...complete, sealing_keys: "not needed", owner: "crm" })
    const credentials = parseClientSecret(text, "v1", false)
    expect(Object.keys(credentials)).toEqual([
      "version",
      "clientId",
      "clientSecret",
      "sealingKeys",
      "expires",
    ])
    expect(credentials.sealingKeys).toEqual([])
  })

  it.each([
    ["a byte order mark", `\ufeff${JSON.stringify(complete)}`],
    ["a byte order mark and line ends", `\ufeff\r\n${JSON.stringify(complete)}\r\n`],
    ["white space that JSON does not know", `\u00a0${JSON.stringify(complete)}\u2028`],
  ])("may have %s around its JSON", (_what, text) => {
    expect(parseClientSecret(text, "v1", false).clientSecret.reveal()).toBe("the-secret")
  })

  it("may have any visible ASCII character in its client id and its client secret", () => {
    const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index))
    const text = JSON.stringify({ client_id: visible, client_secret: visible })
    const { clientId, clientSecret } = parseClientSecret(text, "v1", false)
    expect([clientId, clientSecret.reveal()]).toEqual([visible, visible])
  })

  const blanks = Array.from(
    " \t\n\r\v\f\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u202c",
  ).concat("\r\n")
  const controls = Array.from("\0\u0001\u0007\t\n\r\u001b\u001f\u007f\u0080\u0085\u009f")

  it.each(
    ["client_id", "client_secret"].flatMap((name) => [
      ...blanks.flatMap((blank) =>
        [`${blank}the-secret`, `the-secret${blank}`, blank].map(
          (value) => [name, value, "begins or ends with white space or an invisible character"] as const,
        ),
      ),
      ...controls.map((control) => [name, `the-${control}secret`, "contains a control character"] as const),
      ...[
        "the secret",
        "the\u00a0secret",
        "the\u2028secret",
        "the\u200bsecret",
        "the…secret",
        "thé-secret",
        "中",
        "😀",
      ].map((value) => [name, value, "contains a space or a character outside ASCII"] as const),
      ...["\0", "\u0085", "\u007f"].flatMap((control) =>
        [`${control}the-secret`, `the-secret${control}`].map(
          (value) => [name, value, "contains a control character"] as const,
        ),
      ),
    ]),
  )("is configuration_invalid when its %s is %j, since it %s", (name, value, why) => {
    const error = thrownBy(JSON.stringify({ ...complete, [name]: value }))
    expect(error).toBeInstanceOf(UnusableSecret)
    expect(error).toMatchObject({
      code: "configuration_invalid",
      message: `a secret in Secrets Manager cannot be used: its "${name}" ${why}`,
      cause: undefined,
    })
  })

  it("prints without its value (C60, C62)", () => {
    const credentials = parseClientSecret(JSON.stringify(complete), "v1", false)
    const printed = [
      inspect(credentials, { depth: 9 }),
      JSON.stringify(credentials),
      String(credentials.clientSecret),
    ]
    for (const text of printed) {
      expect(text).toContain("[secret]")
      expect(text).not.toContain("the-secret")
    }
  })

  it.each<[string, string | undefined, string]>([
    ["is binary", undefined, "it is binary, not text"],
    ["is empty", "", "it is not a JSON object"],
    ["is the bare secret", "the-secret", "it is not a JSON object"],
    ["is a list", JSON.stringify([complete]), "it is not a JSON object"],
    ["is null", "null", "it is not a JSON object"],
    ["lacks client_id", JSON.stringify({ ...complete, client_id: undefined }), 'it lacks "client_id"'],
    ["has an empty client_id", JSON.stringify({ ...complete, client_id: "" }), 'it lacks "client_id"'],
    ["has a number for client_id", JSON.stringify({ ...complete, client_id: 1 }), 'it lacks "client_id"'],
    [
      "lacks client_secret",
      JSON.stringify({ ...complete, client_secret: undefined }),
      'it lacks "client_secret"',
    ],
    [
      "has an empty client_secret",
      JSON.stringify({ ...complete, client_secret: "" }),
      'it lacks "client_secret"',
    ],
    [
      "has null for client_secret",
      JSON.stringify({ ...complete, client_secret: null }),
      'it lacks "client_secret"',
    ],
  ])("is configuration_invalid when it %s, and the error quotes nothing of it (C62)", (_how, text, why) => {
    const error = thrownBy(text)
    expect(error).toBeInstanceOf(UnusableSecret)
    expect(error).toMatchObject({
      code: "configuration_invalid",
      message: `a secret in Secrets Manager cannot be used: ${why}`,
      cause: undefined,
    })
    expect(String((error as Error).stack)).not.toContain("the-secret")
  })
})

describe("a client secret that SuperOffice would reject", () => {
  const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
  const open = (operation: typeof exchangeCode, changes: object) => {
    const text = JSON.stringify({ ...complete, ...changes })
    return openFrontDoor(operation, {
      credentials: () =>
        Promise.resolve().then(() => ({ value: parseClientSecret(text, "v1", false), stale: false })),
    })
  }

  it.each([
    { client_secret: "the-secret\n" },
    { client_secret: "\u200bthe-secret" },
    { client_secret: "the-\0secret" },
    { client_id: " db1834037c58c02b6bd9898feef19845" },
  ])("spends no code: %j", async (changes) => {
    const door = open(exchangeCode, changes)
    expect(await door.invoke(code)).toMatchObject({ code: "configuration_invalid", retryable: false })
    expect(bodyOf(await door.invoke(browserEvent(code)))).toMatchObject({ code: "configuration_invalid" })
    expect(door.requests).toEqual([])
    const [member = "", value = ""] = Object.entries(changes)[0] ?? []
    expect(door.log.join()).toContain(`its \\"${member}\\" `)
    expect(door.log.join()).not.toContain(value.trim())
  })

  it("posts no refresh token", async () => {
    const door = open(refreshToken, { client_secret: "the-secret " })
    expect(await door.invoke({ refresh_token: refreshTokenText })).toMatchObject({
      code: "configuration_invalid",
    })
    expect(door.requests).toEqual([])
  })
})

describe("its sealing keys, where pages may call", () => {
  const key = (byte: number) => Buffer.alloc(32, byte).toString("base64url")
  const withKeys = (keys: unknown) => JSON.stringify({ ...complete, sealing_keys: keys })

  it("are given in order: the first seals, all open (C43)", () => {
    const text = withKeys([
      { kid: "new", key: key(1) },
      { kid: "old", key: key(2) },
    ])
    const { sealingKeys } = parseClientSecret(text, "v1", true)
    expect(sealingKeys.map(({ kid, key: one }) => [kid, one.export().toString("base64url")])).toEqual([
      ["new", key(1)],
      ["old", key(2)],
    ])
  })

  const pair = [
    { kid: "new", key: key(1) },
    { kid: "old", key: key(2) },
  ]

  it.each([
    ["as the console's key/value form stores them", JSON.stringify(pair)],
    ["with line ends", JSON.stringify(pair, null, 2).replaceAll("\n", "\r\n")],
    ["behind a byte order mark and white space", `\ufeff ${JSON.stringify(pair)}\n`],
  ])("may be the text of their JSON: %s", (_how, text) => {
    expect(parseClientSecret(withKeys(text), "v1", true).sealingKeys.map(({ kid }) => kid)).toEqual([
      "new",
      "old",
    ])
  })

  it("may have a kid of 64 characters", () => {
    const text = withKeys([{ kid: "k".repeat(64), key: key(1) }])
    expect(parseClientSecret(text, "v1", true).sealingKeys[0]?.kid).toBe("k".repeat(64))
  })

  it.each<[string, unknown]>([
    ["are absent", undefined],
    ["are not a list", { kid: "a", key: key(1) }],
    ["are none", []],
    ["are empty text", ""],
    ["are text that is not JSON", `kid: a, key: ${key(1)}`],
    ["are the text of one key", JSON.stringify({ kid: "a", key: key(1) })],
    ["are the text of no key", "[]"],
    ["are the text of a key that is too short", JSON.stringify([{ kid: "a", key: key(1).slice(1) }])],
    ["are the text of text", JSON.stringify(JSON.stringify([{ kid: "a", key: key(1) }]))],
    ["have one that is not an object", ["key"]],
    ["have one without kid", [{ key: key(1) }]],
    ["have one with an empty kid", [{ kid: "", key: key(1) }]],
    ["have one with a kid of 65 characters", [{ kid: "k".repeat(65), key: key(1) }]],
    ["have one without key", [{ kid: "a" }]],
    ["have one of 31 bytes", [{ kid: "a", key: Buffer.alloc(31, 1).toString("base64url") }]],
    ["have one of 33 bytes", [{ kid: "a", key: Buffer.alloc(33, 1).toString("base64url") }]],
    ["have one in ordinary base64", [{ kid: "a", key: Buffer.alloc(32, 0xff).toString("base64") }]],
    [
      "have two of the same kid",
      [
        { kid: "a", key: key(1) },
        { kid: "a", key: key(2) },
      ],
    ],
  ])(
    "make the secret configuration_invalid when they %s, and the error quotes nothing (C62)",
    (_how, keys) => {
      const error = thrownBy(withKeys(keys), true)
      expect(error).toBeInstanceOf(UnusableSecret)
      expect(error).toMatchObject({ code: "configuration_invalid", cause: undefined })
      expect(String((error as Error).stack)).not.toContain(key(1))
    },
  )
})
