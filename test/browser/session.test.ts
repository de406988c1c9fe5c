import { describe, expect, it } from "vitest"
import { randomSealingKey } from "../../local/stack.ts"
import { engine, isLeftOut, needs } from "../support/browser.ts"
import {
  deliveries,
  isSignedIn,
  isSignedOut,
  message,
  openApp,
  refresh,
  shownToken,
  signIn,
  type App,
} from "./app.ts"

describe.skipIf(isLeftOut)(`a session in ${engine.name}`, () => {
  it.for(deliveries)(
    "ends when it has lasted as long as it may: %s (C45)",
    { tags: "engines" },
    async (delivery, test) => {
      if (delivery === "partitioned") needs("cookies to be put into a partition", test)
      const app = await openApp({ delivery, env: { SESSION_MAX_AGE_SECONDS: "600" } })
      await signIn(app)
      const session = await app.open("so-session")
      const age = (seconds: number) => ({
        ...session,
        signed_in_at: Number(session.signed_in_at) - seconds * 1000,
      })

      await app.replace("so-session", age(500))
      await app.tab.reload()
      await isSignedIn(app.tab)

      await app.replace("so-session", age(601))
      await app.tab.getByRole("button", { name: "Refresh now" }).click()
      expect(await message(app.tab)).toContain("session_expired")
      await isSignedOut(app.tab)
      expect(await signInStillWorks(app)).toBe(true)
    },
  )

  it.each(deliveries)(
    "outlives a new sealing key, which seals it from then on: %s (C43)",
    async (delivery) => {
      const [old, next] = [randomSealingKey("2025"), randomSealingKey("2026")]
      const app = await openApp({ delivery, env: { SECRET_MAX_AGE_SECONDS: "1" }, hasOwnStack: true })
      app.useSealingKeys(old)
      await signIn(app)
      const before = await app.open("so-session")
      app.useSealingKeys(next, old)
      await app.tab.waitForTimeout(1_500)
      await refresh(app.tab)
      // Retired: what only the old key opens is worth nothing from here on.
      app.useSealingKeys(next)
      expect(await app.open("so-session")).toMatchObject({ refresh_token: before.refresh_token })
      await app.tab.waitForTimeout(1_500)
      await app.tab.reload()
      await isSignedIn(app.tab)
    },
  )

  it.each(deliveries)("ends when its sealing key is removed: %s (C43)", async (delivery) => {
    const app = await openApp({ delivery, env: { SECRET_MAX_AGE_SECONDS: "1" }, hasOwnStack: true })
    await signIn(app)
    app.useSealingKeys(randomSealingKey("another"))
    await app.tab.waitForTimeout(1_500)
    await app.tab.reload()
    await isSignedOut(app.tab)
    expect(await signInStillWorks(app)).toBe(true)
  })

  it.each(deliveries)(
    "is kept by a page that SuperOffice rejects for a while: %s (C45)",
    async (delivery) => {
      const app = await openApp({ delivery, hasOwnStack: true })
      await signIn(app)
      app.provider.replaceClientSecret("one-that-secrets-manager-does-not-hold-yet")
      await app.tab.getByRole("button", { name: "Refresh now" }).click()
      expect(await message(app.tab)).toContain("Code: grant_rejected")
      app.provider.replaceClientSecret(app.clientSecret)
      await app.tab.reload()
      await isSignedIn(app.tab)
    },
  )

  it.each(deliveries)("lets a page go on with its token while SuperOffice is down: %s", async (delivery) => {
    const app = await openApp({ delivery, hasOwnStack: true })
    await signIn(app)
    // The function that refreshes is warm: it has the key set.
    const token = await refresh(app.tab)
    await app.provider.close()
    await app.tab.getByRole("button", { name: "Refresh now" }).click()
    expect(await message(app.tab)).toContain("Code: upstream_unavailable")
    await isSignedIn(app.tab)
    expect(await shownToken(app.tab)).toBe(token)
  })
})

async function signInStillWorks(app: App): Promise<true> {
  await signIn(app)
  await refresh(app.tab)
  return true
}
