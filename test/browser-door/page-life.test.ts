import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { refreshToken, token } from "../../lib/operations/token.ts"
import { Secret } from "../../lib/secret.ts"
import { accessToken, refreshTokenText, rejectedAnswer, tokenAnswer } from "../support/front-door.ts"
import { clientId, issuer } from "../../harness/id-tokens.ts"
import { callback, clearedIn, cookieDeliveries, failure, nameOf, newKey, now, oldKey } from "./page.ts"
import { openPage, revoked, sessionName, site } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, the life of a page", (delivery) => {
  it("goes from a sign-in through refreshes and a new sealing key to its end (C16, C17, C43, C45)", async () => {
    const page = openPage(delivery)
    const { url, state, nonce, answer } = await page.begin()
    expect([...page.jar.keys()]).toEqual([nameOf("login", state)])

    const signedIn = await page.redeem({ state, iss: issuer }, { answers: [answer] })
    expect(signedIn.posts).toEqual([
      {
        grant_type: "authorization_code",
        client_id: clientId,
        client_secret: "client-secret-one",
        code: "a-code",
        redirect_uri: callback,
        code_verifier: expect.stringMatching(/^[\w-]{43}$/) as string,
      },
    ])
    // By S256 of what is redeemed.
    const challenge = createHash("sha256").update(signedIn.posts[0]?.code_verifier ?? "")
    expect(url.searchParams.get("code_challenge")).toBe(challenge.digest("base64url"))
    expect(signedIn.body).toMatchObject({ session_expires_at: now + 28_800, claims: { nonce } })
    expect(signedIn.body).not.toHaveProperty("refresh_token")
    expect([...page.jar.keys()]).toEqual([sessionName])

    const refreshed = await page.refresh({ secondsLater: 100 })
    expect(refreshed).toMatchObject({ status: 200, posts: [{ refresh_token: refreshTokenText }] })
    expect(refreshed.body).toMatchObject({ access_token: accessToken, session_expires_at: now + 28_800 })
    expect(refreshed.cookies).toEqual([
      expect.stringMatching(
        `^${sessionName}=[\\w.-]+; Max-Age=28700; Path=/; Secure; HttpOnly; ${site[delivery]}$`,
      ),
    ])

    const before = page.jar.get(sessionName)
    await page.refresh({ changes: { sealingKeys: [...newKey, ...oldKey] } })
    expect(page.jar.get(sessionName)).not.toBe(before)
    expect(await page.refresh({ changes: { sealingKeys: newKey } })).toMatchObject({ status: 200 })

    const end = await page.revoke({ changes: { sealingKeys: newKey } })
    expect(end).toMatchObject({ status: 200, body: revoked, posts: [{ token: refreshTokenText }] })
    expect(end.cookies).toEqual([clearedIn(delivery, sessionName)])
    expect(await page.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("needs the nonce of its own sign-in, or gets nothing, and the login ends (C20)", async () => {
    const page = openPage(delivery)
    const { state } = await page.begin()
    const result = await page.redeem({ state })
    expect(result.body).toEqual({
      error: "invalid_grant",
      error_description: "The ID Token is for another sign-in, user or tenant than the one named.",
      ...failure("identity_mismatch"),
    })
    expect(result.cookies).toEqual([clearedIn(delivery, nameOf("login", state))])
  })
})

describe("in delivery sealed, the life of a page", () => {
  it("goes from its own PKCE through refreshes and a new sealing key to its end, without a cookie", async () => {
    const page = openPage("sealed")
    const signedIn = await page.signIn()
    expect(signedIn.body).toMatchObject({ session_expires_at: now + 3_600 })
    const first = page.kept.sealed

    const refreshed = await page.refresh({
      changes: { sealingKeys: [...newKey, ...oldKey] },
      secondsLater: 100,
    })
    expect(refreshed).toMatchObject({ posts: [{ refresh_token: refreshTokenText }] })
    expect(refreshed.body).toMatchObject({ session_expires_at: now + 3_600, refresh_token: page.kept.sealed })
    expect(page.kept.sealed).not.toBe(first)

    const form = { grant_type: "refresh_token", refresh_token: page.kept.sealed }
    expect(await page.visit(token, form, { changes: { sealingKeys: newKey } })).toMatchObject({ status: 200 })
    const old = await page.visit(refreshToken, { refresh_token: first }, { changes: { sealingKeys: newKey } })
    expect(old).toMatchObject({ body: failure("session_expired"), posts: [] })

    const end = await page.revoke({ changes: { sealingKeys: newKey } })
    expect(end).toMatchObject({ status: 200, body: revoked, posts: [{ token: refreshTokenText }] })
    expect(page.jar.size).toBe(0)
  })
})

describe("a secret that was replaced", () => {
  it("seals what it redeemed with its own first key", async () => {
    const replaced = { version: "v2", clientSecret: new Secret("client-secret-two"), sealingKeys: newKey }
    const page = openPage("sealed")
    await page.signIn({
      answers: [rejectedAnswer, tokenAnswer()],
      changes: (freshness) => (freshness === "reread" ? replaced : {}),
    })
    const [header = ""] = page.kept.sealed.split(".")
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: "k2" })
  })

  it("opens at once what another environment already seals with a new key", async () => {
    const both = { version: "v2", sealingKeys: [...newKey, ...oldKey] }
    const page = openPage("cookie")
    await page.signIn({ changes: both })
    const changes = (freshness: string) => (freshness === "reread_to_open" ? both : {})
    expect(await page.refresh({ changes })).toMatchObject({ status: 200 })
  })
})
