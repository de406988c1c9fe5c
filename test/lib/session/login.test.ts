import { describe, expect, it } from "vitest"
import { beginLogin, openLogin, sealLogin, type Login } from "../../../lib/session/login.ts"
import { seal } from "../../../lib/session/seal.ts"
import type { Binding } from "../../../lib/session/binding.ts"
import { codeVerifier, credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"
import { sealText } from "../../support/sealed-text.ts"

const binding: Binding = { config: completeConfig(), credentials, origin: pageOrigin }
const redirectUri = `${pageOrigin}/callback`
const login: Login = { state: "the-state", nonce: "the-nonce", codeVerifier, redirectUri }
const content = {
  state: "the-state",
  nonce: "the-nonce",
  code_verifier: codeVerifier,
  redirect_uri: redirectUri,
  begun_at: 1_649_314_756,
  environment: "sod",
  delivery: "cookie",
  client_id: clientId,
  origin: pageOrigin,
}

async function openContent(changes: object) {
  const sealed = await seal("so-login", { ...content, ...changes }, credentials.sealingKeys)
  return await openLogin(sealed, "the-state", signedAt, binding)
}

function secondsLater(seconds: number): Date {
  return new Date(signedAt.getTime() + seconds * 1000)
}

describe("a sign-in", () => {
  it("begins with 256 random bits for state, nonce and verifier each (C15)", () => {
    const logins = Array.from({ length: 50 }, () => beginLogin(redirectUri))
    const values = logins.flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier])
    expect(new Set(values).size).toBe(150)
    for (const value of values) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(logins[0]).toEqual({
      state: values[0],
      nonce: values[1],
      codeVerifier: values[2],
      redirectUri,
    })
  })

  it("opens for its state as it was sealed (C17, C19)", async () => {
    const sealed = await sealLogin(login, signedAt, binding)
    expect(await openLogin(sealed, "the-state", signedAt, binding)).toEqual(login)
  })

  it.each(["another-state", "the-statf", "the-stat", "the-state ", "THE-STATE", "", "æ"])(
    "does not open for another state: %j (C19, R24)",
    async (state) => {
      const sealed = await sealLogin(login, signedAt, binding)
      expect(await openLogin(sealed, state, signedAt, binding)).toBeUndefined()
    },
  )

  it.each<[string, Binding]>([
    ["another origin", { ...binding, origin: "https://other.example.com" }],
    ["another environment", { ...binding, config: completeConfig({ SUPEROFFICE_ENVIRONMENT: "online" }) }],
    ["another client", { ...binding, credentials: { ...credentials, clientId: "another-client" } }],
  ])("does not open at %s (C17)", async (_where, there) => {
    const sealed = await sealLogin(login, signedAt, binding)
    expect(await openLogin(sealed, "the-state", signedAt, there)).toBeUndefined()
  })

  it("opens for ten minutes, to the second", async () => {
    const sealed = await sealLogin(login, signedAt, binding)
    expect(await openLogin(sealed, "the-state", secondsLater(600.999), binding)).toEqual(login)
    expect(await openLogin(sealed, "the-state", secondsLater(601), binding)).toBeUndefined()
  })

  it("is what its content says", async () => {
    expect(await openContent({})).toEqual(login)
  })

  it.each([
    { state: undefined },
    { state: ["the-state"] },
    { nonce: undefined },
    { code_verifier: undefined },
    { code_verifier: 1 },
    { redirect_uri: undefined },
    { begun_at: undefined },
    { begun_at: "1649314756" },
    { begun_at: null },
    { begun_at: 1_649_314_756 + 61 },
    { environment: undefined },
    { client_id: undefined },
    { origin: undefined },
  ])("does not open with %j in it", async (changes) => {
    expect(await openContent(changes)).toBeUndefined()
  })

  it.each(["1e999", "-1e999"])(
    "does not open with %s as its time, which is no finite number",
    async (time) => {
      const sealed = await sealText("so-login", content, "begun_at", time)
      expect(await openLogin(sealed, "the-state", signedAt, binding)).toBeUndefined()
    },
  )

  it("is never a session, though the content were right", async () => {
    const sealed = await seal("so-session", content, credentials.sealingKeys)
    expect(await openLogin(sealed, "the-state", signedAt, binding)).toBeUndefined()
  })
})
