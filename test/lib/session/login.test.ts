import { describe, expect, it } from "vitest"
import { bindingMembers, type Binding } from "../../../lib/session/binding.ts"
import { seal } from "../../../lib/session/seal.ts"
import { beginLogin, openLogin, sealLogin, type Login } from "../../../lib/session/login.ts"
import { completeConfig } from "../../support/context.ts"
import { codeVerifier, credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const binding: Binding = { config: completeConfig(), credentials, origin: pageOrigin }
const redirectUri = `${pageOrigin}/callback`
const login: Login = { state: "the-state", nonce: "the-nonce", codeVerifier, redirectUri }
const content = {
  state: "the-state",
  nonce: "the-nonce",
  code_verifier: codeVerifier,
  redirect_uri: redirectUri,
  begun_at: 1_649_314_756,
  ...bindingMembers(binding),
}

async function openContent(changes: object) {
  const sealed = await seal("so-login", { ...content, ...changes }, credentials.sealingKeys)
  return await openLogin(sealed, "the-state", signedAt, binding)
}

describe("beginLogin", () => {
  it("draws 256 random bits for state, nonce and verifier each (C15)", () => {
    const logins = Array.from({ length: 50 }, () => beginLogin(redirectUri))
    const values = logins.flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier])
    expect(new Set(values).size).toBe(150)
    for (const value of values) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(logins[0]?.redirectUri).toBe(redirectUri)
  })
})

describe("a sealed sign-in", () => {
  it("opens for its state for ten minutes, to the second (C17, C19)", async () => {
    const sealed = await sealLogin(login, signedAt, binding)
    const openAfter = (seconds: number) =>
      openLogin(sealed, "the-state", new Date(signedAt.getTime() + seconds * 1000), binding)
    expect(await openAfter(0)).toEqual(login)
    expect(await openAfter(600.999)).toEqual(login)
    expect(await openAfter(601)).toBeUndefined()
  })

  it.each(["the-statf", "the-stat", "THE-STATE", "", "æ"])(
    "does not open for %j (C19, R24)",
    async (state) => {
      const sealed = await sealLogin(login, signedAt, binding)
      expect(await openLogin(sealed, state, signedAt, binding)).toBeUndefined()
    },
  )

  it("is what its content says, and nothing without content", async () => {
    expect(await openContent({})).toEqual(login)
    expect(await openLogin("the-state", "the-state", signedAt, binding)).toBeUndefined()
  })

  it.each([
    { state: undefined },
    { state: ["the-state"] },
    { nonce: undefined },
    { code_verifier: 1 },
    { redirect_uri: undefined },
    { begun_at: "1649314756" },
    { environment: undefined },
  ])("does not open with %j in it", async (changes) => {
    expect(await openContent(changes)).toBeUndefined()
  })
})
