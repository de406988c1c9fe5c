import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { seal } from "../../../lib/session/seal.ts"
import type { Binding } from "../../../lib/session/binding.ts"
import { Secret } from "../../../lib/secret.ts"
import { openSession, sealSession, sessionExpiresAt, type Session } from "../../../lib/session/session.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"
import { sealText } from "../../support/sealed-text.ts"

const binding: Binding = { config: completeConfig(), credentials, origin: pageOrigin }
const session: Session = {
  refreshToken: new Secret("a-refresh-token"),
  sub: "tony@example.com",
  ctx: "Cust12020",
  signedInAt: signedAt,
}
const content = {
  refresh_token: "a-refresh-token",
  sub: "tony@example.com",
  ctx: "Cust12020",
  signed_in_at: 1_649_314_756_000,
  environment: "sod",
  delivery: "cookie",
  client_id: clientId,
  origin: pageOrigin,
}

const elsewhere: [string, Binding][] = [
  ["another origin", { ...binding, origin: "https://other.example.com" }],
  ["another environment", { ...binding, config: completeConfig({ SUPEROFFICE_ENVIRONMENT: "online" }) }],
  ["another client", { ...binding, credentials: { ...credentials, clientId: "another-client" } }],
]

async function openContent(changes: object) {
  return await openSession(
    await seal("so-session", { ...content, ...changes }, credentials.sealingKeys),
    signedAt,
    binding,
  )
}

describe("a session", () => {
  it("opens as it was sealed, with the millisecond of sign-in", async () => {
    const late = { ...session, signedInAt: new Date(signedAt.getTime() + 999) }
    const opened = await openSession(await sealSession(late, binding), signedAt, binding)
    expect(opened).toEqual(late)
    expect(opened?.refreshToken.reveal()).toBe("a-refresh-token")
  })

  it("opens whatever its age, so that it can be revoked", async () => {
    const old = { ...session, signedInAt: new Date("2001-01-01T00:00:00Z") }
    expect(await openSession(await sealSession(old, binding), signedAt, binding)).toEqual(old)
  })

  it.each(elsewhere)("does not open at %s", async (_where, there) => {
    expect(await openSession(await sealSession(session, binding), signedAt, there)).toBeUndefined()
    expect(await openSession(await sealSession(session, there), signedAt, there)).toEqual(session)
  })

  it("is what its content says, and opens with nothing else in it", async () => {
    expect(await openContent({})).toEqual(session)
  })

  it.each([
    { refresh_token: undefined },
    { refresh_token: 1 },
    { sub: undefined },
    { sub: null },
    { ctx: undefined },
    { ctx: ["Cust12020"] },
    { signed_in_at: undefined },
    { signed_in_at: "1649314756" },
    { signed_in_at: 1_649_314_756_000 + 60_001 },
    { environment: undefined },
    { client_id: undefined },
    { origin: undefined },
    { origin: [pageOrigin] },
  ])("does not open with %j in it", async (changes) => {
    expect(await openContent(changes)).toBeUndefined()
  })

  it.each(["1e999", "-1e999"])(
    "does not open with %s as its time, which is no finite number",
    async (time) => {
      const sealed = await sealText("so-session", content, "signed_in_at", time)
      expect(await openSession(sealed, signedAt, binding)).toBeUndefined()
    },
  )

  it("opens with a time as far ahead as clocks may differ", async () => {
    expect(await openContent({ signed_in_at: 1_649_314_756_000 + 60_000 })).toBeDefined()
  })

  it("is never a login, though the content were right", async () => {
    const login = await seal("so-login", content, credentials.sealingKeys)
    expect(await openSession(login, signedAt, binding)).toBeUndefined()
  })

  it.each([
    ["eight hours", {}, 28_800],
    ["one hour where script can read it", { REFRESH_TOKEN_DELIVERY: "sealed" }, 3_600],
    ["what is set", { SESSION_MAX_AGE_SECONDS: "60" }, 60],
  ])("ends %s after sign-in, counted in whole seconds", (_time, env, seconds) => {
    const late = { ...session, signedInAt: new Date(signedAt.getTime() + 999) }
    expect(sessionExpiresAt(late, completeConfig(env))).toBe(1_649_314_756 + seconds)
  })
})

describe("a key", () => {
  it("that came first seals; the older ones still open", async () => {
    const newer = { kid: "k2", key: createSecretKey(Buffer.alloc(32, 2)) }
    const rotated = { ...credentials, sealingKeys: [newer, ...credentials.sealingKeys] }
    const sealed = await sealSession(session, { ...binding, credentials: rotated })
    expect(await openSession(sealed, signedAt, binding)).toBeUndefined()
    expect(await openSession(sealed, signedAt, { ...binding, credentials: rotated })).toEqual(session)
    expect(
      await openSession(await sealSession(session, binding), signedAt, { ...binding, credentials: rotated }),
    ).toEqual(session)
  })
})
