import { createHash, createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { seal } from "../../../lib/session/seal.ts"
import type { Binding } from "../../../lib/session/binding.ts"
import { Secret } from "../../../lib/secret.ts"
import {
  openSession,
  sealSession,
  sessionCookieName,
  sessionExpiresAt,
  type Session,
} from "../../../lib/session/session.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"

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
  signed_in_at: 1_649_314_756,
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
    binding,
  )
}

describe("a session", () => {
  it("opens as it was sealed, with the second of sign-in", async () => {
    const sealed = await sealSession({ ...session, signedInAt: new Date(signedAt.getTime() + 999) }, binding)
    const opened = await openSession(sealed, binding)
    expect(opened).toEqual(session)
    expect(opened?.refreshToken.reveal()).toBe("a-refresh-token")
  })

  it("opens whatever its age, so that it can be revoked", async () => {
    const old = { ...session, signedInAt: new Date("2001-01-01T00:00:00Z") }
    expect(await openSession(await sealSession(old, binding), binding)).toEqual(old)
  })

  it.each(elsewhere)("does not open at %s", async (_where, there) => {
    expect(await openSession(await sealSession(session, binding), there)).toBeUndefined()
    expect(await openSession(await sealSession(session, there), there)).toEqual(session)
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
    { environment: undefined },
    { client_id: undefined },
    { origin: undefined },
    { origin: [pageOrigin] },
  ])("does not open with %j in it", async (changes) => {
    expect(await openContent(changes)).toBeUndefined()
  })

  it("is never a login, though the content were right", async () => {
    const login = await seal("so-login", content, credentials.sealingKeys)
    expect(await openSession(login, binding)).toBeUndefined()
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

describe("a session's cookie", () => {
  it("has the origin's fingerprint in its name, and the prefix that keeps it to this host (C42)", () => {
    const fingerprint = createHash("sha256").update("https://app.example.com").digest("hex").slice(0, 8)
    expect(sessionCookieName("https://app.example.com")).toBe(`__Host-so-session-${fingerprint}`)
  })

  it("is another one for another origin", () => {
    const origins = [pageOrigin, `${pageOrigin}:8443`, "http://localhost:5173"]
    expect(new Set(origins.map(sessionCookieName)).size).toBe(3)
  })
})

describe("a key", () => {
  it("that came first seals; the older ones still open", async () => {
    const newer = { kid: "k2", key: createSecretKey(Buffer.alloc(32, 2)) }
    const rotated = { ...credentials, sealingKeys: [newer, ...credentials.sealingKeys] }
    const sealed = await sealSession(session, { ...binding, credentials: rotated })
    expect(await openSession(sealed, binding)).toBeUndefined()
    expect(await openSession(sealed, { ...binding, credentials: rotated })).toEqual(session)
    expect(
      await openSession(await sealSession(session, binding), { ...binding, credentials: rotated }),
    ).toEqual(session)
  })
})
