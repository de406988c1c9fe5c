import { describe, expect, it } from "vitest"
import { Secret } from "../../../lib/secret.ts"
import { bindingMembers, type Binding } from "../../../lib/session/binding.ts"
import { seal } from "../../../lib/session/seal.ts"
import { openSession, sealSession, sessionExpiresAt, type Session } from "../../../lib/session/session.ts"
import { completeConfig } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const binding: Binding = { config: completeConfig(), credentials, origin: pageOrigin }
const session: Session = {
  refreshToken: new Secret("a-refresh-token"),
  sub: "tony@example.com",
  ctx: "Cust12020",
  signedInAt: new Date(signedAt.getTime() + 999),
}
const signedInAt = session.signedInAt.getTime()
const content = {
  refresh_token: "a-refresh-token",
  sub: "tony@example.com",
  ctx: "Cust12020",
  signed_in_at: signedInAt,
  ...bindingMembers(binding),
}

async function openContent(changes: object) {
  const sealed = await seal("so-session", { ...content, ...changes }, credentials.sealingKeys)
  return await openSession(sealed, signedAt, binding)
}

describe("a sealed session", () => {
  it.each([
    ["as it was sealed, with the millisecond of sign-in", session],
    [
      "whatever its age, so that it can be revoked",
      { ...session, signedInAt: new Date("2001-01-01T00:00:00Z") },
    ],
  ])("opens %s", async (_how, sealed) => {
    const opened = await openSession(await sealSession(sealed, binding), signedAt, binding)
    expect(opened).toEqual(sealed)
    expect(opened?.refreshToken.reveal()).toBe("a-refresh-token")
  })

  it("is what its content says, and nothing without content", async () => {
    expect(await openContent({})).toEqual(session)
    expect(await openSession("a-refresh-token", signedAt, binding)).toBeUndefined()
  })

  it.each([
    { refresh_token: 1 },
    { sub: null },
    { ctx: ["Cust12020"] },
    { signed_in_at: String(signedInAt) },
    { signed_in_at: signedAt.getTime() + 60_001 },
    { origin: [pageOrigin] },
  ])("does not open with %j in it", async (changes) => {
    expect(await openContent(changes)).toBeUndefined()
  })

  it.each([
    ["eight hours", {}, 28_800],
    ["one hour where script can read it", { REFRESH_TOKEN_DELIVERY: "sealed" }, 3_600],
    ["what is set", { SESSION_MAX_AGE_SECONDS: "60" }, 60],
  ])("ends %s after sign-in, counted in whole seconds", (_time, env, seconds) => {
    expect(sessionExpiresAt(session, completeConfig(env))).toBe(1_649_314_756 + seconds)
  })
})
