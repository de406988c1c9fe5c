import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { parseClientSecret, UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { Secret } from "../../../lib/secret.ts"

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
    expect(Object.keys(credentials)).toEqual(["version", "clientId", "clientSecret", "sealingKeys"])
    expect(credentials.sealingKeys).toEqual([])
  })

  it("keeps white space around the secret, which may be part of it", () => {
    const text = JSON.stringify({ ...complete, client_secret: " s " })
    expect(parseClientSecret(text, "v1", false).clientSecret.reveal()).toBe(" s ")
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

  it("may have a kid of 64 characters", () => {
    const text = withKeys([{ kid: "k".repeat(64), key: key(1) }])
    expect(parseClientSecret(text, "v1", true).sealingKeys[0]?.kid).toBe("k".repeat(64))
  })

  it.each<[string, unknown]>([
    ["are absent", undefined],
    ["are not a list", { kid: "a", key: key(1) }],
    ["are none", []],
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
