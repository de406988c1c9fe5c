import { expect, it, onTestFinished } from "vitest"
import { obtainAuthorizationCode } from "../../local/authorization-code.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import { ctxClaim } from "../../lib/id-token/id-token.ts"
import { openCookieBrowser } from "./cookie-browser.ts"

const origins = ["http://localhost:5173", "http://localhost:5174"] as const
const tenants = ["Cust10001", "Cust10002", "Cust10003", "Cust10004"] as const

it("a consultant works in four tenants on each of two origins, and a fifth sign-in ends the oldest of its origin alone (C69)", async () => {
  const { provider, ...stack } = await startStackWithProvider({ origins })
  onTestFinished(() => stack.close())
  const { jar, post } = openCookieBrowser(stack.url)
  const issueFor = (ctx: string): void => {
    provider.changeClaims = (claims) => ({ ...claims, [ctxClaim]: ctx })
  }
  const signIn = async (origin: string, ctx: string): Promise<void> => {
    issueFor(ctx)
    const { code, redirect_uri, code_verifier } = await obtainAuthorizationCode(provider, { origin })
    const answer = await post(origin, "/exchange-code", { code, redirect_uri, code_verifier })
    expect(answer).toMatchObject({ status: 200, body: { claims: { ctx } } })
  }
  const expectRefreshed = async (origin: string, ctx: string): Promise<void> => {
    issueFor(ctx)
    const answer = await post(origin, "/refresh-token", { ctx })
    expect(answer).toMatchObject({ status: 200, body: { claims: { ctx } } })
  }

  for (const ctx of tenants) for (const origin of origins) await signIn(origin, ctx)
  expect(jar.size).toBe(8)
  const bytes = [...jar].reduce((sum, pair) => sum + `${pair.join("=")}; `.length, 0)
  expect(bytes).toBeLessThanOrEqual(6 * 1024)
  for (const ctx of tenants) for (const origin of origins) await expectRefreshed(origin, ctx)

  const [first, second] = origins
  await signIn(first, "Cust10005")
  expect(jar.size).toBe(8)
  const ended = await post(first, "/refresh-token", { ctx: tenants[0] })
  expect(ended).toMatchObject({ status: 400, body: { code: "session_expired" } })
  await expectRefreshed(second, tenants[0])

  // A sign-out of one origin without a name ends its sessions, and those of the other stay.
  const signedOut = await post(first, "/revoke-token", {})
  expect(signedOut).toMatchObject({ status: 200, body: { revoked: true } })
  expect(jar.size).toBe(4)
})
