import { compactVerify, createLocalJWKSet } from "jose"
import { expect, test } from "vitest"
import { provider, shareProvider } from "./application.ts"
import { servedKeys, verified } from "./signed-tokens.ts"
import { exchangedCode } from "./token-requests.ts"

shareProvider()

test("a key that the local provider rolled signs from now on and is the only one served", async () => {
  const before = await servedKeys()
  await provider.rollSigningKey()
  const after = await servedKeys()
  expect(after.keys).toHaveLength(1)
  expect(after.keys[0]?.x5t).not.toBe(before.keys[0]?.x5t)
  const { id_token } = (await exchangedCode("Cust12020/tony")).body
  await verified(id_token)
  await expect(compactVerify(id_token, createLocalJWKSet(before))).rejects.toThrow()
})

test("the local provider's key set is one RSA key whose kid is hex, the same as x5t, or absent", async () => {
  const [hex] = (await servedKeys()).keys
  expect(Object.keys(hex ?? {})).toEqual(["kty", "use", "alg", "kid", "x5t", "n", "e"])
  expect(hex).toMatchObject({ kty: "RSA", use: "sig", alg: "RS256", e: "AQAB" })
  expect(hex?.kid).toMatch(/^[0-9A-F]{40}$/)
  expect(Buffer.from(hex?.kid ?? "", "hex").toString("base64url")).toBe(hex?.x5t)

  provider.keyIds = "x5t"
  expect((await servedKeys()).keys).toEqual([{ ...hex, kid: hex?.x5t }])

  provider.keyIds = "absent"
  const [unnamed] = (await servedKeys()).keys
  expect(Object.keys(unnamed ?? {})).toEqual(["kty", "use", "alg", "x5t", "n", "e"])
})
